"""What follows in an approval: whose turn it is, what the votes have decided, and how it ends."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from dougong import Context, Refused, User
from dougong_flow import votes
from dougong_flow.approval_body import Said, mandatory_controls, mode_of, reject_of
from dougong_flow.approvers import Seat, advisers_of, copied_to, seats_of
from dougong_flow.conditions import holds
from dougong_flow.definition_body import hash_of
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalTask,
    ApprovalTaskKind,
    ApprovalTaskState,
    Calendar,
    Decision,
    NodeDecidedBy,
    NodeOutcome,
    ResumeFrom,
    SignerPlace,
)
from dougong_flow.hours import hours_of
from dougong_flow.separation import LIVE, barred, node_said, nodes_said, step_said
from dougong_flow.votes import Mode
from dougong_flow.workflows import call_off, grant, hold_back, open_it, settle_task, turn_down
from dougong_flow.working_time import NoWorkingTime

SYSTEM = {
    NodeDecidedBy.RULE: "system:rule",
    NodeDecidedBy.TIME_OUT: "system:time_out",
    NodeDecidedBy.NOBODY: "system:nobody",
}
"""Who stands for a decision that nobody voted for (S2-60)."""

# What is decided on -------------------------------------------------------------------------


def protected_hash(said: Said, content: dict[str, Any]) -> str:
    """The hash of the facts that may not change while an approval is returned: all, or those named."""
    names = said["approval"].get("protected")
    kept = content if names is None else {name: content.get(name) for name in names}
    return hash_of(kept)


# Nodes --------------------------------------------------------------------------------------


def go_on_from(approval: Approval, place: int, ctx: Context) -> None:
    """Open the node of a place; and the next ones, as long as they are decided without anybody.

    Raises Refused where a node leads to nobody.
    """
    nodes = nodes_said(approval)
    while place < len(nodes):
        node = _open(approval, nodes[place], place, ctx)
        if node.outcome is None:
            return
        place = next_place(node)
    end(approval, ctx)
    grant(approval, ctx)


def next_place(node: ApprovalNode) -> int:
    """Which node follows one that has approved: the next, or the one that had returned it."""
    approval = node.approval
    place = node.place + 1
    if approval.returned_from is None or node.key != approval.returned_to:
        return place
    keys = [one["key"] for one in nodes_said(approval)]
    if approval.resume is ResumeFrom.BACK_TO_RETURNER:
        place = keys.index(approval.returned_from)
    forget_return(approval)
    return place


def forget_return(approval: Approval) -> None:
    """It goes on: nothing is returned any more."""
    approval.returned_from = approval.returned_to = approval.resume = None


def end(approval: Approval, ctx: Context) -> None:
    """Nothing more is asked of anybody."""
    approval.ended_at = ctx.now
    call_off_all(ctx.find(ApprovalTask, ApprovalTask.approval == approval), ctx)


def call_off_all(tasks: list[ApprovalTask], ctx: Context) -> None:
    """Cancel those of some tasks that are not done yet."""
    for task in tasks:
        if task.state in LIVE:
            task.ended_at = ctx.now
            call_off(task, ctx)


def close(node: ApprovalNode, outcome: NodeOutcome, by: NodeDecidedBy | None, ctx: Context) -> None:
    """End a node; who has not voted need not any more."""
    node.outcome, node.decided_by, node.ended_at = outcome, by, ctx.now
    node.decided_as = SYSTEM.get(by) if by is not None else None
    ctx.session.flush()
    call_off_all(ctx.find(ApprovalTask, ApprovalTask.node == node), ctx)


def decide_node(node: ApprovalNode, yes: bool, by: NodeDecidedBy, ctx: Context) -> None:
    """End a node as it was decided, and let the approval go on, or end."""
    close(node, NodeOutcome.APPROVED if yes else NodeOutcome.REJECTED, by, ctx)
    if yes:
        go_on_from(node.approval, next_place(node), ctx)
    else:
        end(node.approval, ctx)
        turn_down(node.approval, ctx)


def _open(approval: Approval, said: Said, place: int, ctx: Context) -> ApprovalNode:
    node = ApprovalNode(
        approval=approval,
        key=said["key"],
        name=said["name"],
        place=place,
        round=approval.round,
        opened_at=ctx.now,
        times_out_at=_later(said, said.get("timeout", {}).get("hours"), ctx),
    )
    ctx.create(node)
    if _is_automatic(approval, said):
        close(node, NodeOutcome.APPROVED, NodeDecidedBy.RULE, ctx)
        _tell_of_the_rule(node, said, ctx)
        return node
    seats = seats_of(approval, said, barred(approval, said, ctx), ctx)
    if not seats:
        close(node, NodeOutcome.APPROVED, NodeDecidedBy.NOBODY, ctx)
        return node
    for number, seat in enumerate(seats):
        seat_task(node, seat, ctx, seat=number)
    for number, seat in enumerate(advisers_of(approval, said, ctx), len(seats)):
        open_task(seat_task(node, seat, ctx, seat=number, kind=ApprovalTaskKind.ADVICE), ctx)
    _repeat_votes(node, said, ctx)
    if (result := _let_go_on(node, ctx)) is not None:
        outcome = NodeOutcome.APPROVED if result else NodeOutcome.REJECTED
        close(node, outcome, NodeDecidedBy.VOTES, ctx)
    return node


def _is_automatic(approval: Approval, said: Said) -> bool:
    rule = said.get("auto")
    controlled = mandatory_controls(step_said(approval), said)
    return rule is not None and not controlled and holds(rule, approval.content)


def _tell_of_the_rule(node: ApprovalNode, said: Said, ctx: Context) -> None:
    """Those who would have been asked, and the initiator, get a copy of what the rule decided."""
    approval = node.approval
    told = dict.fromkeys([*copied_to(approval, said, ctx), Seat(approval.initiator)])
    copies = [
        _task(node, seat, seat=number, kind=ApprovalTaskKind.COPY)
        for number, seat in enumerate(told)
    ]
    for copy in ctx.create_all(copies):
        copy.ended_at, copy.comment = ctx.now, node.decided_as
        settle_task(copy, ctx)


def _repeat_votes(node: ApprovalNode, said: Said, ctx: Context) -> None:
    """Whoever has approved it in the node before in this round need not say so again."""
    if not said.get("skip_same") or mandatory_controls(step_said(node.approval), said):
        return
    before = ctx.find(
        ApprovalTask,
        ApprovalTask.node.has(approval=node.approval, round=node.round, place=node.place - 1),
        ApprovalTask.kind == ApprovalTaskKind.VOTE,
        ApprovalTask.state == ApprovalTaskState.DECIDED,
        ApprovalTask.decision == Decision.YES,
    )
    said_yes = {one.decided_by for one in before}
    for task in ctx.find(ApprovalTask, ApprovalTask.node == node):
        if task.kind is ApprovalTaskKind.VOTE and task.assignee in said_yes:
            task.decision, task.decided_by, task.ended_at = Decision.YES, task.assignee, ctx.now
            settle_task(task, ctx)


# Tasks --------------------------------------------------------------------------------------


def seat_task(
    node: ApprovalNode,
    whose: Seat,
    ctx: Context,
    *,
    seat: int,
    kind: ApprovalTaskKind = ApprovalTaskKind.VOTE,
    added: SignerPlace | None = None,
    added_by: User | None = None,
) -> ApprovalTask:
    """A task for a seat, which waits for its turn."""
    return ctx.create(_task(node, whose, seat=seat, kind=kind, added=added, added_by=added_by))


def _task(
    node: ApprovalNode,
    whose: Seat,
    *,
    seat: int,
    kind: ApprovalTaskKind,
    added: SignerPlace | None = None,
    added_by: User | None = None,
) -> ApprovalTask:
    return ApprovalTask(
        approval=node.approval,
        node=node,
        kind=kind,
        seat=seat,
        assignee=whose.user,
        role=whose.role,
        unit=whose.unit,
        added=added,
        added_by=added_by,
    )


def open_task(task: ApprovalTask, ctx: Context) -> None:
    """It is a task's turn; from now on it can become overdue."""
    said = node_said(task.node)
    task.opened_at = ctx.now
    task.due_at = _later(said, said.get("due_hours"), ctx)
    task.remind_at = _later(said, said.get("remind_hours"), ctx)
    open_it(task, ctx)


def _later(said: Said, hours: int | None, ctx: Context) -> datetime | None:
    """When so many hours will be over: of working time, where the node names a calendar."""
    if hours is None:
        return None
    key = said.get("calendar")
    if key is None:
        return ctx.now + timedelta(hours=hours)
    for calendar in ctx.find(Calendar, Calendar.key == key):
        with suppress(NoWorkingTime):
            return hours_of(calendar).after(ctx.now, hours * 3600)
    raise Refused("no_working_hours", node=said["name"], calendar=key)


def wait(task: ApprovalTask, ctx: Context) -> None:
    """Let a task wait until those have spoken whom its assignee asked."""
    task.opened_at = None
    hold_back(task, ctx)


def count(node: ApprovalNode, ctx: Context) -> None:
    """See what the votes of a node have decided, and whose turn it is if they have not."""
    if (result := _let_go_on(node, ctx)) is not None:
        decide_node(node, result, NodeDecidedBy.VOTES, ctx)


def said_by(task: ApprovalTask) -> bool | None:
    """What the vote of a task is, so far."""
    decided = task.state is ApprovalTaskState.DECIDED
    return task.decision is Decision.YES if decided else None


def _let_go_on(node: ApprovalNode, ctx: Context) -> bool | None:
    """What the seats of a node have decided; if nothing yet, those whose turn it is can begin."""
    said, seats = node_said(node), _seats(node, ctx)
    counted = [votes.of_seat(_votes(tasks)) for tasks in seats]
    mode, percent = mode_of(said), said.get("percent", 100)
    result = votes.outcome(mode, counted, percent=percent, reject=reject_of(said))
    if result is not None:
        return result
    for tasks, decided in zip(seats, counted, strict=True):
        if decided is not None:
            call_off_all(tasks, ctx)
            continue
        for task in tasks:
            if task.state is ApprovalTaskState.WAITING and not _asks_others(task, tasks):
                open_task(task, ctx)
        if mode is Mode.SEQUENCE:
            break
    return None


def _seats(node: ApprovalNode, ctx: Context) -> list[list[ApprovalTask]]:
    """The tasks of each seat, in the order of the seats; without those that no longer are."""
    seats: dict[int, list[ApprovalTask]] = {}
    for task in ctx.find(ApprovalTask, ApprovalTask.node == node):
        if task.kind in (ApprovalTaskKind.VOTE, ApprovalTaskKind.OPINION):
            seats.setdefault(task.seat, []).append(task)
    return [seats[number] for number in sorted(seats)]


def _votes(tasks: list[ApprovalTask]) -> list[bool | None]:
    counts = (*LIVE, ApprovalTaskState.DECIDED)
    return [
        said_by(one) for one in tasks if one.kind is ApprovalTaskKind.VOTE and one.state in counts
    ]


def _asks_others(task: ApprovalTask, tasks: list[ApprovalTask]) -> bool:
    """Whether others of its seat come first: those added before it, and to whom it is delegated."""
    if task.added is not None or task.kind is ApprovalTaskKind.OPINION:
        return False
    return any(
        one.state in LIVE
        and (one.added is SignerPlace.BEFORE or one.kind is ApprovalTaskKind.OPINION)
        for one in tasks
    )


def node_before(approval: Approval, key: str, place: int, ctx: Context) -> int:
    """The place of an earlier node that people have approved; raises Refused for any other."""
    approved = ctx.find(
        ApprovalNode,
        ApprovalNode.approval == approval,
        ApprovalNode.key == key,
        ApprovalNode.place < place,
        ApprovalNode.outcome == NodeOutcome.APPROVED,
        ApprovalNode.decided_by == NodeDecidedBy.VOTES,
    )
    if not approved:
        raise Refused("not_approved_there", at="to", key=key)
    return approved[-1].place
