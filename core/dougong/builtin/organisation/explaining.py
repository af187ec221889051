"""Why somebody may do something with a record or may not, and who may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, exists, false, or_, select, text, true
from sqlalchemy.orm import aliased

from dougong.access.context import Context
from dougong.access.lookup import ABOUT, principal_of
from dougong.access.permissions import Operation
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Held, Right
from dougong.access.users import User
from dougong.db.naming import camel
from dougong.entity.base import Entity
from dougong.entity.model import Field, ToOne, key_of, model_of
from dougong.errors import Invalid, Refused
from dougong.generation import Generation


class Verdict(StrEnum):
    """What a reason says."""

    ALLOWS = "ALLOWS"
    """The rule covers the record, and its role grants the operation."""
    DOES_NOT_COVER = "DOES_NOT_COVER"
    """The role grants the operation, but the rule does not cover the record."""
    CUTS = "CUTS"
    """The rule restricts, and the record lies outside of it."""
    NOT_GRANTED = "NOT_GRANTED"
    """None of the roles grants the operation."""


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for or against."""

    verdict: Verdict
    """What it says."""
    item: str
    """The row rule, the grant that is missing, or `everything`."""
    role: str | None = None
    """The role that has the rule."""
    addon: str | None = None
    """The add-on that brings the role; `company` where the company made it."""
    changed: bool = False
    """Whether the company gave the rule to the role."""
    for_user: int | None = None
    """Whose role it is, where it is delegated."""


@dataclass(frozen=True)
class Explanation:
    """Whether somebody may do something with a record, and all that it follows from."""

    allowed: bool
    reasons: tuple[Reason, ...]


def right_named(generation: Generation, entity: type[Entity], operation: str) -> Right:
    """`read`, `create`, `update`, `delete`; the name of a verb about the entity; `field:cost`.

    Raises Invalid (`no_such_operation`).
    """
    if operation in list(Operation):
        return Operation(operation)
    for verb in generation.verbs:
        names = (verb.key, verb.name, camel(verb.name))
        if operation in names and verb.needs is not None and _is_about(verb, entity):
            return verb.needs
    kind, _, name = operation.partition(":")
    for owner in (entity, *generation.extensions.get(entity, ())):
        model = model_of(owner)
        fields: list[Field | ToOne] = [*model.fields.values(), *model.links.values()]
        for field in fields:
            if field.guard is not None and name in (field.name, field.api_name):
                if kind in ("field", "read"):
                    return field.guard.read
                if kind == "write":
                    return field.guard.write
    raise Invalid("no_such_operation", at="operation", operation=operation, entity=entity.__name__)


def _is_about(verb: Any, entity: type[Entity]) -> bool:
    return verb.record_entity is entity


def explain(
    ctx: Context, who: Principal, right: Right, entity: type[Entity], number: int
) -> Explanation:
    """Why somebody may do something with a stored record, or may not: one statement.

    A child falls under the rules of its parent. Raises Refused (`not_found`) where there is no
    such record.
    """
    access = ctx.generation.access
    entity, number, right = _under_parents(ctx, entity, number, right)
    held = access.held(who)
    if any(role.everything for role in held):
        boss = next(role for role in held if role.everything)
        return Explanation(True, (_reason(Verdict.ALLOWS, "everything", boss, who),))
    me = BoundMe(who.user_id)
    rules = [
        (role, rule)
        for role in held
        for rule in (*role.rows(entity), *role.rows(entity, restricts=True))
        if rule.restricts or role.grants(right, entity)
    ]
    columns = [
        rule.build(entity, role.me(me)).label(f"r{i}") for i, (role, rule) in enumerate(rules)
    ]
    row = _row(ctx, entity, number, columns)
    reasons = []
    for (role, rule), holds in zip(rules, row, strict=True):
        if rule.restricts and holds is not True:
            reasons.append(_reason(Verdict.CUTS, str(rule), role, who))
        elif not rule.restricts:
            verdict = Verdict.ALLOWS if holds is True else Verdict.DOES_NOT_COVER
            reasons.append(_reason(verdict, str(rule), role, who))
    if not any(role.grants(right, entity) for role in held):
        wanted = f"{right} {key_of(entity)}" if isinstance(right, Operation) else right.name
        reasons.append(Reason(Verdict.NOT_GRANTED, wanted))
    cut = {reason.for_user for reason in reasons if reason.verdict is Verdict.CUTS}
    allowed = None not in cut and any(
        reason.verdict is Verdict.ALLOWS and reason.for_user not in cut for reason in reasons
    )
    return Explanation(allowed, tuple(reasons))


def explanation(
    ctx: Context, who: Principal, operation: str, entity: type[Entity], number: int
) -> Explanation:
    """The same for an operation by its name; nobody does anything with what they may not read.

    Raises Invalid (`no_such_operation`) and Refused (`not_found`).
    """
    right = right_named(ctx.generation, entity, operation)
    reading = explain(ctx, who, Operation.READ, entity, number)
    if right is Operation.READ or not reading.allowed:
        return reading
    return explain(ctx, who, right, entity, number)


@dataclass(frozen=True)
class Able:
    """Somebody who may do something with a record."""

    user_id: int
    name: str
    roles: tuple[str, ...]
    """The roles whose rules allow it."""


def able(ctx: Context, operation: str, entity: type[Entity], number: int) -> list[Able]:
    """All active users who may do something with a stored record, by name.

    Raises Invalid (`no_such_operation`) and Refused (`not_found`).
    """
    right = right_named(ctx.generation, entity, operation)
    top, above, on_top = _under_parents(ctx, entity, number, right)
    _row(ctx, top, above, [])
    groups: dict[frozenset[str], list[Principal]] = {}
    for who in principals(ctx.session.connection()):
        groups.setdefault(ctx.generation.access.shape(who), []).append(who)
    found: list[Able] = []
    for some in groups.values():
        found += _who_of(ctx, some, on_top, top, above)
    return sorted(found, key=lambda one: (one.name, one.user_id))


def principals(connection: Connection, user_id: int | None = None) -> Iterator[Principal]:
    """Every active user, or one of them, with the roles held now."""
    only = "" if user_id is None else f" and u.id = {int(user_id)}"
    found = text(f'select {ABOUT} from dougong."user" u where u.active{only}')
    for about in connection.scalars(found):
        who = principal_of(about)
        if who is not None:
            yield who


def _who_of(
    ctx: Context, some: Sequence[Principal], right: Right, entity: type[Entity], number: int
) -> Iterator[Able]:
    """Those of several users with the same roles who may do something with a record."""
    access, first = ctx.generation.access, some[0]
    alias: Any = aliased(entity)
    me = BoundMe(User.id)

    def there(*rules: Any) -> Any:
        return exists(select(alias.id).where(alias.id == number, *rules).correlate(User))

    both = {right, Operation.READ}
    allowed = [there(access.predicate(first, one, entity, alias, me)) for one in both]
    held = [role for role in access.held(first) if role.grants(right, entity)]
    through = [
        true() if role.everything else there(or_(false(), *_built(role, entity, alias, me)))
        for role in held
    ]
    labels = [one.label(f"r{i}") for i, one in enumerate(through)]
    ids = [who.user_id for who in some]
    asked = select(User.id, User.name, *labels).where(User.id.in_(ids), *allowed)
    for user_id, name, *holds in ctx.session.execute(asked):
        roles = (role.name for role, one in zip(held, holds, strict=True) if one)
        yield Able(user_id, name, tuple(dict.fromkeys(roles)))


def _built(role: Held, entity: type[Entity], alias: Any, me: BoundMe) -> list[Any]:
    return [rule.build(alias, role.me(me)) for rule in role.rows(entity)]


def _under_parents(
    ctx: Context, entity: type[Entity], number: int, right: Right
) -> tuple[type[Entity], int, Right]:
    """The record whose row rules count, and what must be allowed with it."""
    if entity.__attached__ is not None:
        columns = [getattr(entity, "entity"), getattr(entity, "number")]
        key, number = _row(ctx, entity, number, columns)
        entity = next(one for one in ctx.generation.access.records if key_of(one) == key)
        if isinstance(right, Operation) and right is not Operation.READ:
            right = Operation.UPDATE
    while (many := ctx.generation.owned.get(entity)) is not None:
        above = select(getattr(entity, many.key)).where(entity.id == number)
        found = ctx.session.scalar(above)
        if found is None:
            raise Refused("not_found", id=f"{entity.__name__}:{number}")
        if isinstance(right, Operation) and right is not Operation.READ:
            right = Operation.UPDATE
        entity, number = many.link.target, found
    return entity, number, right


def _row(ctx: Context, entity: type[Entity], number: int, columns: Sequence[Any]) -> Sequence[Any]:
    """The columns of a record, without its number; raises Refused (`not_found`)."""
    found = ctx.session.execute(select(entity.id, *columns).where(entity.id == number)).first()
    if found is None:
        raise Refused("not_found", id=f"{entity.__name__}:{number}")
    return tuple(found)[1:]


def _reason(verdict: Verdict, item: str, role: Held, who: Principal) -> Reason:
    changed = any(one.role == role.name and one.item == item for one in who.changes)
    return Reason(verdict, item, role.name, role.addon, changed, role.for_user)
