"""How steps of checklists are done again: returned to an earlier one, called back, repeated."""

from dougong import Context
from dougong_flow.entities import ChecklistStep, ResumeFrom, ReturnCode, StepState
from dougong_flow.permissions import PERFORM
from dougong_flow.workflows.checklists import step_workflow


@step_workflow.step(StepState.READY, to=StepState.WAITING, needs=PERFORM, reason=True)
def hand_back(
    step: ChecklistStep,
    ctx: Context,
    *,
    to: str,
    reason: str,
    code: ReturnCode = ReturnCode.OTHER,
    resume: ResumeFrom = ResumeFrom.FROM_START,
) -> None:
    """Return it to an earlier step, whose result will not do (退回); say why.

    to: The key of the earlier step, which was completed.
    reason: What is wrong with it.
    code: The same in one word, for the statistics.
    resume: Whether the steps in between are done again too, or it comes straight back.
    """


@step_workflow.step(StepState.COMPLETED, to=StepState.READY, needs=PERFORM)
def reopen(step: ChecklistStep, ctx: Context) -> None:
    """A later step was returned to it; done by itself."""
    undo(step)


@step_workflow.step(
    *(StepState.READY, StepState.COMPLETED, StepState.SKIPPED),
    to=StepState.WAITING,
    needs=PERFORM,
)
def call_back(step: ChecklistStep, ctx: Context) -> None:
    """What comes before it is done again; done by itself."""
    undo(step)


@step_workflow.step(StepState.COMPLETED, to=StepState.READY, needs=PERFORM, reason=True)
def repeat(step: ChecklistStep, ctx: Context, *, reason: str) -> None:
    """Do a step once more that may be repeated; what came after it stays. Say why."""
    undo(step)


def undo(step: ChecklistStep) -> None:
    """It is not over any more; its rounds keep who did it and when."""
    step.completed_at = step.completed_by = step.completed_for = None
    step.completed_as = step.skip_reason = None
