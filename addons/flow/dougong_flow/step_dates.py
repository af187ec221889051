"""When a step of a checklist is to be done: its deadline, its clock, and the day before which it is too early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from dougong import Context, Refused, User
from dougong_flow.deadline_rule import due_on
from dougong_flow.entities import (
    Calendar,
    ChecklistStep,
    ClockState,
    Deadline,
    DeadlineState,
    RoundOutcome,
    ServiceLevel,
    StepRound,
)
from dougong_flow.hours import hours_of, time_zone
from dougong_flow.ticking import begin_clock, retarget, tell_assignee
from dougong_flow.workflows import meet, stop, waive

Said = Mapping[str, Any]
SHORTEST = 60
"""So many seconds has a clock at least, whose deadline is over already."""


def set_dates(step: ChecklistStep, said: Said, facts: dict[str, Any], ctx: Context) -> None:
    """Give a step that is ready its deadline and its clock, as its definition says.

    Raises Refused where the definition names a calendar or service level that is not there.
    """
    about = f"{step.checklist.about}: {step.name}"
    step.deadline = step.clock = None
    if "deadline" in said:
        asked = Deadline(
            name=about,
            anchor_on=anchor_of(step, said, ctx),
            rule=said["deadline"],
            facts=facts,
            calendar=_calendar(said, ctx),
            hard=said.get("hard", False),
            grace_days=said.get("grace_days", 0),
            assignee=step.assignee,
        )
        step.deadline = ctx.create(asked)
    if "service_level" in said:
        level = _named(ServiceLevel, said["service_level"], ctx)
        step.clock = begin_clock(level, about, step.assignee, ctx, target_of(step, level, ctx))


def target_of(step: ChecklistStep, level: ServiceLevel, ctx: Context) -> int | None:
    """How much working time is left until the end of the deadline's day; None without one."""
    if step.deadline is None or step.deadline.due_on is None:
        return None
    zone = time_zone(level.calendar.time_zone)
    over = datetime.combine(step.deadline.due_on + timedelta(days=1), time(), zone)
    return max(hours_of(level.calendar).seconds_between(ctx.now, over), SHORTEST)


def anchor_of(step: ChecklistStep, said: Said, ctx: Context) -> date:
    """The day from which the rules of a step count: it was ready, or another was completed."""
    ready = (step.ready_at or ctx.now).date()
    if (anchor := said.get("anchor")) is None:
        return ready
    there = ctx.find(
        ChecklistStep,
        ChecklistStep.checklist == step.checklist,
        ChecklistStep.key == anchor["step"],
    )
    done = completed_rounds(there[0], ctx) if there else []
    if not done:
        return ready
    return done[0 if anchor.get("round") == "FIRST" else -1].ended_at.date()


def completed_rounds(step: ChecklistStep, ctx: Context) -> list[StepRound]:
    """The times that a step was completed, oldest first."""
    done = StepRound.outcome == RoundOutcome.COMPLETED
    return ctx.find(StepRound, StepRound.step == step, done)


def untimely(
    step: ChecklistStep, said: Said, facts: dict[str, Any], ctx: Context
) -> Iterator[Refused]:
    """Why a step cannot be completed today: it is too early, or a hard deadline is over."""
    today = ctx.now.date()
    first = first_day(step, said, facts, ctx)
    if first is not None and today < first:
        yield Refused("too_early", step=step.name, first=first)
    deadline = step.deadline
    if deadline is not None and deadline.hard and deadline.state is DeadlineState.OPEN:
        assert deadline.due_on is not None
        last = deadline.due_on + timedelta(days=deadline.grace_days)
        if today > last:
            yield Refused("step_is_too_late", name=deadline.name, last=last)


def first_day(step: ChecklistStep, said: Said, facts: dict[str, Any], ctx: Context) -> date | None:
    """The day before which it is too early to complete a step; None where any day will do."""
    if "not_before" not in said:
        return None
    calendar = _calendar(said, ctx)
    hours = None if calendar is None else hours_of(calendar)
    return due_on(said["not_before"], anchor_of(step, said, ctx), facts, hours)


def end_dates(step: ChecklistStep, ctx: Context, *, reason: str | None) -> None:
    """Stop the clock of a step that is over, and close its deadline: met, or waived for a reason."""
    if step.deadline is not None and step.deadline.state is DeadlineState.OPEN:
        if reason is None:
            meet(step.deadline, ctx)
        else:
            waive(step.deadline, ctx, reason=reason)
    if step.clock is not None and step.clock.state is not ClockState.STOPPED:
        stop(step.clock, ctx)


def follow_assignee(step: ChecklistStep, ctx: Context) -> None:
    """Whoever does the step now meets its deadline, and is told by its clock."""
    whose: User | None = step.assignee
    if step.deadline is not None:
        ctx.lock(step.deadline)
        step.deadline.assignee = whose
    if step.clock is not None and step.clock.state is not ClockState.STOPPED:
        ctx.lock(step.clock)
        tell_assignee(step.clock, whose)


def follow_deadline(deadline: Deadline, ctx: Context) -> None:
    """Let the clock of a step end with the day that was chosen for its deadline."""
    for step in ctx.find(ChecklistStep, ChecklistStep.deadline == deadline):
        if step.clock is not None and step.clock.state is not ClockState.STOPPED:
            ctx.lock(step.clock)
            seconds = target_of(step, step.clock.service_level, ctx)
            assert seconds is not None
            retarget(step.clock, seconds, ctx)


def _calendar(said: Said, ctx: Context) -> Calendar | None:
    return _named(Calendar, said["calendar"], ctx) if "calendar" in said else None


def _named(entity: Any, key: str, ctx: Context) -> Any:
    found = ctx.find(entity, entity.key == key)
    if not found:
        raise Refused("nothing_has_that_key", entity=entity.__name__, key=key)
    return found[0]
