"""Steps that nobody does: an effect is done, what is waited for has come, a subprocess is over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import OperationalError

from dougong import Context, Refused, units_of
from dougong_flow.automatic_body import SUBPROCESS, SYSTEM, WAIT
from dougong_flow.awaiting import keep_awaited
from dougong_flow.carrying_out import begin_checklist
from dougong_flow.checking import content_of, facts_of, faults_in_form
from dougong_flow.choosing import STARTABLE, version_for
from dougong_flow.entities import (
    AlarmCause,
    Checklist,
    ChecklistState,
    ChecklistStep,
    Definition,
    DefinitionVersion,
    StepForm,
    StepState,
)
from dougong_flow.questions import effect
from dougong_flow.rounds import steps_of
from dougong_flow.step_dates import first_day, untimely
from dougong_flow.subjects import state_of
from dougong_flow.waiting import said_about
from dougong_flow.work import end_alarms, raise_alarm
from dougong_flow.workflows import settle

MOST_ATTEMPTS = 5
"""So often is tried what fails, before somebody has to see to it."""
DEEPEST = 10
"""So deep may subprocesses stand in one another."""
AT_ONCE = 500
"""So many steps are looked at in a minute."""
MET = ("40001", "40P01")
"""What PostgreSQL says where two transactions met."""
SOON, SELDOM = timedelta(minutes=1), timedelta(hours=1)
log = logging.getLogger(__name__)
Said = dict[str, Any]


def go_on_with(step: ChecklistStep, ctx: Context) -> None:
    """Do what a step does by itself; nothing, where it is over or somebody else did it meanwhile."""
    ctx.lock(step)
    said = dict(said_about(step))
    ways: dict[Any, Callable[[ChecklistStep, Said, Context], None]]
    ways = {SYSTEM: _do_effect, WAIT: _look, SUBPROCESS: _follow_subprocess}
    way = ways.get(said.get("kind"))
    running = step.checklist.state is ChecklistState.RUNNING
    if way is None or not running or step.state is not StepState.READY:
        return
    _attempt(step, lambda: None if _is_untimely(step, said, ctx) else way(step, said, ctx), ctx)


def _is_untimely(step: ChecklistStep, said: Said, ctx: Context) -> bool:
    """Whether it is too early, and is looked at on the first day; or too late, which somebody is told."""
    facts = content_of(step, ctx)
    first = first_day(step, said, facts, ctx)
    if first is not None and ctx.now.date() < first:
        step.look_at = datetime.combine(first, time(), UTC)
        return True
    for late in untimely(step, said, facts, ctx):
        step.failure = said_so = ctx.generation.sentence(late.said_by("flow"))
        raise_alarm(step, AlarmCause.FAILED, said_so, ctx)
        step.look_at = ctx.now + SELDOM  # somebody may choose another day
        return True
    return False


def due_steps(ctx: Context) -> list[ChecklistStep]:
    """The steps that are to be looked at now; from now on they are for ten minutes no more."""
    ready = (ChecklistStep.state == StepState.READY, ChecklistStep.look_at <= ctx.now)
    running = ChecklistStep.checklist.has(Checklist.state == ChecklistState.RUNNING)
    held = (
        select(ChecklistStep.id)
        .where(*ready, running)
        .order_by(ChecklistStep.look_at, ChecklistStep.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=ChecklistStep)
    )
    numbers = list(ctx.session.scalars(held))
    ctx.session.execute(
        update(ChecklistStep)
        .where(ChecklistStep.id.in_(numbers))
        .values(look_at=ctx.now + 10 * SOON, version=ChecklistStep.version + 1, updated_at=ctx.now)
        .execution_options(synchronize_session=False)
    )
    return ctx.find(ChecklistStep, ChecklistStep.id.in_(numbers)) if numbers else []


def waiting_for(checklist: Checklist, ctx: Context) -> list[ChecklistStep]:
    """The steps that may go on once a checklist is over."""
    awaited = ChecklistStep.awaits == checklist.definition_version.definition.key
    awaited &= ChecklistStep.checklist.has(_about_the_same(checklist))
    started = ChecklistStep.subprocess == checklist
    return ctx.find(ChecklistStep, ChecklistStep.state == StepState.READY, awaited | started)


def _about_the_same(checklist: Checklist) -> ColumnElement[bool]:
    """Which checklists are for the same record, or else for the same purpose."""
    if checklist.record is None:
        return Checklist.record.is_(None) & (Checklist.about == checklist.about)
    return Checklist.record == checklist.record


def complete_as(step: ChecklistStep, who: str, ctx: Context) -> None:
    """Complete a step that no user does."""
    keep_awaited(step, ctx, by_a_user=False)
    step.completed_at, step.completed_as = ctx.now, who
    settle(step, ctx)


def _fail(step: ChecklistStep, why: str, ctx: Context) -> None:
    """It is tried again after longer and longer, and then somebody has to see to it."""
    step.attempts += 1
    step.failure = why[:2000]
    given_up = step.attempts >= MOST_ATTEMPTS
    step.look_at = None if given_up else ctx.now + SOON * 3 ** (step.attempts - 1)
    if given_up:
        raise_alarm(step, AlarmCause.FAILED, why, ctx)


def _attempt(step: ChecklistStep, what: Callable[[], None], ctx: Context) -> None:
    """Do something that may fail in any way; what it has written is undone then, and why is kept."""
    try:
        with ctx.attempt():
            what()
    except OperationalError as problem:
        if passes_by_itself(problem):
            raise
        log.exception("The step %s (%s) failed.", step.id, step.key)
        _fail(step, f"An error ({type(problem).__name__}); the log has it.", ctx)
    except Refused as refusal:
        said = [ctx.generation.sentence(one) for one in refusal.said_by("flow").several]
        _fail(step, " ".join(said), ctx)
    except Exception as problem:
        log.exception("The step %s (%s) failed.", step.id, step.key)
        _fail(step, f"An error ({type(problem).__name__}); the log has it.", ctx)


def passes_by_itself(problem: OperationalError) -> bool:
    """Whether two transactions met or the connection is lost: the job is tried again by the queue."""
    met = getattr(problem.orig, "sqlstate", None) in MET
    return met or problem.connection_invalidated


# Effects -------------------------------------------------------------------------------------


def _do_effect(step: ChecklistStep, said: Said, ctx: Context) -> None:
    asked = said["effect"]
    given = effect(
        step,
        ctx,
        name=asked["name"],
        settings=asked.get("settings", {}),
        key=f"{step.id}:{step.round}",
    )
    if len(given) != 1:
        raise Refused("no_such_effect", name=asked["name"])
    _fill_in(step, said, given[0], ctx)
    complete_as(step, f"system:{asked['name']}", ctx)


def _fill_in(step: ChecklistStep, said: Said, values: dict[str, Any], ctx: Context) -> None:
    if faults := faults_in_form(values, said.get("form")):
        raise Refused.all(faults)
    if not values:
        return
    for form in ctx.find(StepForm, StepForm.step == step):
        StepForm.update(form, ctx, values=values)
        return
    ctx.create(StepForm(step=step, values=values))


# Waits ---------------------------------------------------------------------------------------


def _look(step: ChecklistStep, said: Said, ctx: Context) -> None:
    wanted = said["wait"]
    come, never = (
        _of_checklist(step, wanted["definition"], ctx)
        if "definition" in wanted
        else _of_record(step, wanted, ctx)
    )
    if come:
        complete_as(step, "system:wait", ctx)
        return
    if never is not None:
        _alarm_of_orphan(step, never, ctx)
    elif step.failure is not None:
        step.failure = None
        end_alarms(step, "It may come after all.", ctx)
    waited = ctx.now - (step.ready_at or ctx.now)
    step.look_at = ctx.now + min(max(waited / 10, SOON), SELDOM)


def _alarm_of_orphan(step: ChecklistStep, why: Refused, ctx: Context) -> None:
    said = ctx.generation.sentence(why.said_by("flow"))
    step.failure = said
    raise_alarm(step, AlarmCause.NEVER_COMES, said, ctx)


def _of_checklist(step: ChecklistStep, key: str, ctx: Context) -> tuple[bool, Refused | None]:
    """Whether a checklist of a definition is over, for the same record or else the same purpose.

    It ended since the one that waits was started; or, where the wait was returned, since then.
    """
    mine = step.checklist
    since = mine.started_at if step.round == 1 or step.ready_at is None else step.ready_at
    of_it = Checklist.definition_version.has(
        DefinitionVersion.definition.has(Definition.key == key)
    )
    recent = Checklist.ended_at.is_(None) | (Checklist.ended_at >= since)
    others = (_about_the_same(mine), of_it, recent, Checklist.id != mine.id)
    states = {*ctx.session.scalars(select(Checklist.state).where(*others).distinct())}
    if ChecklistState.COMPLETED in states:
        return True, None
    if ChecklistState.RUNNING in states:
        return False, None
    if states:
        return False, Refused("awaited_is_cancelled", definition=key)
    startable = DefinitionVersion.state.in_(STARTABLE)
    of_key = DefinitionVersion.definition.has(Definition.key == key)
    if not ctx.find(DefinitionVersion, of_key, startable):
        return False, Refused("awaited_never_starts", definition=key)
    return False, None


def _of_record(step: ChecklistStep, wanted: Said, ctx: Context) -> tuple[bool, Refused | None]:
    """Whether a record has come to one of some states."""
    record = step.checklist.record
    if "record" in wanted:
        named = wanted["record"] in facts_of(steps_of(step.checklist, ctx), ctx)
        record = step.awaits_record if named else None
    if not isinstance(record, str):
        return False, Refused("nothing_to_wait_for", step=step.name)
    state, stays, names = state_of(record, ctx)
    if state is not None and state in wanted["states"]:
        return True, None
    if state is None or stays or not names.intersection(wanted["states"]):
        states = ", ".join(wanted["states"])
        return False, Refused("awaited_state_never_comes", record=record, states=states)
    return False, None


# Subprocesses --------------------------------------------------------------------------------


def _follow_subprocess(step: ChecklistStep, said: Said, ctx: Context) -> None:
    started = step.subprocess
    if started is None:
        _start(step, said["subprocess"]["definition"], ctx)
    elif started.state is ChecklistState.COMPLETED:
        complete_as(step, f"system:subprocess:{started.id}", ctx)
    elif started.state is ChecklistState.CANCELLED:
        why = Refused("subprocess_is_cancelled", about=started.about)
        _alarm_of_orphan(step, why, ctx)
        step.look_at = None
    else:
        step.look_at = ctx.now + SELDOM


def _start(step: ChecklistStep, key: str, ctx: Context) -> None:
    mine = step.checklist
    found = ctx.find(Definition, Definition.key == key)
    if not found:
        raise Refused("nothing_has_that_key", entity="Definition", key=key)
    above = _above(mine, ctx)
    if len(above) > DEEPEST:
        raise Refused("subprocess_too_deep", deepest=DEEPEST)
    if key in above:
        raise Refused("subprocess_in_itself", definition=key)
    units = [] if mine.owner is None else units_of(ctx, mine.owner)
    version = version_for(found[0], units[0] if units else None, ctx)
    step.subprocess = begin_checklist(
        version, ctx, about=mine.about, record=mine.record, owner=mine.owner
    )
    step.look_at, step.failure, step.attempts = ctx.now + SOON, None, 0
    end_alarms(step, "It was started.", ctx)


def _above(checklist: Checklist, ctx: Context) -> list[str]:
    """The keys of the definitions of a checklist and of those that have started it."""
    keys = [checklist.definition_version.definition.key]
    while len(keys) <= DEEPEST and (
        found := ctx.find(ChecklistStep, ChecklistStep.subprocess == checklist)
    ):
        checklist = found[0].checklist
        keys.append(checklist.definition_version.definition.key)
    return keys
