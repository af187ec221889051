"""Who may do what beside their permission: top managers, advisors, people of the same unit."""

from __future__ import annotations

from datetime import date
from typing import Any

from dougong import Context, Forbidden, Unit, User, holders, units_of
from dougong_ip_compliance.entities import Advisor, ComplianceProgram
from dougong_ip_compliance.permissions import AUDIT
from dougong_ip_compliance.presence import is_there

TOP_MANAGER = "ip_compliance.top_manager"


def actors(verb: Any, record: Any, ctx: Context) -> set[int]:
    """Who acts where the asker uses a verb: they, and in whose name they do."""
    people = (ctx.principal.user_id, ctx.stood_in_for(verb, record))
    return {one for one in people if one is not None}


def is_top_manager(user: User, ctx: Context) -> bool:
    """Whether somebody belongs to the top management today."""
    return user in holders(ctx, TOP_MANAGER)


def advises(program: ComplianceProgram, verb: Any, record: Any, ctx: Context) -> Forbidden | None:
    """Why somebody may not approve: an advisor of the programme only advises (S4-106)."""
    acting = actors(verb, record, ctx)
    own = Advisor.user.has(User.id.in_(acting))
    if is_there(ctx, Advisor, Advisor.program == program, own):
        return Forbidden("advisors_only_advise", name=program.name)
    return None


def advises_somewhere(verb: Any, record: Any, ctx: Context) -> Forbidden | None:
    """Why somebody may not decide about the company's registers: they advise one of its programmes (S4-106)."""
    own = Advisor.user.has(User.id.in_(actors(verb, record, ctx)))
    for one in ctx.find(Advisor, own, Advisor.active.is_(True)):
        return Forbidden("advisors_only_advise", name=one.program.name)
    return None


def may_audit(user: User, ctx: Context) -> bool:
    """Whether a role that somebody holds today lets them audit, with what the company changed in it."""
    access, changes = ctx.generation.access, ctx.principal.changes
    roles = [access.role(name, changes) for name in {*access.roles, *(one.role for one in changes)}]
    giving = [one.name for one in roles if one and (one.everything or AUDIT in one.given)]
    return any(user in holders(ctx, name) for name in sorted(giving))


def belongs_to(user: User, unit: Unit, on: date, ctx: Context) -> bool:
    """Whether a unit is somebody's own on a day: theirs, or above or below it; a root is nobody's.

    Whoever is a member of the whole company alone is at home in no part of it.
    """
    above = {one.id for one in _upwards(unit)}
    for own in units_of(ctx, user, on=on):
        if own.id in above or unit.id in {one.id for one in _upwards(own)}:
            return True
    return False


def _upwards(unit: Unit) -> list[Unit]:
    """A unit and those above it, without the root unless it is the unit itself."""
    found, above = [unit], unit.parent
    while above is not None and above.parent is not None and above not in found:
        found.append(above)
        above = above.parent
    return found
