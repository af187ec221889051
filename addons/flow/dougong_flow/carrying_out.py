"""What follows from a step that is over: others are ready or passed over, or all is done."""

from dougong import Context, User
from dougong_flow.checking import facts_of, is_open_for
from dougong_flow.conditions import holds
from dougong_flow.entities import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    DefinitionVersion,
    RoundOutcome,
    VersionState,
)
from dougong_flow.rounds import end_round, open_round, steps_of
from dougong_flow.waiting import OVER, said_of
from dougong_flow.workflows import finish, make_ready, pass_over


def begin_checklist(
    version: DefinitionVersion,
    ctx: Context,
    *,
    about: str,
    owner: User | None,
    record: str | None = None,
) -> Checklist:
    """A checklist of a version that holds or is tried out, of which the first steps are ready."""
    until = version.trial_until if version.state is VersionState.TRIAL else None
    checklist = ctx.create(
        Checklist(
            definition_version=version,
            about=about,
            record=record,
            owner=owner,
            started_at=ctx.now,
            trial_was_over=until is not None and until <= ctx.now.date(),
        )
    )
    for said in said_of(checklist).values():
        ctx.create(ChecklistStep(checklist=checklist, key=said["key"], name=said["name"]))
    advance(checklist, ctx)
    return checklist


def go_on_after(step: ChecklistStep, outcome: RoundOutcome, ctx: Context) -> None:
    """A step is over: write down how, and go on."""
    by = (step.completed_by, step.completed_for)
    if outcome is RoundOutcome.SKIPPED:
        by = (ctx.me, None)
    end_round(step, outcome, ctx, by=by, reason=step.skip_reason)
    advance(step.checklist, ctx)


def advance(checklist: Checklist, ctx: Context) -> None:
    """Go on as far as nobody has to do anything; the checklist is held from then on."""
    ctx.lock(checklist)
    if checklist.state is not ChecklistState.RUNNING:
        return
    said = said_of(checklist)
    steps = steps_of(checklist, ctx)
    while open_now := [one for one in steps.values() if is_open_for(one, steps, said)]:
        for step in open_now:
            if holds(said[step.key].get("condition"), facts_of(steps, ctx)):
                open_round(step, ctx)
                make_ready(step, ctx)
            else:
                step.skip_reason = "Its condition does not hold."
                pass_over(step, ctx)
                end_round(step, RoundOutcome.PASSED_OVER, ctx, reason=step.skip_reason)
    if all(one.state in OVER for one in steps.values()):
        checklist.ended_at = ctx.now
        finish(checklist, ctx)
