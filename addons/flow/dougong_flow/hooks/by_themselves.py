"""Steps of approvals that nobody takes by hand: they follow from what people decide."""

from dougong import Context, Refused, guard
from dougong_flow.entities import (
    Approval,
    ApprovalTask,
    ChecklistStep,
)
from dougong_flow.workflows import (
    call_off,
    give_back,
    grant,
    hold_back,
    open_it,
    settle,
    settle_task,
    turn_down,
)


def _by_itself(follows: bool) -> Refused | None:
    return None if follows else Refused("follows_by_itself")


@guard(open_it)
def open_in_turn(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Its turn comes by itself."""
    return _by_itself(task.opened_at is not None)


@guard(hold_back)
def hold_back_for_others(task: ApprovalTask, ctx: Context) -> Refused | None:
    """It waits when somebody is added or asked."""
    return _by_itself(task.opened_at is None)


@guard(settle_task)
def settle_what_was_said(task: ApprovalTask, ctx: Context) -> Refused | None:
    """It has been said before."""
    return _by_itself(task.ended_at is not None)


@guard(call_off)
def call_off_what_is_over(task: ApprovalTask, ctx: Context) -> Refused | None:
    """It is called off when the node is decided."""
    return _by_itself(task.ended_at is not None)


@guard(grant)
def grant_what_was_approved(approval: Approval, ctx: Context) -> Refused | None:
    """The votes decide."""
    return _by_itself(approval.ended_at is not None)


@guard(turn_down)
def turn_down_what_was_rejected(approval: Approval, ctx: Context) -> Refused | None:
    """The votes decide."""
    return _by_itself(approval.ended_at is not None)


@guard(give_back)
def give_back_what_was_returned(approval: Approval, ctx: Context) -> Refused | None:
    """A task returns it."""
    return _by_itself(approval.returned_from is not None)


@guard(settle)
def settle_what_was_approved(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Its approval completes it, or what it does by itself."""
    return _by_itself(step.completed_by is not None or step.completed_as is not None)
