"""The company's changes of roles, and the rules for giving and delegating them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, or_, select

from dougong.access.context import Context
from dougong.access.permissions import (
    Operation,
    Permission,
    Role,
    all_rows,
    create,
    delete,
    own,
    read,
    update,
)
from dougong.access.reach import role_holder as holder
from dougong.access.reach import unit_reach
from dougong.builtin.organisation.entities import (
    CustomRole,
    Delegation,
    Membership,
    RoleAssignment,
    RoleChange,
    Unit,
)
from dougong.errors import Forbidden, Invalid, Refused
from dougong.verbs.action import action
from dougong.workflow.reactions import after, before

CHANGE_ROLES = Permission("dougong.change_roles", "Change what roles may do.")
EXPLAIN_ACCESS = Permission("dougong.explain_access", "Ask who may do what, and why.")

DELEGATOR = Role(
    "dougong.delegator",
    "Everybody who has signed in may let a colleague act for them for a while.",
    grants=[read(Delegation), create(Delegation), update(Delegation), delete(Delegation)],
    rows=[own(Delegation.delegator)],
    implied=True,
)
COLLEAGUE = Role(
    "dougong.colleague",
    "Everybody who has signed in sees who belongs where, for whom they act, and their own roles.",
    grants=[read(Unit), read(Membership), read(Delegation), read(RoleAssignment)],
    rows=[
        *(all_rows(Unit), all_rows(Membership)),
        *(own(Delegation.delegate), own(RoleAssignment.user)),
    ],
    implied=True,
)
AUDITOR = Role(
    "dougong.auditor",
    "Sees who holds which role, and what was changed in roles.",
    grants=[
        EXPLAIN_ACCESS,
        *(read(RoleAssignment), read(RoleChange), read(CustomRole), read(Delegation)),
    ],
    rows=[
        *(all_rows(RoleAssignment), all_rows(RoleChange)),
        *(all_rows(CustomRole), all_rows(Delegation)),
    ],
)


@action(needs=CHANGE_ROLES)
def give_to_role(ctx: Context, *, role: str, item: str, reason: str | None = None) -> None:
    """Let a role do more: give it a permission, a grant or a row rule; it holds at once.

    The item is a permission (`crm.sell`), a grant (`read crm.lead`) or a row rule
    (`rows crm.lead own(owner)`, `restrict crm.lead where {"stage": {"ne": "LOST"}}`).
    Raises Refused (`no_such_role`, `bad_item`).
    """
    said = _spaced(item)
    change = _change(ctx, role, said)
    if change is not None and change.removed:
        ctx.session.delete(change)  # also of what the add-on has no more
    elif change is None and said not in _shipped(ctx, role):
        ctx.generation.access.items.parse(said)
        ctx.session.add(RoleChange(role=role, item=said, removed=False, reason=reason))


@action(needs=CHANGE_ROLES)
def take_from_role(ctx: Context, *, role: str, item: str, reason: str | None = None) -> None:
    """Let a role do less: take away a permission, a grant or a row rule; it holds at once.

    Raises Refused (`no_such_role`, `not_in_role`).
    """
    said = _spaced(item)
    change = _change(ctx, role, said)
    if change is not None and not change.removed:
        ctx.session.delete(change)
    elif change is None and said in _shipped(ctx, role):
        ctx.session.add(RoleChange(role=role, item=said, removed=True, reason=reason))
    elif change is None:
        raise Refused("not_in_role", at="item", role=role, item=said)


@action(needs=CHANGE_ROLES)
def reset_role(ctx: Context, *, role: str) -> None:
    """Undo all that the company changed in a role; then it is as its add-on ships it."""
    for change in ctx.find(RoleChange, RoleChange.role == role):
        ctx.session.delete(change)


@before(CustomRole.update, form=True)
def keep_its_name(role: CustomRole, ctx: Context, **form: Any) -> None:
    """A role is known by its name: in assignments, delegations, keys, and whatever calls the API."""
    if form.get("name", role.name) != role.name:
        raise Invalid("role_name_stays", at="name", role=role.name)


@after(CustomRole.delete)
def forget_what_it_might_do(role: CustomRole, ctx: Context) -> None:
    """Who still holds a role that was deleted may do nothing by it."""
    reset_role.rule(ctx, role=role.name)


def _spaced(item: str) -> str:
    """An item is the same however many blanks stand between its first words."""
    return " ".join(item.strip().split(None, 2))


def _change(ctx: Context, role: str, item: str) -> RoleChange | None:
    """What the company changed about an item; waits for others who change the role."""
    _check_role(ctx, role)
    shipped = ctx.generation.access.roles.get(role)
    if shipped is not None and shipped.everything:
        raise Refused("role_is_fixed", at="role", role=role)
    changes = ctx.hold(RoleChange, RoleChange.role == role)
    return next((change for change in changes if change.item == item), None)


def _shipped(ctx: Context, role: str) -> list[str]:
    shipped = ctx.generation.access.roles.get(role)
    return [str(one) for one in (*shipped.grants, *shipped.rows)] if shipped else []


def _check_role(ctx: Context, role: str) -> None:
    """Raise Invalid unless an add-on ships the role or the company made it."""
    custom = select(CustomRole.id).where(CustomRole.name == role)
    if role not in ctx.generation.access.roles and ctx.session.scalar(custom) is None:
        raise Invalid("no_such_role", at="role", role=role)


@before(RoleAssignment.create)
def give_only_what_one_holds(assignment: RoleAssignment, ctx: Context) -> None:
    """Nobody gives a role that they do not hold; administrators give every role.

    One that everybody holds is given to nobody: it is held where people belong, and nowhere else.
    """
    _check_role(ctx, assignment.role)
    shipped = ctx.generation.access.roles.get(assignment.role)
    if shipped is not None and shipped.implied:
        raise Invalid("everybody_holds_it", at="role", role=assignment.role)
    _check_giver(ctx, assignment)


@before(RoleAssignment.update)
def keep_only_what_one_holds(assignment: RoleAssignment, ctx: Context) -> None:
    """An assignment is not turned into one that could not be made."""
    _check_giver(ctx, assignment)


@after(RoleAssignment.update)
def turn_into_what_one_holds(assignment: RoleAssignment, ctx: Context) -> None:
    """The role that it has become must be one that the person could give."""
    give_only_what_one_holds.rule(assignment, ctx)


def _check_giver(ctx: Context, assignment: RoleAssignment) -> None:
    """Raise Forbidden unless the asker holds the role, and where it is given, or everywhere."""
    role, unit, me = assignment.role, assignment.unit, ctx.principal.user_id
    if any(one.everything for one in ctx.generation.access.held(ctx.principal)):
        return
    mine, today = RoleAssignment.__table__.c, func.current_date()
    held = select(mine.id).where(
        *(mine.user_id == me, mine.role == role, mine.unit_id.is_(None)),
        or_(mine.since.is_(None), mine.since <= today),
        or_(mine.until.is_(None), mine.until >= today),
    )
    if unit is not None:
        there = unit_reach.c.unit_id == unit.id
        held = select(there).where(unit_reach.c.user_id == me, unit_reach.c.role == role, there)
    if ctx.session.scalar(held.limit(1)) is None:
        raise Forbidden("not_yours_to_give", at="role", role=role)


@after(Delegation.create)
def delegate_only_what_one_holds(delegation: Delegation, ctx: Context) -> None:
    """A role is delegated by somebody who holds it, and not with a key for some roles only.

    Whether others hold it is told to nobody who may not delegate for them.
    """
    if ctx.principal.scoped:
        raise Forbidden("needs_whole_session")
    if delegation.role is None or not ctx.allows(Operation.CREATE, delegation):
        return
    held = select(holder.c.role).where(
        holder.c.user_id == delegation.delegator.id, holder.c.role == delegation.role
    )
    if ctx.session.scalar(held) is None:
        raise Invalid("not_delegators_role", at="role", role=delegation.role)
