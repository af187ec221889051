"""Who holds a role, and where somebody belongs: for code that asks people to do something."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Date, cast, exists, func, or_, select

from dougong.access.reach import role_holder, unit_reach
from dougong.access.users import User
from dougong.builtin.organisation.entities import Membership, Unit

if TYPE_CHECKING:
    from dougong.access.context import Context


def holders(ctx: Context, role: str, unit: Unit | None = None) -> list[User]:
    """The active users who hold a role today: everywhere, or for a unit; the nearest to it first.

    Somebody holds a role for a unit in which, or above which, it was assigned; and where it was
    assigned without a unit, for those that the person belongs to, and all below.
    """
    order: list[Any] = [User.id]
    if unit is None:
        mine = select(role_holder.c.user_id).where(role_holder.c.role == role)
    else:
        reach, all_ = unit_reach.c, unit_reach.alias().c
        mine = select(reach.user_id).where(reach.role == role, reach.unit_id == unit.id)
        reached = select(func.count()).where(all_.user_id == User.id, all_.role == role)
        order.insert(0, reached.scalar_subquery())
    found = select(User).where(User.id.in_(mine), User.active).order_by(*order)
    with ctx.as_core():
        return list(ctx.session.scalars(found))


def units_of(ctx: Context, user: User, on: date | None = None) -> list[Unit]:
    """The units that somebody belongs to on a day (today), in the order in which they were joined."""
    day = on or cast(ctx.now, Date)
    found = (
        select(Unit)
        .select_from(Membership)
        .join(Membership.unit)
        .where(
            Membership.user == user,
            or_(Membership.since.is_(None), Membership.since <= day),
            or_(Membership.until.is_(None), Membership.until >= day),
        )
        .order_by(Membership.id)
    )
    with ctx.as_core():
        return list(ctx.session.scalars(found))


def holds(user_id: Any, role: Any, unit_id: Any) -> ColumnElement[bool]:
    """Whether a user holds a role, in a unit where one is said: of values, or of columns.

    For row rules: `rows_where(Task, lambda task, me: holds(me.id, task.role, task.unit_id))`.
    """
    everywhere = exists().where(role_holder.c.user_id == user_id, role_holder.c.role == role)
    within = exists().where(
        unit_reach.c.user_id == user_id,
        unit_reach.c.role == role,
        unit_reach.c.unit_id == unit_id,
    )
    return or_(unit_id.is_(None) & everywhere, within)
