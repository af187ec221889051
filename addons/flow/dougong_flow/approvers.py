"""Who approves: the people, or the roles, that a node of a definition names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dougong import Context, Refused, Unit, User, holders, units_of
from dougong_flow.approval_body import Said, mandatory_controls
from dougong_flow.entities import (
    Approval,
    ApprovalTask,
    ApprovalTaskKind,
    ApprovalTaskState,
    ChecklistStep,
    Decision,
)
from dougong_flow.separation import doers_of, people_of, step_said

ADMINISTRATOR = "dougong.administrator"
MANAGER_ROLE = "flow.manager"


class Seat(NamedTuple):
    """Somebody who votes, or the role whose holders may claim the vote."""

    user: User | None = None
    role: str | None = None
    unit: Unit | None = None


def seats_of(approval: Approval, node: Said, barred: Mapping[int, str], ctx: Context) -> list[Seat]:
    """The seats of a node, none of them for somebody who is barred.

    Each of its approvers must lead to somebody. Raises Refused where one does not, unless the
    node says what happens then.
    """
    found: dict[Seat, None] = {}
    for one in node["approvers"]:
        some = _named(one, approval, barred, ctx) or _instead(approval, node, barred, ctx)
        found |= dict.fromkeys(some)
    return list(found)


def advisers_of(approval: Approval, node: Said, ctx: Context) -> list[Seat]:
    """Who is asked for advice; whoever is not there is not asked."""
    found = [seat for one in node.get("advisers", ()) for seat in _named(one, approval, {}, ctx)]
    return list(dict.fromkeys(found))


def copied_to(approval: Approval, node: Said, ctx: Context) -> list[Seat]:
    """Who would have approved what a rule has decided; whoever is not there is not told."""
    found = [seat for one in node["approvers"] for seat in _named(one, approval, {}, ctx)]
    return list(dict.fromkeys(found))


def _instead(
    approval: Approval, node: Said, barred: Mapping[int, str], ctx: Context
) -> Sequence[Seat]:
    """What a node says of an approver that leads to nobody; raises Refused where that fails too."""
    empty = node.get("empty", "FAIL")
    if empty == "PASS" and not mandatory_controls(step_said(approval), node):
        return []
    if empty == "ADMIN" and _permitted(holders(ctx, ADMINISTRATOR), barred):
        return [Seat(role=ADMINISTRATOR)]
    if empty == "MANAGER" and (found := _named({"manager": True}, approval, barred, ctx)):
        return found
    raise Refused("nobody_approves", node=node["name"])


def _named(said: Said, approval: Approval, barred: Mapping[int, str], ctx: Context) -> list[Seat]:
    if "role" in said:
        return [*_in_role(said, approval, barred, ctx)]
    if "user" in said:
        users = ctx.find(User, User.email == said["user"].strip().lower(), User.active.is_(True))
    elif "performer" in said:
        users = _performers(approval, said["performer"], ctx)
    else:
        units = units_of(ctx, approval.initiator)
        managers = [one for unit in units for one in holders(ctx, MANAGER_ROLE, unit)]
        return [Seat(one) for one in _permitted(managers, barred)[:1]]
    return [Seat(one) for one in _permitted(users, barred)]


def _permitted(users: Sequence[User], barred: Mapping[int, str]) -> list[User]:
    return [one for one in users if one.id not in barred]


def _in_role(
    said: Said, approval: Approval, barred: Mapping[int, str], ctx: Context
) -> Iterator[Seat]:
    """A seat that the holders of a role may claim, or one for each of them."""
    role, units = said["role"], _units(said, approval, ctx)
    for unit in units:
        users = _permitted(holders(ctx, role, unit), barred)
        if said.get("each"):
            yield from map(Seat, users)
        elif users:
            yield Seat(role=role, unit=unit)


def _units(said: Said, approval: Approval, ctx: Context) -> Sequence[Unit | None]:
    if "unit" in said:
        return ctx.find(Unit, Unit.code == said["unit"])
    if said.get("initiator_unit"):
        return units_of(ctx, approval.initiator)[:1]
    return [None]


def _performers(approval: Approval, key: str, ctx: Context) -> list[User]:
    """Who said yes in another node, or did another step of the checklist."""
    votes = ctx.find(
        ApprovalTask,
        ApprovalTask.approval == approval,
        ApprovalTask.node.has(key=key),
        ApprovalTask.kind == ApprovalTaskKind.VOTE,
        ApprovalTask.state == ApprovalTaskState.DECIDED,
        ApprovalTask.decision == Decision.YES,
    )
    numbers = {one for task in votes for one in people_of(task)}
    if approval.step is not None:
        checklist = approval.step.checklist
        same = (ChecklistStep.checklist == checklist, ChecklistStep.key == key)
        for step in ctx.find(ChecklistStep, *same):
            numbers |= doers_of(step)
    return ctx.find(User, User.id.in_(numbers), User.active.is_(True))


def claimant(task: ApprovalTask, actors: set[int], ctx: Context) -> User | None:
    """For whom a task is claimed: the asker, or who is stood in for; None: for neither."""
    found = holders(ctx, task.role or "", task.unit)
    those = [one for one in found if one.id in actors]
    return next((one for one in those if one.id == ctx.principal.user_id), next(iter(those), None))
