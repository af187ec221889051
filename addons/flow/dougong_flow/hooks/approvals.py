"""What keeps approvals right, and what follows from what people do with them."""

from typing import Any

from dougong import (
    Context,
    Forbidden,
    Invalid,
    Refused,
    WrongState,
    after,
    after_commit,
    before,
    guard,
)
from dougong_flow.actions import (
    open_approval,
    request_approval,
)
from dougong_flow.approval_body import APPROVAL
from dougong_flow.approving import (
    close,
    end,
    forget_return,
    go_on_from,
    protected_hash,
)
from dougong_flow.awaiting import keep_awaited
from dougong_flow.checking import content_of, lacking, not_ready, not_theirs, running
from dougong_flow.definition_body import LARGEST, canonical
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalState,
    Checklist,
    ChecklistStep,
    DefinitionVersion,
    NodeOutcome,
    ResumeFrom,
    StepState,
)
from dougong_flow.separation import (
    actors_of,
    nodes_said,
    step_said,
)
from dougong_flow.waiting import said_about
from dougong_flow.workflows import (
    cancel,
    grant,
    resubmit,
    settle,
    withdraw,
)

OPEN = (ApprovalState.RUNNING, ApprovalState.RETURNED)


# Asking for it ------------------------------------------------------------------------------


@guard(open_approval)
def follow_what_holds(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """A draft is not followed, nor what holds no longer; and it must have an approval."""
    if version.state.name not in ("EFFECTIVE", "TRIAL"):
        return WrongState("version_does_not_hold", state=version.state)
    kinds = [one.get("kind") for one in version.body.get("steps", ())]
    return None if APPROVAL in kinds else Refused("no_approval_in_it")


@guard(request_approval)
def ask_for_a_step_that_is_ready(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever the step is assigned to asks, once it is ready, and once."""
    if said_about(step).get("kind") != APPROVAL:
        return Refused("no_approval_in_it")
    faults = [one for one in (running(step.checklist), not_ready(step)) if one is not None]
    faults += not_theirs(step, said_about(step), actors_of(request_approval, step, ctx), ctx)
    if ctx.find(Approval, Approval.step == step, Approval.state.in_(OPEN)):
        faults.append(Refused("asked_already", step=step.name))
    return Refused.all(faults) if faults else None


# An approval --------------------------------------------------------------------------------


@guard(withdraw)
def withdraw_your_own(approval: Approval, ctx: Context) -> Refused | None:
    """The initiator withdraws it, where the definition allows that (撤回)."""
    if ctx.me is None:  # its checklist was cancelled
        return None
    if not step_said(approval).get("approval", {}).get("withdraw", True):
        return Refused("never_withdrawn")
    return _own(withdraw, approval, ctx)


@guard(resubmit)
def resubmit_your_own(approval: Approval, ctx: Context) -> Refused | None:
    """The initiator asks for it again."""
    return _own(resubmit, approval, ctx)


def _own(verb: Any, approval: Approval, ctx: Context) -> Refused | None:
    if approval.initiator.id in actors_of(verb, approval, ctx, approval.initiator):
        return None
    return Forbidden("not_your_approval")


@before(resubmit, form=True)
def say_it_as_it_is_now(
    approval: Approval,
    ctx: Context,
    *,
    content: dict[str, Any] | None = None,
    from_start: bool = False,
) -> None:
    """Whoever returned it gets it back only if nothing has changed that those before relied on."""
    if approval.step is not None:
        keep_awaited(approval.step, ctx)
        content = content_of(approval.step, ctx)
    elif content is None:
        content = approval.content
    if len(canonical(content).encode()) > LARGEST:
        raise Invalid("body_too_large", at="content", bytes=LARGEST)
    hashed = protected_hash(step_said(approval), content)
    back = approval.resume is ResumeFrom.BACK_TO_RETURNER and not from_start
    if back and hashed != approval.content_hash:
        raise Refused("content_changed", at="content")
    if not back:
        approval.returned_from = None
    approval.content, approval.content_hash = content, hashed


@after(resubmit)
def go_on_again(approval: Approval, ctx: Context) -> None:
    """It goes through the nodes again, or to the one that had returned it."""
    keys = [one["key"] for one in nodes_said(approval)]
    place = 0 if approval.returned_from is None else keys.index(approval.returned_from)
    forget_return(approval)
    go_on_from(approval, place, ctx)


@after(withdraw)
def ask_nobody_any_more(approval: Approval, ctx: Context) -> None:
    """Nobody votes any more."""
    end(approval, ctx)
    for node in ctx.find(ApprovalNode, ApprovalNode.approval == approval):
        if node.outcome is None:
            close(node, NodeOutcome.WITHDRAWN, None, ctx)


@after(grant)
def complete_the_step(approval: Approval, ctx: Context) -> None:
    """A checklist's step that lacks nothing else is completed, by whoever asked for the approval."""
    step = approval.step
    if step is None:
        return
    ctx.lock(step)
    ready = step.state is StepState.READY and step.round == approval.step_round
    if ready and running(step.checklist) is None and not [*lacking(step, said_about(step), ctx)]:
        step.completed_at, step.completed_by = ctx.now, approval.initiator
        step.completed_for = None
        settle(step, ctx)


@after_commit(cancel)
def withdraw_with_the_checklist(checklist: Checklist, ctx: Context) -> None:
    """Nobody decides on a step that is not done any more."""
    of_it = Approval.step.has(ChecklistStep.checklist == checklist)
    for approval in ctx.hold(Approval, of_it, Approval.state.in_(OPEN)):
        withdraw(approval, ctx, reason="Its checklist was cancelled.")
