"""What a step needs before it is over, and what follows from it."""

from dougong import Context, Refused, WrongState, guard
from dougong_flow.actions import assign, execute_control, start_checklist
from dougong_flow.checking import missing, not_ready, running
from dougong_flow.entities import (
    Checklist,
    ChecklistStep,
    DefinitionVersion,
    VersionState,
)
from dougong_flow.waiting import OVER, said_about
from dougong_flow.workflows import complete, finish, make_ready, pass_over, skip

PINNED = (
    (ChecklistStep.checklist, Checklist.definition_version),
    ChecklistStep.assignee,
)


@guard(start_checklist)
def start_what_holds_or_is_tried_out(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """A draft is not carried out, nor what holds no longer."""
    if version.state in (VersionState.EFFECTIVE, VersionState.TRIAL):
        return None
    return WrongState("version_does_not_hold", state=version.state)


@guard(assign, loads=PINNED)
def assign_what_is_not_over(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever did it stays whoever did it."""
    if step.state in OVER:
        return WrongState("step_is_over", state=step.state)
    return running(step.checklist)


@guard(execute_control, loads=PINNED)
def look_before_it_is_over(step: ChecklistStep, ctx: Context) -> Refused | None:
    """A control is looked at while the step is being done."""
    return running(step.checklist) or not_ready(step)


@guard(complete, loads=PINNED)
def complete_what_is_whole(step: ChecklistStep, ctx: Context) -> Refused | None:
    """All that is missing is said at once (S0-49): people, duties, form, evidence and controls."""
    ctx.lock(step.checklist)  # two steps that exclude each other's people are not done at once
    over = running(step.checklist)
    standing_in = ctx.stood_in_for(complete, step)
    actors = {one for one in (ctx.principal.user_id, standing_in) if one is not None}
    faults = [over] if over else list(missing(step, actors, ctx))
    return Refused.all(faults) if faults else None


@guard(skip, loads=PINNED)
def skip_what_is_optional(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Only an optional step is left out, and none that has a control point (S0-14)."""
    said = said_about(step)
    if over := running(step.checklist):
        return over
    if not said.get("optional"):
        return Refused("step_is_needed", step=step.name)
    if any(one.get("mandatory") for one in said.get("control_points", ())):
        return Refused("step_has_a_control", step=step.name)
    return None


@guard(make_ready)
def wait_for_what_comes_before(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Nobody opens a step by hand: whoever completes the one before it does (`carrying_out`)."""
    return None if step.ready_at is not None else Refused("step_waits", step=step.name)


@guard(pass_over)
def pass_over_what_is_not_asked_for(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Nobody passes a step over by hand."""
    return None if step.skip_reason is not None else Refused("step_waits", step=step.name)


@guard(finish)
def finish_what_is_done(checklist: Checklist, ctx: Context) -> Refused | None:
    """Nobody finishes a checklist by hand: its last step does."""
    return None if checklist.ended_at is not None else Refused("steps_are_left")
