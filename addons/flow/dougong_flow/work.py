"""Work items that come about: alarms of steps, times of recurring tasks, roll-outs of versions."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, select

from dougong import Context, User
from dougong_flow.deadline_rule import add_months
from dougong_flow.entities import (
    AlarmCause,
    ChecklistStep,
    DefinitionVersion,
    Period,
    RecurringTask,
    RollOut,
    VersionState,
    WorkItem,
    WorkItemKind,
    WorkItemState,
)
from dougong_flow.workflows import drop, miss

item_table = WorkItem.__table__.c
AT_ONCE = 200
"""So many recurring tasks, or trials, are looked at by one job; the next comes later."""
DAYS = {Period.DAY: 1, Period.WEEK: 7}
ROLL_OUT_DAYS = {RollOut.ANNOUNCE: 7, RollOut.TRAIN: 30}
"""In how many days that is to be done; what is left, by the end of the trial."""


# Alarms --------------------------------------------------------------------------------------


def raise_alarm(step: ChecklistStep, cause: AlarmCause, about: str, ctx: Context) -> None:
    """Give whoever answers for a checklist, once, the task to see to a step that cannot go on."""
    if _alarms(step, ctx, WorkItem.alarm == cause):
        return
    checklist = step.checklist
    ctx.create(
        WorkItem(
            kind=WorkItemKind.ALARM,
            about=f"{checklist.about}: {step.name}: {about}"[:2000],
            assignee=_in_charge(checklist.owner, checklist.definition_version.definition.owner),
            due_on=ctx.now.date(),
            step=step,
            alarm=cause,
        )
    )


def end_alarms(step: ChecklistStep, why: str, ctx: Context) -> None:
    """The step goes on, or is not done any more: nobody need see to it."""
    for item in _alarms(step, ctx):
        ctx.lock(item)
        if item.state is WorkItemState.OPEN:
            item.ended_at = ctx.now
            drop(item, ctx, reason=why)


def _alarms(step: ChecklistStep, ctx: Context, *where: ColumnElement[bool]) -> list[WorkItem]:
    of_it = (WorkItem.step == step, WorkItem.kind == WorkItemKind.ALARM)
    return ctx.find(WorkItem, *of_it, WorkItem.state == WorkItemState.OPEN, *where)


def follow_version(version: DefinitionVersion, ctx: Context) -> None:
    """A version gives way, or is not done any more: so does what is left of its roll-out.

    To a change of the same trial it passes on.
    """
    follower = version.superseded_by
    of_it = (WorkItem.definition_version == version, WorkItem.state == WorkItemState.OPEN)
    for item in ctx.hold(WorkItem, *of_it):
        if follower is not None and follower.major == version.major:
            item.definition_version = follower
        else:
            item.ended_at = ctx.now
            drop(item, ctx, reason=f"The version is {version.state.name}.")


def ask_for_decisions(ctx: Context) -> int:
    """Tell whoever answers for a definition, once, that a trial of it is over; how many there were.

    Versions that somebody is changing now are left for the next time.
    """
    asked = exists().where(
        item_table.definition_version_id == DefinitionVersion.id,
        item_table.roll_out == RollOut.DECIDE.name,
    )
    held = (
        select(DefinitionVersion.id)
        .where(
            DefinitionVersion.state == VersionState.TRIAL,
            DefinitionVersion.trial_until <= ctx.now.date(),
            ~asked,
        )
        .order_by(DefinitionVersion.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=DefinitionVersion)
    )
    numbers = list(ctx.session.scalars(held))
    found = ctx.hold(DefinitionVersion, DefinitionVersion.id.in_(numbers)) if numbers else []
    for version in found:
        whole = version.definition
        ctx.create(
            WorkItem(
                kind=WorkItemKind.ROLL_OUT,
                about=f"{whole.name} {version.major}.{version.minor}",
                assignee=_in_charge(whole.owner, version.reviewer),
                due_on=version.trial_until,
                definition_version=version,
                roll_out=RollOut.DECIDE,
            )
        )
    return len(found)


def end_the_question(version: DefinitionVersion, ctx: Context) -> None:
    """It was decided that a version holds: nobody need decide it any more."""
    of_it = (WorkItem.definition_version == version, WorkItem.roll_out == RollOut.DECIDE)
    for item in ctx.hold(WorkItem, *of_it, WorkItem.state == WorkItemState.OPEN):
        item.ended_at = ctx.now
        drop(item, ctx, reason="It was decided.")


def _in_charge(*people: User | None) -> User | None:
    return next((one for one in people if one is not None and one.active), None)


# Recurring tasks -----------------------------------------------------------------------------


def day_after(task: RecurringTask, day: date) -> date:
    """The first day of a recurring task after a day; counted from its first, so it never drifts."""
    if task.period is not Period.MONTH:
        step = task.every * DAYS[task.period]
        passed = (day - task.starts_on).days // step
        return task.starts_on + timedelta(days=max(passed + 1, 0) * step)
    months = (day.year - task.starts_on.year) * 12 + day.month - task.starts_on.month
    number = max(months // task.every - 1, 0)
    while (found := add_months(task.starts_on, number * task.every)) <= day:
        number += 1
    return found


def generate(ctx: Context) -> int:
    """Open a work item of each recurring task whose day has come; how many there were.

    One that is still open was missed: it returns as the next one, and comes before others. Of
    several days that went by while nobody worked there is one. Tasks that somebody is changing
    now are left for the next time.
    """
    today = ctx.now.date()
    held = (
        select(RecurringTask.id)
        .where(RecurringTask.active.is_(True), RecurringTask.next_on <= today)
        .order_by(RecurringTask.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=RecurringTask)
    )
    numbers = list(ctx.session.scalars(held))
    tasks = ctx.hold(RecurringTask, RecurringTask.id.in_(numbers)) if numbers else []
    for task in tasks:
        _open_again(task, today, ctx)
    return len(tasks)


def _open_again(task: RecurringTask, today: date, ctx: Context) -> None:
    of_it = (WorkItem.recurring_task == task, WorkItem.state == WorkItemState.OPEN)
    missed = ctx.hold(WorkItem, *of_it)
    for item in missed:
        item.ended_at = ctx.now
        miss(item, ctx)
    ctx.session.flush()
    ctx.create(
        WorkItem(
            kind=WorkItemKind.RECURRING,
            about=task.name,
            assignee=_in_charge(task.assignee),
            due_on=today + timedelta(days=task.due_days),
            carry_over=max((one.carry_over + 1 for one in missed), default=0),
            recurring_task=task,
        )
    )
    task.next_on = day_after(task, today)


# Roll-outs -----------------------------------------------------------------------------------


def roll_out(version: DefinitionVersion, ctx: Context) -> None:
    """What is to be done once a version is released: announce it, train people, collect problems."""
    assert version.trial_from is not None
    whole = version.definition
    for one in (RollOut.ANNOUNCE, RollOut.TRAIN, RollOut.COLLECT):
        days = ROLL_OUT_DAYS.get(one)
        last = version.trial_until
        due = last if days is None else version.trial_from + timedelta(days=days)
        ctx.create(
            WorkItem(
                kind=WorkItemKind.ROLL_OUT,
                about=f"{whole.name} {version.major}.{version.minor}",
                assignee=_in_charge(whole.owner, ctx.me),
                due_on=due,
                definition_version=version,
                roll_out=one,
                raised_by=ctx.me,
            )
        )
