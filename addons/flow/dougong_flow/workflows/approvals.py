"""How approvals and their tasks go: what people do with them, and what follows by itself."""

from typing import Any

from dougong import Context, User, Workflow
from dougong_flow.entities import (
    Approval,
    ApprovalState,
    ApprovalTask,
    ApprovalTaskState,
    Decision,
    ResumeFrom,
)
from dougong_flow.permissions import APPROVE, PERFORM

approval_workflow = Workflow(
    Approval,
    Approval.state,
    final=[ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.WITHDRAWN],
    running=[ApprovalState.RUNNING, ApprovalState.RETURNED],
)
task_workflow = Workflow(
    ApprovalTask,
    ApprovalTask.state,
    final=[
        *(ApprovalTaskState.DECIDED, ApprovalTaskState.RETURNED),
        *(ApprovalTaskState.TRANSFERRED, ApprovalTaskState.CANCELLED),
    ],
)


def _done(verb: Any, task: ApprovalTask, ctx: Context, comment: str | None) -> None:
    """Note who has done something with a task, in whose name, and what they said."""
    standing_in = ctx.stood_in_for(verb, task)
    task.decided_by, task.ended_at, task.comment = ctx.me, ctx.now, comment
    task.decided_for = None if standing_in is None else ctx.get(User, standing_in)


# What people do -----------------------------------------------------------------------------


@task_workflow.step(ApprovalTaskState.OPEN, to=ApprovalTaskState.DECIDED, needs=APPROVE, many=True)
def decide(
    task: ApprovalTask,
    ctx: Context,
    *,
    decision: Decision,
    comment: str | None = None,
    checked: list[str] | None = None,
) -> None:
    """Say yes or no.

    decision: What you say.
    comment: What you say about it.
    checked: The mandatory control points that are kept, by their keys; a yes needs all of them.
    """
    _done(decide, task, ctx, comment)
    task.decision = decision


@task_workflow.step(
    *(ApprovalTaskState.OPEN, ApprovalTaskState.WAITING),
    to=ApprovalTaskState.TRANSFERRED,
    needs=APPROVE,
    reason=True,
)
def transfer(task: ApprovalTask, ctx: Context, *, to: User, reason: str) -> None:
    """Give the task to somebody else, for good (转交); say why.

    to: Who decides instead of you.
    """
    _done(transfer, task, ctx, reason)


@task_workflow.step(
    ApprovalTaskState.OPEN, to=ApprovalTaskState.RETURNED, needs=APPROVE, reason=True
)
def return_it(
    task: ApprovalTask,
    ctx: Context,
    *,
    reason: str,
    to: str | None = None,
    resume: ResumeFrom = ResumeFrom.FROM_START,
) -> None:
    """Give it back, to the initiator or to a node that has approved it already (退回); say why.

    to: The key of the node; without one, the initiator.
    resume: Where it goes on afterwards.
    """
    _done(return_it, task, ctx, reason)


@approval_workflow.step(
    *(ApprovalState.RUNNING, ApprovalState.RETURNED),
    to=ApprovalState.WITHDRAWN,
    needs=PERFORM,
    reason=True,
)
def withdraw(approval: Approval, ctx: Context, *, reason: str) -> None:
    """Ask for it no longer (撤回); say why."""
    approval.ended_at = ctx.now


@approval_workflow.step(ApprovalState.RETURNED, to=ApprovalState.RUNNING, needs=PERFORM)
def resubmit(
    approval: Approval,
    ctx: Context,
    *,
    content: dict[str, Any] | None = None,
    from_start: bool = False,
) -> None:
    """Ask for it again after it was returned.

    content: The facts as they are now; of a checklist's step, its forms are looked at instead.
    from_start: Whether it goes through all nodes, though whoever returned it wants it back.
    """


# What follows by itself ---------------------------------------------------------------------


@task_workflow.step(ApprovalTaskState.WAITING, to=ApprovalTaskState.OPEN, needs=APPROVE)
def open_it(task: ApprovalTask, ctx: Context) -> None:
    """It is its turn; done by itself."""


@task_workflow.step(ApprovalTaskState.OPEN, to=ApprovalTaskState.WAITING, needs=APPROVE)
def hold_back(task: ApprovalTask, ctx: Context) -> None:
    """Others come first, whom the assignee asked; done by itself."""


@task_workflow.step(ApprovalTaskState.WAITING, to=ApprovalTaskState.DECIDED, needs=APPROVE)
def settle_task(task: ApprovalTask, ctx: Context) -> None:
    """Whoever said yes in the node before says so here too, or it is a copy; done by itself."""


@task_workflow.step(
    *(ApprovalTaskState.WAITING, ApprovalTaskState.OPEN),
    to=ApprovalTaskState.CANCELLED,
    needs=APPROVE,
)
def call_off(task: ApprovalTask, ctx: Context) -> None:
    """It is decided without it; done by itself."""
    task.ended_at = ctx.now


@approval_workflow.step(ApprovalState.RUNNING, to=ApprovalState.APPROVED, needs=APPROVE)
def grant(approval: Approval, ctx: Context) -> None:
    """All nodes have approved it; done by itself."""


@approval_workflow.step(ApprovalState.RUNNING, to=ApprovalState.REJECTED, needs=APPROVE)
def turn_down(approval: Approval, ctx: Context) -> None:
    """A node has rejected it; done by itself."""


@approval_workflow.step(ApprovalState.RUNNING, to=ApprovalState.RETURNED, needs=APPROVE)
def give_back(approval: Approval, ctx: Context) -> None:
    """Somebody has returned it to the initiator; done by itself."""
