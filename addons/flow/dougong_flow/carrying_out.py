"""What follows from a step that is over: others are ready or passed over, or all is done."""

from dougong import Context
from dougong_flow.checking import OVER, facts_of, is_open_for, said_of
from dougong_flow.conditions import holds
from dougong_flow.entities import Checklist, ChecklistState, ChecklistStep
from dougong_flow.workflows import finish, make_ready, pass_over


def advance(checklist: Checklist, ctx: Context) -> None:
    """Go on as far as nobody has to do anything; the checklist is held from then on."""
    ctx.lock(checklist)
    if checklist.state is not ChecklistState.RUNNING:
        return
    said = said_of(checklist)
    steps = steps_of(checklist, ctx)
    while open_now := [one for one in steps.values() if is_open_for(one, steps, said[one.key])]:
        for step in open_now:
            if holds(said[step.key].get("condition"), facts_of(steps, ctx)):
                step.ready_at = ctx.now
                make_ready(step, ctx)
            else:
                step.skip_reason = "Its condition does not hold."
                pass_over(step, ctx)
    if all(one.state in OVER for one in steps.values()):
        checklist.ended_at = ctx.now
        finish(checklist, ctx)


def steps_of(checklist: Checklist, ctx: Context) -> dict[str, ChecklistStep]:
    """The steps of a checklist by their keys, in the order of the definition."""
    found = ctx.find(ChecklistStep, ChecklistStep.checklist == checklist)
    return {one.key: one for one in found}
