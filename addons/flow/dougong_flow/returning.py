"""Steps that are done again: what a return reopens, and what stays."""

from __future__ import annotations

from dougong import Context, Invalid
from dougong_flow import step_order
from dougong_flow.carrying_out import advance
from dougong_flow.entities import (
    ChecklistStep,
    ResumeFrom,
    ReturnCode,
    RoundOutcome,
    StepState,
)
from dougong_flow.rounds import end_round, open_round, start_anew, steps_of
from dougong_flow.waiting import said_of
from dougong_flow.workflows import call_back, reopen


def check_return(step: ChecklistStep, to: str, resume: ResumeFrom, ctx: Context) -> None:
    """Raise what keeps a step from being returned to an earlier one in this way."""
    said = said_of(step.checklist)
    here, earlier = said[step.key], step_order.before(step.key, said)
    possible = [key for key in said if key in earlier & {*here.get("returns_to", earlier)}]
    steps = steps_of(step.checklist, ctx)
    if to not in possible or steps[to].state is not StepState.COMPLETED:
        done = [key for key in possible if steps[key].state is StepState.COMPLETED]
        raise Invalid("no_return_there", at="to", steps=", ".join(done))
    ways = here.get("resume", [one.name for one in ResumeFrom])
    if resume.name not in ways:
        raise Invalid("resumes_otherwise", at="resume", ways=", ".join(ways))


def go_back(
    step: ChecklistStep,
    to: str,
    why: tuple[str, ReturnCode],
    resume: ResumeFrom,
    ctx: Context,
) -> None:
    """A step was returned: the earlier one is ready again, and those in between wait if they must."""
    reason, code = why
    by = (ctx.me, None)
    end_round(step, RoundOutcome.RETURNED, ctx, by=by, reason=reason, code=code, to=to)
    start_anew(step, reason)
    earlier = steps_of(step.checklist, ctx)[to]
    if resume is ResumeFrom.FROM_START:
        call_all_back(earlier, reason, ctx)
    else:
        step.waits_for = to
    start_anew(earlier, reason)
    open_round(earlier, ctx)
    reopen(earlier, ctx)
    advance(step.checklist, ctx)


def call_all_back(step: ChecklistStep, why: str, ctx: Context) -> None:
    """Whatever comes after a step is to be done again, as far as it was ready or done."""
    steps = steps_of(step.checklist, ctx)
    for key in step_order.behind(step.key, said_of(step.checklist)):
        if key not in steps:
            continue
        one = steps[key]
        one.waits_for = None
        if one.state is StepState.WAITING:
            continue
        if one.state is StepState.READY:
            end_round(one, RoundOutcome.CALLED_BACK, ctx, reason=why)
        start_anew(one, why)
        call_back(one, ctx)


def waiting_for(step: ChecklistStep, ctx: Context) -> list[ChecklistStep]:
    """The steps that were returned to a step, and come straight back from it."""
    return ctx.find(
        ChecklistStep,
        ChecklistStep.checklist == step.checklist,
        ChecklistStep.waits_for == step.key,
    )
