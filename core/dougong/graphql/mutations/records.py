"""Records that the asker names by their global id: found, and locked, under the row rules."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.rules import BoundMe
from dougong.entity.base import Entity
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
    return _load(ctx, entity, global_id, lock=False)


def locked(ctx: Context, entity: type[E], global_id: str, version: int | None = None) -> E:
    """The record with this id, locked until the transaction ends, if the asker may see it.

    Raises Refused (`not_found`) and, when it is no longer at `version`, Conflict.
    """
    if entity in ctx.generation.owned:
        ctx.lock(_load(ctx, entity, global_id, lock=False))  # the parent first
    record = _load(ctx, entity, global_id, lock=True)
    if version is not None and record.version != version:
        raise Conflict(
            "stale_version",
            at="version",
            entity=entity.__name__,
            seen=version,
            current=record.version,
        )
    return record


def require_row(ctx: Context, operation: Operation, record: Entity) -> None:
    """Raise Forbidden unless the asker's row rules cover the record as it is now."""
    access, entity = ctx.generation.access, type(record)
    if not access.may(ctx.principal, operation, entity):
        raise Forbidden("needs_grant", **access.why_not(operation, entity))
    if not ctx.allows(operation, record):
        raise Forbidden("outside_rows", operation=str(operation), entity=entity.__name__)


def _load(ctx: Context, entity: type[E], global_id: str, *, lock: bool) -> E:
    number = number_of(entity, global_id)
    predicate = ctx.generation.access.predicate(
        ctx.principal, Operation.READ, entity, entity, BoundMe(ctx.principal.user_id)
    )
    statement = select(entity).where(entity.id == number, predicate)
    if lock:
        statement = statement.with_for_update(of=entity.__table__)
    record = ctx.session.scalar(statement.execution_options(populate_existing=lock))
    if record is None:
        raise Refused("not_found", id=f"{entity.__name__}:{number}")
    return record
