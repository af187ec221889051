"""Records that the asker names by their global id: found, and locked, under the row rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Generic, TypeVar, cast

from sqlalchemy import ColumnElement, select
from sqlalchemy import inspect as object_state

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.reach import BoundMe
from dougong.entity.base import Entity
from dougong.entity.model import Field, ToOne, model_of
from dougong.errors import Conflict, Forbidden, Invalid, Refused

E = TypeVar("E", bound=Entity)


def number_of(entity: type[Entity], global_id: str) -> int:
    """`Lead:42` → 42; raises Invalid when it is not the id of such a record."""
    name, _, number = str(global_id).partition(":")
    if name != entity.__name__ or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise Invalid("bad_id", id=str(global_id)[:80], entity=entity.__name__)
    return int(number)


def visible(ctx: Context, entity: type[E], global_id: str) -> E:
    """The record with this id, if the asker may see it; raises Refused (`not_found`)."""
    number = number_of(entity, global_id)
    if (entity, number) not in ctx.seen:
        load_visible(ctx, {entity: [global_id]})
    record = ctx.seen.get((entity, number))
    if record is None:
        raise not_found(entity, number)
    return cast(E, record)  # `seen` has records under their own entity


def load_visible(ctx: Context, wanted: Mapping[type[Entity], Iterable[str]]) -> None:
    """Have the records with these ids ready for `visible`, as far as the asker may see them."""
    for entity, ids in wanted.items():
        numbers = [one for one in _numbers(entity, ids) if (entity, one) not in ctx.seen]
        if not numbers:
            continue
        found = select(entity).where(entity.id.in_(numbers), _readable(ctx, entity))
        with ctx.as_core():  # row rules read views of the core's
            records = ctx.session.scalars(found).all()
        ctx.seen.update({(entity, record.id): record for record in records})


def locked(ctx: Context, entity: type[E], global_id: str, version: int | None = None) -> E:
    """The record with this id, locked until the transaction ends, if the asker may see it.

    Raises Refused (`not_found`) and, when it is no longer at `version`, Conflict.
    """
    return Held(ctx, entity, [global_id]).locked(global_id, version)


def hold(ctx: Context, entity: type[E], *where: ColumnElement[bool]) -> list[E]:
    """Lock all records for which the conditions hold, whose parents are locked before them."""
    parent = ctx.generation.owned.get(entity)
    link = parent.link if parent else model_of(entity).links.get(entity.__held_by__)
    if link is not None:
        ctx.hold(link.target, link.target.id.in_(select(getattr(entity, link.key)).where(*where)))
    return ctx.hold(entity, *where)


class Held(Generic[E]):
    """Records that are locked together, in the order of their numbers, their parents first."""

    def __init__(self, ctx: Context, entity: type[E], ids: Iterable[str]) -> None:
        """Locks those of the ids that the asker may see."""
        self.entity = entity
        self._records: dict[int, E] = {}
        numbers = _numbers(entity, ids)
        if not numbers:
            return
        found = hold(ctx, entity, entity.id.in_(numbers), _readable(ctx, entity))
        self._records = {record.id: record for record in found}

    def locked(self, global_id: str, version: int | None = None) -> E:
        """One of them; raises Refused (`not_found`) and Conflict (`stale_version`)."""
        number = number_of(self.entity, global_id)
        record = self._records.get(number)
        if record is None or object_state(record).deleted:
            raise not_found(self.entity, number)
        if version is not None and record.version != version:
            raise Conflict(
                "stale_version",
                at="version",
                entity=self.entity.__name__,
                seen=version,
                current=record.version,
            )
        return record


def require_row(ctx: Context, operation: Operation, record: Entity) -> None:
    """Raise Forbidden unless the asker's row rules cover the record as it is now."""
    require_rows(ctx, operation, type(record), [record])


def require_rows(
    ctx: Context, operation: Operation, entity: type[Entity], records: Sequence[Entity]
) -> None:
    """The same for several records; for none, whether the asker may do so with any at all."""
    access = ctx.generation.access
    if not access.may(ctx.principal, operation, entity):
        raise Forbidden("needs_grant", **access.why_not(operation, entity))
    if not ctx.allows_all(operation, entity, records):
        raise Forbidden("outside_rows", operation=str(operation), entity=entity.__name__)


def require_field(ctx: Context, field: Field | ToOne, records: Sequence[Entity]) -> None:
    """Raise Forbidden unless the asker may write a guarded field of stored records of one entity.

    For no records: whether there can be one in which the asker may.
    """
    if field.guard is not None:
        right = field.guard.write
        if not ctx.may(right) or not (
            not records or ctx.allows_all(right, type(records[0]), records)
        ):
            raise Forbidden(
                "guarded_field", at=field.api_name, field=field.api_name, permission=right.name
            )


def _numbers(entity: type[Entity], ids: Iterable[str]) -> list[int]:
    """The numbers of ids, without those that are the id of no such record."""
    numbers = set()
    for one in ids:
        with suppress(Invalid):
            numbers.add(number_of(entity, one))
    return sorted(numbers)


def _readable(ctx: Context, entity: type[Entity]) -> ColumnElement[bool]:
    me = BoundMe(ctx.principal.user_id)
    access = ctx.generation.access
    return access.predicate(ctx.principal, Operation.READ, entity, entity, me)


def not_found(entity: type[Entity], number: int) -> Refused:
    """What is said of a record that is not there, or not for the asker's eyes."""
    return Refused("not_found", id=f"{entity.__name__}:{number}")
