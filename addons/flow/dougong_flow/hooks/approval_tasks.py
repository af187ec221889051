"""Who may do what with a task of an approval, and what follows from it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from dougong import (
    Context,
    Forbidden,
    Invalid,
    Refused,
    WrongState,
    after,
    before,
    guard,
)
from dougong_flow.actions import (
    add_signer,
    claim,
    delegate_task,
    override_separation,
    release,
    send_copy,
    urge,
)
from dougong_flow.approval_body import allows, mandatory_controls
from dougong_flow.approvers import Seat, claimant
from dougong_flow.approving import (
    close,
    count,
    go_on_from,
    node_before,
    open_task,
    seat_task,
)
from dougong_flow.checking import running
from dougong_flow.entities import (
    Approval,
    ApprovalState,
    ApprovalTask,
    ApprovalTaskKind,
    ApprovalTaskState,
    Decision,
    NodeOutcome,
    ResumeFrom,
    SignerPlace,
)
from dougong_flow.separation import (
    actors_of,
    check_new_signer,
    node_said,
    not_separate,
    step_said,
)
from dougong_flow.workflows import (
    decide,
    give_back,
    return_it,
    transfer,
)

URGE_AGAIN = timedelta(hours=24)
OPEN = (ApprovalState.RUNNING, ApprovalState.RETURNED)
OF_TASK = (
    (ApprovalTask.approval, Approval.definition_version),
    ApprovalTask.node,
    ApprovalTask.assignee,
)


_looked_at: WeakKeyDictionary[Context, dict[Any, list[Refused]]] = WeakKeyDictionary()
"""What keeps people from tasks, where somebody only looks: each task has several verbs."""


def _apart(task: ApprovalTask, actors: set[int], ctx: Context) -> list[Refused]:
    """Why somebody may not decide a task of theirs."""
    if not ctx.only_reads:
        return [*not_separate(task, actors, ctx)]
    known = _looked_at.setdefault(ctx, {})
    asked = (task.id, task.version, *sorted(actors))
    if asked not in known:
        known[asked] = [*not_separate(task, actors, ctx)]
    return known[asked]


def _mine(verb: Any, task: ApprovalTask, ctx: Context) -> list[Refused]:
    """Why the asker may do nothing with a task; of separate duties, if all else is well."""
    faults: list[Refused] = []
    if task.approval.state is not ApprovalState.RUNNING:
        faults.append(WrongState("approval_is_over", state=task.approval.state))
    if task.approval.step is not None and (over := running(task.approval.step.checklist)):
        faults.append(over)
    if task.assignee is None:
        return [*faults, Refused("claim_it_first", node=task.node.name)]
    actors = actors_of(verb, task, ctx, task.assignee)
    if task.assignee.id not in actors:
        faults.append(Forbidden("not_your_task", node=task.node.name))
    return faults or _apart(task, actors, ctx)


def _with_votes(
    verb: Any, operation: str | None, task: ApprovalTask, ctx: Context
) -> list[Refused]:
    """Why the asker may not do what only those can who vote, and the node allows."""
    faults: list[Refused] = []
    if task.kind is not ApprovalTaskKind.VOTE:
        faults.append(Refused("no_vote", kind=task.kind.name))
    if operation is not None and not allows(node_said(task.node), operation):
        faults.append(Refused("not_in_this_node", node=task.node.name, operation=operation))
    return faults or _mine(verb, task, ctx)


def _open(task: ApprovalTask) -> list[Refused]:
    if task.state is ApprovalTaskState.OPEN:
        return []
    return [WrongState("task_is_not_open", state=task.state)]


def _together(faults: Iterable[Refused]) -> Refused | None:
    found = list(faults)
    return Refused.all(found) if found else None


@guard(decide, loads=OF_TASK)
def decide_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Only whoever it is assigned to decides, and never who must be separate."""
    return _together(_mine(decide, task, ctx))


@before(decide, form=True)
def look_at_the_controls(
    task: ApprovalTask, ctx: Context, *, decision: Decision, checked: Any = None, **_: Any
) -> None:
    """A yes says of each mandatory control point that it is kept."""
    controls = mandatory_controls(step_said(task.approval), node_said(task.node))
    left = [one for one in controls if one not in (checked or ())]
    if decision is Decision.YES and task.kind is ApprovalTaskKind.VOTE and left:
        raise Refused("controls_unchecked", at="checked", controls=", ".join(left))


@guard(claim, loads=OF_TASK)
def claim_what_is_nobodys(task: ApprovalTask, ctx: Context) -> Refused | None:
    """A task is claimed once."""
    if task.state is not ApprovalTaskState.OPEN or task.approval.state not in OPEN:
        return _together(_open(task))
    if task.assignee is not None:
        return Refused("claimed_already")
    actors = actors_of(claim, task, ctx)
    if claimant(task, actors, ctx) is None:
        return Forbidden("not_responsible", step=task.node.name, roles=task.role)
    return _together(_apart(task, actors, ctx))


@guard(release, loads=OF_TASK)
def release_what_was_claimed(task: ApprovalTask, ctx: Context) -> Refused | None:
    """What was assigned to somebody by name stays theirs."""
    faults = [*(_open(task) or _mine(release, task, ctx))]
    if task.role is None or task.deviation is not None:
        faults.append(Refused("not_claimed"))
    return _together(faults)


@guard(transfer, loads=OF_TASK)
def transfer_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Who has others sign first cannot go away (加签 BEFORE, then 转交)."""
    if faults := _with_votes(transfer, "TRANSFER", task, ctx):
        return _together(faults)
    seat = (ApprovalTask.node == task.node, ApprovalTask.seat == task.seat)
    before_it = ApprovalTask.added == SignerPlace.BEFORE
    if task.added is None and ctx.find(ApprovalTask, *seat, before_it):
        return Refused("signers_before", place=SignerPlace.PARALLEL.name)
    return _together(_open(task))


@before(transfer, form=True)
def transfer_to_somebody_who_may(task: ApprovalTask, ctx: Context, *, to: Any, **_: Any) -> None:
    """Whoever gets it must not be one who must be separate."""
    check_new_signer(task.node, to, ctx, "to")


@after(transfer, form=True)
def give_it_to_them(task: ApprovalTask, ctx: Context, *, to: Any, **_: Any) -> None:
    """The task is the other's now, in the same seat."""
    other = seat_task(
        *(task.node, Seat(to), ctx), seat=task.seat, added=task.added, added_by=task.added_by
    )
    open_task(other, ctx)


@guard(return_it, loads=OF_TASK)
def return_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Whoever was added signs, and returns nothing."""
    faults = [*_with_votes(return_it, "RETURN", task, ctx)]
    if task.added is not None:
        faults.append(Refused("added_signers_sign"))
    return _together(faults)


@before(return_it, form=True)
def return_to_who_was_there(
    task: ApprovalTask,
    ctx: Context,
    *,
    to: str | None = None,
    resume: ResumeFrom = ResumeFrom.FROM_START,
    **_: Any,
) -> None:
    """It is returned to a node that people have approved, and goes on as this one allows."""
    ways = node_said(task.node).get("resume", [one.name for one in ResumeFrom])
    if resume.name not in ways:
        raise Invalid("resumes_otherwise", at="resume", ways=", ".join(ways))
    if to is not None:
        node_before(task.approval, to, task.node.place, ctx)


@after(return_it, form=True)
def go_back(
    task: ApprovalTask,
    ctx: Context,
    *,
    to: str | None = None,
    resume: ResumeFrom = ResumeFrom.FROM_START,
    **_: Any,
) -> None:
    """Nobody else votes in the node; it is the initiator's turn, or that of the earlier node."""
    approval, node = task.approval, task.node
    place = None if to is None else node_before(approval, to, node.place, ctx)
    close(node, NodeOutcome.RETURNED, None, ctx)
    approval.round += 1
    approval.returned_from, approval.returned_to, approval.resume = node.key, to, resume
    if place is None:
        give_back(approval, ctx)
    else:
        go_on_from(approval, place, ctx)


@guard(add_signer, loads=OF_TASK)
def add_to_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Whoever was added adds nobody."""
    faults = [*(_open(task) or _with_votes(add_signer, None, task, ctx))]
    if task.added is not None:
        faults.append(Refused("added_signers_sign"))
    return _together(faults)


@before(add_signer, form=True)
def add_as_the_node_allows(
    task: ApprovalTask, ctx: Context, *, place: SignerPlace, **_: Any
) -> None:
    """Each way to add signers is a setting of the node."""
    if not allows(node_said(task.node), f"ADD_{place.name}"):
        raise Refused(
            "not_in_this_node", at="place", node=task.node.name, operation=f"ADD_{place.name}"
        )


@guard(delegate_task, loads=OF_TASK)
def delegate_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Whoever was added, or was asked for an opinion, asks nobody else."""
    faults = [*(_open(task) or _with_votes(delegate_task, "DELEGATE", task, ctx))]
    if task.added is not None:
        faults.append(Refused("added_signers_sign"))
    return _together(faults)


@guard(send_copy, loads=OF_TASK)
def copy_what_is_yours(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Whoever decides shows it to others."""
    return _together(_open(task) or _with_votes(send_copy, "COPY", task, ctx))


@guard(urge, loads=OF_TASK)
def urge_once_a_day(task: ApprovalTask, ctx: Context) -> Refused | None:
    """The initiator urges, and not more than once a day."""
    faults = [*_open(task)]
    initiator = task.approval.initiator
    if initiator.id not in actors_of(urge, task, ctx, initiator):
        faults.append(Forbidden("not_your_approval"))
    if not allows(node_said(task.node), "URGE"):
        faults.append(Refused("not_in_this_node", node=task.node.name, operation="URGE"))
    if task.urged_at is not None and ctx.now < task.urged_at + URGE_AGAIN:
        faults.append(Refused("urged_already", again=task.urged_at + URGE_AGAIN))
    return _together(faults)


@guard(override_separation, loads=OF_TASK)
def override_for_what_is_open(task: ApprovalTask, ctx: Context) -> Refused | None:
    """Only where somebody still votes."""
    faults = [*_open(task)]
    if task.kind is not ApprovalTaskKind.VOTE:
        faults.append(Refused("no_vote", kind=task.kind.name))
    return _together(faults)


@after(decide)
def see_what_is_decided(task: ApprovalTask, ctx: Context) -> None:
    """A vote may decide the node, the node the approval; an opinion goes back to who asked."""
    if task.kind is not ApprovalTaskKind.ADVICE:
        count(task.node, ctx)
