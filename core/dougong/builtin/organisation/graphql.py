"""Access, asked about in the API: what roles may do, why somebody may do something, and who may."""

from __future__ import annotations

import strawberry
from sqlalchemy import func, select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.access.principal import Principal
from dougong.access.reach import role_holder
from dougong.access.users import User
from dougong.builtin.organisation.entities import CustomRole
from dougong.builtin.organisation.explaining import Verdict, able, explanation, principals
from dougong.builtin.organisation.roles import EXPLAIN_ACCESS
from dougong.entity.base import Entity
from dougong.entity.fields import RecordId
from dougong.errors import Forbidden, Invalid, Refused
from dougong.verbs.query import query


@strawberry.type
class AccessReason:
    """One thing that speaks for or against doing something with a record."""

    verdict: Verdict
    """What it says."""
    item: str
    """The row rule, what is not granted, or `everything`."""
    role: str | None
    """The role that has the rule."""
    addon: str | None
    """The add-on that brings the role; `company` where the company made it."""
    changed: bool
    """Whether the company gave the rule to the role."""
    for_user: User | None
    """Whose role it is, where it is delegated."""


@strawberry.type
class AccessExplanation:
    """Whether somebody may do something with a record, and all that it follows from."""

    allowed: bool
    """Whether the person may."""
    reasons: list[AccessReason]
    """Every rule that was looked at, and what is missing."""


@strawberry.type
class AccessHolder:
    """Somebody who may do something with a record."""

    user: User | None
    """Who."""
    roles: list[str]
    """The roles that allow it."""


@strawberry.type
class RoleItem:
    """Something that a role consists of."""

    item: str
    """A permission, a grant or a row rule."""
    shipped: bool
    """Whether the add-on that brings the role has it."""
    removed: bool
    """Whether the company took it away."""
    known: bool
    """Whether it means anything now; what an absent add-on brings does not."""


@strawberry.type
class RoleSummary:
    """A role: what its add-on ships, with what the company changed."""

    name: str
    """`crm.seller`."""
    description: str
    """What somebody in this role does."""
    addon: str
    """The add-on that brings it; `company` where the company made it."""
    implied: bool
    """Whether everybody who has signed in holds it."""
    everything: bool
    """Whether it is the administrator's, which may do everything."""
    holders: int
    """How many people hold it today."""
    items: list[RoleItem]
    """What it consists of."""


@query(needs=SIGNED_IN)
def explain_access(
    ctx: Context, *, record: RecordId, operation: str, user: User | None = None
) -> AccessExplanation:
    """Why somebody may do something with a record, or may not.

    record: The record's id.
    operation: `read`, `create`, `update`, `delete`, the name of a verb about the record
        (`qualify`), or a guarded field (`field:cost`, `write:cost`).
    user: Whom it is about; oneself unless said. About others, and about records that one does not
        see, it takes the permission dougong.explain_access.
    """
    entity, number = _named(ctx, record)
    who = ctx.principal if user is None else _principal(ctx, user)
    if not ctx.may(EXPLAIN_ACCESS):
        if who.user_id != ctx.principal.user_id:
            raise Forbidden("needs_permission", permission=EXPLAIN_ACCESS.name)
        if not explanation(ctx, who, "read", entity, number).allowed:
            raise Refused("not_found", id=record)
    told = explanation(ctx, who, operation, entity, number)
    users = {one.for_user for one in told.reasons if one.for_user is not None}
    known = {one.id: one for one in ctx.find(User, User.id.in_(users))}
    reasons = [
        AccessReason(
            verdict=one.verdict,
            item=one.item,
            role=one.role,
            addon=one.addon,
            changed=one.changed,
            for_user=known.get(one.for_user or 0),
        )
        for one in told.reasons
    ]
    return AccessExplanation(allowed=told.allowed, reasons=reasons)


@query(needs=EXPLAIN_ACCESS)
def who_can(ctx: Context, *, record: RecordId, operation: str) -> list[AccessHolder]:
    """All active users who may do something with a record, by name.

    record: The record's id.
    operation: As in `explainAccess`.
    """
    entity, number = _named(ctx, record)
    found = able(ctx, operation, entity, number)
    users = {one.id: one for one in ctx.find(User, User.id.in_(one.user_id for one in found))}
    return [AccessHolder(user=users[one.user_id], roles=list(one.roles)) for one in found]


@query(needs=EXPLAIN_ACCESS)
def roles(ctx: Context) -> list[RoleSummary]:
    """All roles, by name, and what they consist of."""
    counted = select(role_holder.c.role, func.count()).group_by(role_holder.c.role)
    holders = {str(role): int(number) for role, number in ctx.session.execute(counted)}
    own = {one.name: one.description for one in ctx.find(CustomRole)}
    shipped = ctx.generation.access.roles
    names = sorted({*shipped, *own})
    return [
        RoleSummary(
            name=name,
            description=shipped[name].description if name in shipped else own[name],
            addon=name.split(".", 1)[0],
            implied=name in shipped and shipped[name].implied,
            everything=name in shipped and shipped[name].everything,
            holders=holders.get(name, 0),
            items=_items(ctx, name),
        )
        for name in names
    ]


@query(needs=SIGNED_IN)
def my_roles(ctx: Context) -> list[str]:
    """The names of the roles that one holds, delegated ones included."""
    return sorted({role.name for role in ctx.generation.access.held(ctx.principal)})


def _items(ctx: Context, name: str) -> list[RoleItem]:
    access = ctx.generation.access
    role = access.roles.get(name)
    shipped = [str(one) for one in (*role.grants, *role.rows)] if role else []
    mine = [one for one in sorted(ctx.principal.changes) if one.role == name]
    removed = {one.item for one in mine if one.removed}
    items = [
        RoleItem(item=one, shipped=True, removed=one in removed, known=True) for one in shipped
    ]
    for one in mine:
        if one.item not in shipped:
            known = access.items.read(one.item) is not None
            items.append(RoleItem(item=one.item, shipped=False, removed=one.removed, known=known))
    return items


def _named(ctx: Context, record: str) -> tuple[type[Entity], int]:
    name, _, number = str(record).partition(":")
    for entity in ctx.generation.models:
        if entity.__name__ == name and number.isascii() and number.isdigit() and len(number) < 19:
            return entity, int(number)
    raise Invalid("bad_id", at="record", id=str(record)[:80], entity="record")


def _principal(ctx: Context, user: User) -> Principal:
    """Somebody with the roles held now; nobody's rights for one who may not sign in."""
    found = principals(ctx.session.connection(), user.id)
    return next(found, Principal(user.id, user.name, frozenset()))
