"""What is done with approvals and their tasks besides deciding."""

from typing import Any

from dougong import Context, Forbidden, Invalid, RecordId, User, action
from dougong_flow.approval_body import APPROVAL
from dougong_flow.approvers import Seat, claimant
from dougong_flow.approving import (
    go_on_from,
    open_task,
    protected_hash,
    seat_task,
    wait,
)
from dougong_flow.awaiting import keep_awaited
from dougong_flow.checking import content_of
from dougong_flow.definition_body import LARGEST, canonical
from dougong_flow.entities import (
    Approval,
    ApprovalTask,
    ApprovalTaskKind,
    ChecklistStep,
    Decision,
    DefinitionVersion,
    SignerPlace,
)
from dougong_flow.permissions import APPROVE, OVERRIDE, PERFORM
from dougong_flow.reasons import given
from dougong_flow.separation import actors_of, check_new_signer, people_of
from dougong_flow.subjects import checked
from dougong_flow.waiting import said_about
from dougong_flow.workflows import decide, settle_task


@action(needs=PERFORM)
def open_approval(
    version: DefinitionVersion,
    ctx: Context,
    *,
    about: str,
    content: dict[str, Any] | None = None,
    key: str | None = None,
    record: RecordId | None = None,
) -> Approval:
    """Ask for an approval as a definition says, of anything.

    about: What is decided on.
    content: The facts that are decided on; the definition's rules and protected fields are of these.
    key: The definition's step that says how; needed where several steps are approvals.
    record: The record that is decided on, of whatever entity, which the asker may see.
    """
    steps = version.body.get("steps", ())
    said = [one for one in steps if one.get("kind") == APPROVAL and key in (None, one["key"])]
    if len(said) != 1:
        keys = ", ".join(one["key"] for one in steps if one.get("kind") == APPROVAL)
        raise Invalid("which_approval", at="key", keys=keys)
    if len(canonical(content).encode()) > LARGEST:
        raise Invalid("body_too_large", at="content", bytes=LARGEST)
    asked = given(about, "about")
    which = checked(record, ctx)
    return _ask(open_approval, version, said[0], content or {}, ctx, about=asked, record=which)


@action(needs=PERFORM)
def request_approval(step: ChecklistStep, ctx: Context) -> Approval:
    """Ask for the approval that completes a step of a checklist."""
    checklist, said = step.checklist, said_about(step)
    keep_awaited(step, ctx)
    content = content_of(step, ctx)
    version, about = checklist.definition_version, checklist.about
    which = checklist.record
    return _ask(request_approval, version, said, content, ctx, about=about, record=which, step=step)


def _ask(
    verb: Any,
    version: DefinitionVersion,
    said: Any,
    content: dict[str, Any],
    ctx: Context,
    *,
    about: str,
    record: str | None,
    step: ChecklistStep | None = None,
) -> Approval:
    assert ctx.me is not None
    delegator = ctx.stood_in_for(verb, version if step is None else step)
    approval = Approval(
        definition_version=version,
        key=said["key"],
        name=said["name"],
        step=step,
        step_round=1 if step is None else step.round,
        about=about,
        record=record,
        content=content,
        content_hash=protected_hash(said, content),
        initiator=ctx.me if delegator is None else ctx.get(User, delegator),
        asked_by=None if delegator is None else ctx.me,
        opened_at=ctx.now,
    )
    ctx.create(approval)
    ctx.lock(approval)
    go_on_from(approval, 0, ctx)
    return approval


@action(needs=APPROVE)
def claim(task: ApprovalTask, ctx: Context) -> ApprovalTask:
    """Take a task that anybody in the role may do."""
    task.assignee, task.claimed_at = claimant(task, actors_of(claim, task, ctx), ctx), ctx.now
    return task


@action(needs=APPROVE)
def release(task: ApprovalTask, ctx: Context) -> ApprovalTask:
    """Give a task that was claimed back to those in the role."""
    task.assignee = task.claimed_at = None
    return task


@action(needs=APPROVE)
def add_signer(
    task: ApprovalTask,
    ctx: Context,
    *,
    signer: User,
    place: SignerPlace,
    checked: list[str] | None = None,
) -> ApprovalTask:
    """Have somebody else sign too (加签): both must say yes, and have one vote together.

    signer: Who.
    place: Before you, and then it is your turn again; after you, which says yes for you; or beside.
    checked: With AFTER, the control points that are kept.
    """
    check_new_signer(task.node, signer, ctx, "signer")
    added = seat_task(
        task.node, Seat(signer), ctx, seat=task.seat, added=place, added_by=task.assignee
    )
    open_task(added, ctx)
    if place is SignerPlace.BEFORE:
        wait(task, ctx)
    elif place is SignerPlace.AFTER:
        decide(task, ctx, decision=Decision.YES, checked=checked)
    return added


@action(needs=APPROVE)
def delegate_task(
    task: ApprovalTask, ctx: Context, *, to: User, note: str | None = None
) -> ApprovalTask:
    """Let somebody else look at it first (委派): it comes back with what they say, and you decide.

    to: Who.
    note: What to look at.
    """
    check_new_signer(task.node, to, ctx, "to")
    kind = ApprovalTaskKind.OPINION
    asked = seat_task(task.node, Seat(to), ctx, seat=task.seat, kind=kind, added_by=task.assignee)
    open_task(asked, ctx)
    wait(task, ctx)
    return asked


@action(needs=PERFORM)
def urge(task: ApprovalTask, ctx: Context) -> ApprovalTask:
    """Ask for haste (催办), once a day for each task."""
    task.urged_at = ctx.now
    return task


@action(needs=APPROVE)
def send_copy(task: ApprovalTask, ctx: Context, *, to: User) -> ApprovalTask:
    """Let somebody see the approval (抄送), who has no vote in it.

    to: Who.
    """
    copy = seat_task(
        task.node,
        Seat(to),
        ctx,
        seat=task.seat,
        kind=ApprovalTaskKind.COPY,
        added_by=task.assignee,
    )
    copy.ended_at = ctx.now
    return settle_task(copy, ctx)


@action(needs=OVERRIDE)
def override_separation(
    task: ApprovalTask, ctx: Context, *, assignee: User, reason: str
) -> ApprovalTask:
    """Let somebody decide whose duties should be separate, as a third person; say why.

    assignee: Who shall decide.
    reason: Why; it stays at the task as its deviation.
    """
    approval = task.approval
    tasks = ctx.find(ApprovalTask, ApprovalTask.approval == approval)
    involved = {one for other in tasks for one in people_of(other)} | {assignee.id}
    involved |= {one.id for one in (approval.initiator, approval.asked_by) if one is not None}
    acting = actors_of(override_separation, task, ctx)
    if acting & involved or involved & {user for user, _ in ctx.principal.stands_in}:
        raise Forbidden("third_person_needed")
    in_node = [one for one in tasks if one.node is task.node and one is not task]
    if not assignee.active or any(assignee.id in people_of(one) for one in in_node):
        raise Forbidden("already_signs", at="assignee", node=task.node.name)
    task.deviation, task.overridden_by = given(reason), ctx.me
    task.assignee, task.claimed_at = assignee, ctx.now
    return task
