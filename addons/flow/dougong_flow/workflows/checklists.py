"""How checklists and their steps go: a step is ready once those before it are over."""

from dougong import Context, Refused, User, Workflow
from dougong_flow.entities import Checklist, ChecklistState, ChecklistStep, StepState
from dougong_flow.permissions import PERFORM
from dougong_flow.reasons import given
from dougong_flow.waiting import OVER, what_comes_first

checklist_workflow = Workflow(
    Checklist,
    Checklist.state,
    final=[ChecklistState.COMPLETED, ChecklistState.CANCELLED],
    running=[ChecklistState.RUNNING],
)


def name_what_comes_first(step: ChecklistStep, tried: object, ctx: Context) -> Refused | None:
    """Whoever is too early is told which steps have to be over before (S2-07)."""
    if tried is not complete or step.state is not StepState.WAITING:
        return None
    found = ctx.find(ChecklistStep, ChecklistStep.checklist == step.checklist)
    others = {one.key: one for one in found}
    first = [others[key] for key in what_comes_first(step) if key in others]
    left = [one.name for one in first if one.state not in OVER]
    return Refused("comes_after", step=step.name, first=", ".join(left)) if left else None


step_workflow = Workflow(ChecklistStep, ChecklistStep.state, explained=name_what_comes_first)


@step_workflow.step(StepState.WAITING, to=StepState.READY, needs=PERFORM)
def make_ready(step: ChecklistStep, ctx: Context) -> None:
    """All that comes before it is over, and its condition holds; done by itself."""


@step_workflow.step(StepState.WAITING, to=StepState.SKIPPED, needs=PERFORM)
def pass_over(step: ChecklistStep, ctx: Context) -> None:
    """All that comes before it is over, and its condition does not hold; done by itself."""


@step_workflow.step(StepState.READY, to=StepState.COMPLETED, needs=PERFORM)
def complete(step: ChecklistStep, ctx: Context) -> None:
    """It is done: the form is right, and the evidence and the controls are there."""
    standing_in = ctx.stood_in_for(complete, step)
    step.completed_at, step.completed_by = ctx.now, ctx.me
    step.completed_for = None if standing_in is None else ctx.get(User, standing_in)


@step_workflow.step(StepState.READY, to=StepState.COMPLETED, needs=PERFORM)
def settle(step: ChecklistStep, ctx: Context) -> None:
    """Its approval is given, or what it does or waits for by itself is done; done by itself."""


@step_workflow.step(StepState.READY, to=StepState.SKIPPED, needs=PERFORM)
def skip(step: ChecklistStep, ctx: Context, *, reason: str) -> None:
    """Leave an optional step out; say why."""
    step.skip_reason = given(reason)


@checklist_workflow.step(ChecklistState.RUNNING, to=ChecklistState.COMPLETED, needs=PERFORM)
def finish(checklist: Checklist, ctx: Context) -> None:
    """All steps are over; done by itself."""


@checklist_workflow.step(ChecklistState.RUNNING, to=ChecklistState.CANCELLED, needs=PERFORM)
def cancel(checklist: Checklist, ctx: Context, *, reason: str) -> None:
    """Nothing more is done; say why."""
    checklist.cancel_reason = given(reason)
    checklist.ended_at = ctx.now
