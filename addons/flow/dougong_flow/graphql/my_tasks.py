"""All that somebody is to do, in one list: steps, approvals and work items, of whatever add-on."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

import strawberry
from sqlalchemy import select

from dougong import SIGNED_IN, Context, Entity, Invalid, query
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalTask,
    ApprovalTaskState,
    Checklist,
    ChecklistState,
    ChecklistStep,
    Deadline,
    StepState,
    WorkItem,
    WorkItemState,
)

E = TypeVar("E", bound=Entity)
MOST = 200
"""So many are shown at once."""


class MyTaskKind(StrEnum):
    """What somebody is asked for."""

    STEP = "STEP"
    APPROVAL = "APPROVAL"
    WORK_ITEM = "WORK_ITEM"


@strawberry.type
class MyTask:
    """Something that the asker is to do."""

    kind: MyTaskKind
    """What is asked for: a step of a checklist, a vote, or a work item."""
    name: str
    """What is to be done."""
    about: str
    """What it is about."""
    record: str | None
    """The record that it is about, by its id."""
    since: datetime | None
    """Since when it can be done."""
    due_on: date | None
    """By which day."""
    carry_over: int
    """How often it was missed before."""
    claimable: bool
    """Whether it is nobody's yet, and whoever claims it does it."""
    step: ChecklistStep | None
    """The step, where it is one."""
    approval_task: ApprovalTask | None
    """What is to be decided, where it is a vote."""
    work_item: WorkItem | None
    """The work item, where it is one."""


@query(needs=SIGNED_IN)
def my_tasks(ctx: Context, *, most: int = 50) -> list[MyTask]:
    """What the asker is to do now: first what was missed before, then by the day on which it is due (X08).

    most: How many are shown: 1 to 200.
    """
    if not 1 <= most <= MOST:
        raise Invalid("how_many_tasks", at="most", most=MOST)
    found = [*_steps(ctx, most), *_votes(ctx, most), *_items(ctx, most)]
    return sorted(found, key=_urgency)[:most]


def _urgency(task: MyTask) -> tuple[Any, ...]:
    since = "" if task.since is None else task.since.isoformat()
    return -task.carry_over, task.due_on or date.max, since


def _first(ctx: Context, entity: type[E], most: int, *where: Any, by: Sequence[Any]) -> list[E]:
    """Some records that the asker may see; what they link to is asked for by itself (`_linked`)."""
    return list(ctx.session.scalars(select(entity).where(*where).order_by(*by).limit(most)))


def _linked(ctx: Context, entity: type[E], records: Sequence[Any], link: str) -> dict[int, E]:
    """What some records link to, as far as the asker may see it, by its number."""
    numbers = {getattr(one, f"{link}_id") for one in records} - {None}
    found = ctx.find(entity, entity.id.in_(numbers)) if numbers else []
    return {one.id: one for one in found}


def _steps(ctx: Context, most: int) -> Iterator[MyTask]:
    whose: Any = getattr(ChecklistStep, "assignee_id")
    mine = (whose == ctx.principal.user_id, ChecklistStep.state == StepState.READY)
    steps = _first(ctx, ChecklistStep, most, *mine, by=[ChecklistStep.id])
    checklists = _linked(ctx, Checklist, steps, "checklist")
    deadlines = _linked(ctx, Deadline, steps, "deadline")
    for step in steps:
        checklist = checklists.get(key_of(step, "checklist"))
        if checklist is not None and checklist.state is ChecklistState.RUNNING:
            deadline = deadlines.get(key_of(step, "deadline"))
            yield MyTask(
                kind=MyTaskKind.STEP,
                name=step.name,
                about=checklist.about,
                record=checklist.record,
                since=step.ready_at,
                due_on=None if deadline is None else deadline.due_on,
                carry_over=0,
                claimable=False,
                step=step,
                approval_task=None,
                work_item=None,
            )


def _votes(ctx: Context, most: int) -> Iterator[MyTask]:
    """What is the asker's to decide, and what they may claim, but not of what they asked for."""
    whose, me = cast("Any", getattr(ApprovalTask, "assignee_id")), ctx.principal.user_id
    mine = (ApprovalTask.state == ApprovalTaskState.OPEN, (whose == me) | whose.is_(None))
    tasks = _first(ctx, ApprovalTask, most, *mine, by=[ApprovalTask.due_at, ApprovalTask.id])
    approvals = _linked(ctx, Approval, tasks, "approval")
    nodes = _linked(ctx, ApprovalNode, tasks, "node")
    for task in tasks:
        approval, node = (
            approvals.get(key_of(task, "approval")),
            nodes.get(key_of(task, "node")),
        )
        free = key_of(task, "assignee") is None
        if approval is None or (free and key_of(approval, "initiator") == me):
            continue
        yield MyTask(
            kind=MyTaskKind.APPROVAL,
            name=approval.name if node is None else node.name,
            about=approval.about,
            record=approval.record,
            since=task.opened_at,
            due_on=None if task.due_at is None else task.due_at.date(),
            carry_over=0,
            claimable=free,
            step=None,
            approval_task=task,
            work_item=None,
        )


def _items(ctx: Context, most: int) -> Iterator[MyTask]:
    whose: Any = getattr(WorkItem, "assignee_id")
    mine = (whose == ctx.principal.user_id, WorkItem.state == WorkItemState.OPEN)
    first = (WorkItem.carry_over.desc(), WorkItem.due_on, WorkItem.id)
    items = _first(ctx, WorkItem, most, *mine, by=first)
    steps = _linked(ctx, ChecklistStep, items, "step")
    for item in items:
        yield MyTask(
            kind=MyTaskKind.WORK_ITEM,
            name=item.kind.name if item.roll_out is None else item.roll_out.name,
            about=item.about,
            record=None,
            since=item.created_at,
            due_on=item.due_on,
            carry_over=item.carry_over,
            claimable=False,
            step=steps.get(key_of(item, "step")),
            approval_task=None,
            work_item=item,
        )


def key_of(record: Any, link: str) -> Any:
    """The key of a link, which is known also where the asker may not see what is linked."""
    return getattr(record, f"{link}_id")
