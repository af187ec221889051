"""Approvals that wait too long: assignees are reminded once, and nodes decided whose time is up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, any_, bindparam, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from dougong import Context, Refused
from dougong_flow.approval_body import mandatory_controls
from dougong_flow.approving import decide_node
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalState,
    ApprovalTask,
    ApprovalTaskState,
    NodeDecidedBy,
)
from dougong_flow.separation import node_said, step_said

AT_ONCE = 200
"""So many nodes are decided by one job; the next comes a minute later."""
task_table, node_table = ApprovalTask.__table__.c, ApprovalNode.__table__.c


def remind_assignees(ctx: Context) -> int:
    """Note, once for each task, that its assignee is reminded; how many there were.

    Approvals in which somebody is deciding now are left for the next time.
    """
    is_due = (
        ApprovalTask.state == ApprovalTaskState.OPEN,
        ApprovalTask.remind_at <= ctx.now,
        ApprovalTask.reminded_at.is_(None),
    )
    held = _held(ctx, Approval.id.in_(select(task_table.approval_id).where(*is_due)))
    reminded = ctx.session.scalars(
        update(ApprovalTask)
        .where(task_table.approval_id == _any_of(held), *is_due)
        .values(reminded_at=ctx.now, version=ApprovalTask.version + 1, updated_at=ctx.now)
        .returning(ApprovalTask.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(reminded)


def time_out_nodes(ctx: Context) -> int:
    """Decide nodes whose time is up as their definition says; how many there were.

    One that cannot go on, because the next leads to nobody, is tried again the next time.
    """
    is_due = (ApprovalNode.outcome.is_(None), ApprovalNode.times_out_at <= ctx.now)
    held = _held(ctx, Approval.id.in_(select(node_table.approval_id).where(*is_due)), AT_ONCE)
    approvals = ctx.hold(Approval, Approval.id == _any_of(held))
    tasks = ctx.hold(ApprovalTask, task_table.approval_id == _any_of(held))
    versions = {one.definition_version for one in approvals}
    nodes = ctx.find(ApprovalNode, node_table.approval_id == _any_of(held), *is_due)
    at_hand = [approvals, tasks, versions]  # a session forgets what nobody holds
    return sum(_time_out(node, ctx) for node in nodes if at_hand)


def _time_out(node: ApprovalNode, ctx: Context) -> bool:
    said = node_said(node)
    if mandatory_controls(step_said(node.approval), said):
        return False
    ctx.lock(node.approval)
    try:
        with ctx.attempt():
            yes = said["timeout"]["then"] == "APPROVE"
            decide_node(node, yes, NodeDecidedBy.TIME_OUT, ctx)
    except Refused:
        return False
    return True


def _held(ctx: Context, which: Any, most: int | None = None) -> list[int]:
    held = (
        select(Approval.id)
        .where(Approval.state == ApprovalState.RUNNING, which)
        .order_by(Approval.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=Approval)
    )
    return list(ctx.session.scalars(held))


def _any_of(numbers: list[int]) -> Any:
    return any_(bindparam(None, numbers, ARRAY(BigInteger)))
