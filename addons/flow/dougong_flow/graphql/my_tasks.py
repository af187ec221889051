"""All that somebody is to do, in one list: steps, approvals and work items, of whatever add-on."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import strawberry
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from dougong import SIGNED_IN, Context, Invalid, query
from dougong_flow.entities import (
    Approval,
    ApprovalTask,
    ApprovalTaskState,
    Checklist,
    ChecklistState,
    ChecklistStep,
    StepState,
    WorkItem,
    WorkItemState,
)

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


def _first(ctx: Context, asked: Any, most: int) -> Sequence[Any]:
    return ctx.session.scalars(asked.limit(most)).all()


def _steps(ctx: Context, most: int) -> Iterator[MyTask]:
    running = ChecklistStep.checklist.has(Checklist.state == ChecklistState.RUNNING)
    mine = (ChecklistStep.assignee == ctx.me, ChecklistStep.state == StepState.READY, running)
    loads = (selectinload(ChecklistStep.checklist), selectinload(ChecklistStep.deadline))
    ordered = select(ChecklistStep).where(*mine).options(*loads).order_by(ChecklistStep.id)
    for step in _first(ctx, ordered, most):
        yield MyTask(
            kind=MyTaskKind.STEP,
            name=step.name,
            about=step.checklist.about if step.checklist else "",
            record=step.checklist.record if step.checklist else None,
            since=step.ready_at,
            due_on=step.deadline.due_on if step.deadline else None,
            carry_over=0,
            claimable=False,
            step=step,
            approval_task=None,
            work_item=None,
        )


def _votes(ctx: Context, most: int) -> Iterator[MyTask]:
    """What is the asker's to decide, and what they may claim: of others' tasks the rules show some."""
    mine = (ApprovalTask.assignee == ctx.me) | ApprovalTask.assignee.is_(None)
    loads = (selectinload(ApprovalTask.approval), selectinload(ApprovalTask.node))
    asked = select(ApprovalTask).where(ApprovalTask.state == ApprovalTaskState.OPEN, mine)
    asked = asked.join(ApprovalTask.approval).where(Approval.initiator != ctx.me)
    ordered = asked.options(*loads).order_by(ApprovalTask.due_at, ApprovalTask.id)
    for task in _first(ctx, ordered, most):
        yield MyTask(
            kind=MyTaskKind.APPROVAL,
            name=task.node.name if task.node else "",
            about=task.approval.about,
            record=task.approval.record,
            since=task.opened_at,
            due_on=None if task.due_at is None else task.due_at.date(),
            carry_over=0,
            claimable=task.assignee is None,
            step=None,
            approval_task=task,
            work_item=None,
        )


def _items(ctx: Context, most: int) -> Iterator[MyTask]:
    mine = (WorkItem.assignee == ctx.me, WorkItem.state == WorkItemState.OPEN)
    first = (WorkItem.carry_over.desc(), WorkItem.due_on, WorkItem.id)
    loads = selectinload(WorkItem.step).selectinload(ChecklistStep.checklist)
    for item in _first(ctx, select(WorkItem).where(*mine).options(loads).order_by(*first), most):
        step = item.step
        yield MyTask(
            kind=MyTaskKind.WORK_ITEM,
            name=item.kind.name if item.roll_out is None else item.roll_out.name,
            about=item.about,
            record=step.checklist.record if step is not None and step.checklist else None,
            since=item.created_at,
            due_on=item.due_on,
            carry_over=item.carry_over,
            claimable=False,
            step=step,
            approval_task=None,
            work_item=item,
        )
