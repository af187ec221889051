"""Rounds of a step: when one begins, how it ends, and what is written down of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dougong import Context, User
from dougong_flow.automatic_body import is_automatic
from dougong_flow.checking import facts_of, unfit
from dougong_flow.entities import (
    Checklist,
    ChecklistStep,
    ReturnCode,
    RoundOutcome,
    StepForm,
    StepRound,
)
from dougong_flow.step_dates import end_dates, set_dates
from dougong_flow.waiting import Said, said_about
from dougong_flow.work import end_alarms

DONE = (RoundOutcome.COMPLETED, RoundOutcome.SKIPPED, RoundOutcome.PASSED_OVER)
"""How a round ends of a step that is over then."""


def steps_of(checklist: Checklist, ctx: Context) -> dict[str, ChecklistStep]:
    """The steps of a checklist by their keys, in the order of the definition."""
    found = ctx.find(ChecklistStep, ChecklistStep.checklist == checklist)
    return {one.key: one for one in found}


def open_round(step: ChecklistStep, ctx: Context) -> None:
    """A step is ready from now on: its times begin, and so do its deadline and its clock."""
    step.ready_at, step.waits_for = ctx.now, None
    step.started_at = step.paused_at = step.pause_reason = None
    step.waiting_seconds = step.paused_seconds = step.attempts = 0
    step.failure = step.subprocess = None
    said = said_about(step)
    if step.assignee is None and "assignee" in said:
        step.assignee = _sticky(step, said, ctx)
    if said.keys() & {"deadline", "service_level"}:
        set_dates(step, said, facts_of(steps_of(step.checklist, ctx), ctx), ctx)


def _sticky(step: ChecklistStep, said: Said, ctx: Context) -> User | None:
    """Who goes on with a step as its definition says (S1-35); nobody who may not do it."""
    who = step.checklist.owner
    if "performer" in said["assignee"]:
        who = steps_of(step.checklist, ctx)[said["assignee"]["performer"]].completed_by
    barred = who is None or not who.active or [*unfit(step, who, ctx)]
    return None if barred else who


def end_round(
    step: ChecklistStep,
    outcome: RoundOutcome,
    ctx: Context,
    *,
    by: tuple[User | None, User | None] = (None, None),
    reason: str | None = None,
    code: ReturnCode | None = None,
    to: str | None = None,
) -> StepRound:
    """Write down how a round ended, by whom and in whose name, and how much time it took."""
    waiting, working, paused = spent(step, ctx.now)
    ended = StepRound(
        step=step,
        round=step.round,
        definition_version=step.checklist.definition_version,
        key=step.key,
        outcome=outcome,
        ready_at=step.ready_at,
        started_at=step.started_at,
        ended_at=ctx.now,
        ended_by=by[0],
        ended_for=by[1],
        reason=reason,
        return_code=code,
        returned_to=to,
        values=values_of(step, ctx),
        waiting_seconds=waiting,
        working_seconds=working,
        paused_seconds=paused,
        deviation=step.deviation,
        completed_as=step.completed_as if outcome is RoundOutcome.COMPLETED else None,
    )
    if is_automatic(said_about(step)):
        step.look_at = step.awaits = None
        end_alarms(step, reason or outcome, ctx)
    end_dates(step, ctx, reason=None if outcome is RoundOutcome.COMPLETED else reason or outcome)
    if outcome in DONE:
        step.redo_reason = None
    return ctx.create(ended)


def spent(step: ChecklistStep, now: datetime) -> tuple[int, int, int]:
    """How many seconds a step has waited, was worked on and was interrupted, in this round."""
    paused = paused_until(step, now)
    whole = 0 if step.ready_at is None else _seconds(step.ready_at, now)
    if step.started_at is None:
        return max(whole - paused, 0), 0, paused
    return step.waiting_seconds, max(whole - paused - step.waiting_seconds, 0), paused


def paused_until(step: ChecklistStep, now: datetime) -> int:
    """How many seconds a step has been interrupted, in this round."""
    return step.paused_seconds + (0 if step.paused_at is None else _seconds(step.paused_at, now))


def _seconds(since: datetime, until: datetime) -> int:
    return max(int((until - since).total_seconds()), 0)


def start_anew(step: ChecklistStep, why: str) -> None:
    """The next round of a step that is to be done again; say why."""
    step.round += 1
    step.redo_reason = why
    step.ready_at = step.waits_for = step.deviation = step.overridden_by = None


def values_of(step: ChecklistStep, ctx: Context) -> dict[str, Any]:
    """The form of a step as it is filled in so far."""
    filled_in = ctx.find(StepForm, StepForm.step == step)
    return filled_in[0].values if filled_in else {}
