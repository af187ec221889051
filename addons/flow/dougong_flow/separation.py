"""Separate duties: who may not decide because of what they, or somebody in their name, did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select

from dougong import Context, Forbidden, Refused, User
from dougong_flow.approval_body import Said, mandatory_controls
from dougong_flow.automatic_body import SUBPROCESS
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalTask,
    ApprovalTaskKind,
    ApprovalTaskState,
    Checklist,
    ChecklistStep,
    RoundOutcome,
    StepInvitation,
    StepRound,
)

COUNTING = (ApprovalTaskKind.VOTE, ApprovalTaskKind.OPINION)
LIVE = (ApprovalTaskState.WAITING, ApprovalTaskState.OPEN)
KEPT = (*LIVE, ApprovalTaskState.DECIDED)


def step_said(approval: Approval) -> Said:
    """What the definition says of the step that an approval follows."""
    steps = approval.definition_version.body.get("steps", ())
    return next((one for one in steps if one["key"] == approval.key), {"key": approval.key})


def nodes_said(approval: Approval) -> list[Said]:
    """What the definition says of the nodes of an approval, in their order."""
    return list(step_said(approval).get("approval", {}).get("nodes", ()))


def node_said(node: ApprovalNode) -> Said:
    """What the definition says of a node."""
    nodes = nodes_said(node.approval)
    return next((one for one in nodes if one["key"] == node.key), {"key": node.key})


def actors_of(verb: Any, record: Any, ctx: Context, whose: User | None = None) -> set[int]:
    """Who acts where the asker uses a verb: they, and in whose name they do.

    With what is the asker's own (`whose`), nobody else.
    """
    if whose is not None and whose.id == ctx.principal.user_id:
        return {whose.id}
    people = (ctx.principal.user_id, ctx.stood_in_for(verb, record))
    return {one for one in people if one is not None}


def people_of(task: ApprovalTask) -> set[int]:
    """Who holds the seat of a task or has held it; nobody, of one that does not count."""
    if task.kind not in COUNTING or task.state is ApprovalTaskState.CANCELLED:
        return set()
    return {one.id for one in (task.assignee, task.decided_by, task.decided_for) if one is not None}


def barred(
    approval: Approval, node: Said, ctx: Context, among: set[int] | None = None
) -> dict[int, str]:
    """Who may not hold a seat of a node, by number, with the name of what they did instead.

    Of all people; or of those `among` whom somebody is looked for, which reads less.
    """
    found: dict[int, str] = {}
    step = step_said(approval)
    if not node.get("self_approval") or mandatory_controls(step, node):
        asking = (approval.initiator, approval.asked_by)
        found |= {one.id: approval.name for one in asking if one is not None}
    for task in _tasks_beside(approval, ctx, among):
        if _apart(approval, node, task):
            found |= dict.fromkeys(people_of(task), task.node.name)
    if approval.step is not None:
        here = {*node.get("not_same_as", ()), *step.get("not_same_as", ())}
        said = {one["key"]: one for one in approval.definition_version.body.get("steps", ())}
        others = ChecklistStep.checklist == approval.step.checklist
        done = doers_in(approval.step.checklist, ctx)
        for other in ctx.find(ChecklistStep, others, ChecklistStep.key != approval.key):
            theirs = said.get(other.key, {}).get("not_same_as", ())
            if other.key in here or approval.key in theirs:
                found |= dict.fromkeys(done.get(other.key, ()), other.name)
    return found


def doers_of(step: ChecklistStep) -> set[int]:
    """Who completed a step, and in whose name."""
    return {one.id for one in (step.completed_by, step.completed_for) if one is not None}


def doers_in(checklist: Checklist, ctx: Context) -> dict[str, set[int]]:
    """Who has ever completed a step of a checklist, or invited the partner who did, by its key."""
    of_it = StepRound.step.has(ChecklistStep.checklist == checklist)
    found: dict[str, set[int]] = {}
    for one in ctx.find(StepRound, of_it, StepRound.outcome == RoundOutcome.COMPLETED):
        people = {who.id for who in (one.ended_by, one.ended_for) if who is not None}
        found.setdefault(one.step.key, set()).update(people)
    given = StepInvitation.step.has(ChecklistStep.checklist == checklist)
    for used in ctx.find(StepInvitation, given, StepInvitation.used_at.is_not(None)):
        if used.invited_by is not None:  # who knew the secret, and could use it
            found.setdefault(used.step.key, set()).add(used.invited_by.id)
    for key, started in _started_by(checklist, ctx):
        for people in (*doers_in(started, ctx).values(), *approvers_in(started, ctx).values()):
            found.setdefault(key, set()).update(people)
    return found


def _started_by(checklist: Checklist, ctx: Context) -> Iterator[tuple[str, Checklist]]:
    """The subprocesses that the steps of a checklist have started, in all rounds, with their keys."""
    of_it = ChecklistStep.checklist == checklist
    said = checklist.definition_version.body.get("steps", ())
    if not any(one.get("kind") == SUBPROCESS for one in said):
        return
    for step in ctx.find(ChecklistStep, of_it, ChecklistStep.subprocess != None):  # noqa: E711
        assert step.subprocess is not None
        yield step.key, step.subprocess
    over = StepRound.completed_as.startswith("system:subprocess:")
    for one in ctx.find(StepRound, StepRound.step.has(of_it), over):
        number = int((one.completed_as or "").rpartition(":")[2])
        if one.step.subprocess is None or one.step.subprocess.id != number:
            yield one.step.key, ctx.get(Checklist, number)


def approvers_in(checklist: Checklist, ctx: Context) -> dict[str, set[int]]:
    """Who holds a seat, or has held one, in the approvals of a checklist's steps, by their keys."""
    found: dict[str, set[int]] = {}
    for task in _loaded(Approval.step.has(ChecklistStep.checklist == checklist), ctx):
        found.setdefault(task.approval.key, set()).update(people_of(task))
    return found


def _tasks_beside(approval: Approval, ctx: Context, among: set[int] | None) -> list[ApprovalTask]:
    if approval.step is None:
        return _loaded(Approval.id == approval.id, ctx, among)
    checklist = approval.step.checklist
    return _loaded(Approval.step.has(ChecklistStep.checklist == checklist), ctx, among)


def _loaded(which: Any, ctx: Context, among: set[int] | None = None) -> list[ApprovalTask]:
    """The tasks of some approvals, of all rounds."""
    if among is None:
        ctx.find(ApprovalNode, ApprovalNode.approval.has(which))  # by one statement for all
        return ctx.find(ApprovalTask, ApprovalTask.approval.has(which))
    return ctx.find(ApprovalTask, ApprovalTask.approval.has(which), _held_by(among))


def _held_by(people: set[int]) -> Any:
    columns = ApprovalTask.__table__.c
    return or_(
        *(columns[f"{one}_id"].in_(people) for one in ("assignee", "decided_by", "decided_for"))
    )


def _apart(approval: Approval, node: Said, task: ApprovalTask) -> bool:
    """Whether who holds a task may not hold a seat of a node."""
    here, there = {*node.get("not_same_as", ())}, {*node_said(task.node).get("not_same_as", ())}
    if task.approval.key == approval.key:
        return task.node.key in here or node["key"] in there
    here |= {*step_said(approval).get("not_same_as", ())}
    there |= {*step_said(task.approval).get("not_same_as", ())}
    return task.approval.key in here or approval.key in there


def not_separate(task: ApprovalTask, actors: set[int], ctx: Context) -> Iterator[Refused]:
    """Why somebody may not decide a task though it is theirs: of them and whom they act for.

    Whoever stands in today for somebody who may not, may not either.
    """
    if task.kind not in COUNTING:
        return
    beside = (
        select(ApprovalTask.id)
        .where(ApprovalTask.node == task.node, ApprovalTask.seat != task.seat)
        .where(ApprovalTask.kind.in_(COUNTING), ApprovalTask.state.in_(KEPT), _held_by(actors))
    )
    if ctx.session.scalar(beside.limit(1)) is not None:
        yield Forbidden("already_signs", node=task.node.name)
        return
    if task.deviation is not None and task.assignee is not None and actors == {task.assignee.id}:
        return
    wanted = actors | {user for user, _ in ctx.principal.stands_in}
    found = barred(task.approval, node_said(task.node), ctx, wanted)
    yield from (
        Forbidden("duties_are_separate", step=task.node.name, other=found[one])
        for one in sorted(wanted & found.keys())[:1]
    )


def check_new_signer(node: ApprovalNode, user: User, ctx: Context, at: str) -> None:
    """Raise what keeps somebody from getting a seat in a node."""
    if not user.active:
        raise Refused("not_active", at=at, name=user.name)
    tasks = ctx.find(ApprovalTask, ApprovalTask.node == node)
    if any(user.id in people_of(one) for one in tasks if one.state in KEPT):
        raise Forbidden("already_signs", at=at, node=node.name)
    found = barred(node.approval, node_said(node), ctx, {user.id})
    if user.id in found:
        raise Forbidden("duties_are_separate", at=at, step=node.name, other=found[user.id])
