"""What the database refused, as an error that names the input and no table or constraint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Table
from sqlalchemy.exc import CircularDependencyError, DBAPIError

from dougong.db.naming import camel
from dougong.entity.base import Entity, Extension
from dougong.entity.model import model_of
from dougong.errors import Conflict, Invalid, Refused

if TYPE_CHECKING:
    from dougong.generation import Generation

UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK, RESTRICT = "23505", "23503", "23502", "23514", "23001"
EXCLUSION = "23P01"
OUT_OF_RANGE = ("22003", "22001", "22P02", "22007", "22008")
TOO_LONG_FOR_AN_INDEX = "54000"


@contextmanager
def as_refusals(generation: Generation) -> Iterator[None]:
    """Turn what the database refuses inside into the refusal that it stands for."""
    try:
        yield
    except CircularDependencyError as problem:  # it could not be written before itself
        raise Invalid("linked_in_a_circle") from problem
    except DBAPIError as problem:
        known = refusal_of(problem, generation)
        if known is None:
            raise
        raise known from problem


def refusal_of(problem: DBAPIError, generation: Generation) -> Refused | None:
    """The refusal that a database error stands for, or None when it is a bug."""
    state = getattr(problem.orig, "sqlstate", None)
    said: Any = getattr(problem.orig, "diag", None)
    if said is None or state is None:
        return None
    entity = _entity_of(generation, said.schema_name, said.table_name)
    if state in OUT_OF_RANGE:
        return Invalid("bad_number", field=said.column_name or "this field")
    if state == TOO_LONG_FOR_AN_INDEX:
        return Invalid("text_too_long")
    if entity is None:  # the table of an add-on that is being removed
        return Conflict("still_used") if state in (FOREIGN_KEY, RESTRICT) else None
    if state == EXCLUSION:
        return Conflict("overlaps", entity=_shown(entity))
    if state == UNIQUE:
        names = _fields(entity, _columns(entity.__table__, said.constraint_name))
        return Conflict("taken", at=names[:1], entity=_shown(entity), fields=", ".join(names))
    if state in (FOREIGN_KEY, RESTRICT):
        return _foreign_key(entity, said)
    if state == NOT_NULL:
        field = _fields(entity, [said.column_name])[0]
        return Invalid("missing_value", at=field, field=field)
    if state == CHECK:
        at = _checked(entity, said.constraint_name)
        return Invalid("bad_value", at=at, field="".join(at) or _shown(entity))
    return None


def _entity_of(generation: Generation, schema: str | None, table: str | None) -> Any:
    everything: list[type[Entity]] = [
        *generation.models,
        *(one for several in generation.extensions.values() for one in several),
    ]
    for entity in everything:
        if (entity.__table__.schema, entity.__table__.name) == (schema, table):
            return entity
    return None


def _foreign_key(entity: type[Entity], said: Any) -> Refused:
    """A key to nothing when a record is written; a key still in use when one is deleted."""
    if said.sqlstate == RESTRICT or "still referenced" in (said.message_detail or ""):
        return Conflict("still_used")
    names = _fields(entity, _columns(entity.__table__, said.constraint_name))
    return Invalid("not_found", at=names[:1], id=names[0] if names else _shown(entity))


def _columns(table: Table, constraint: str | None) -> list[str]:
    """The columns of a named constraint, or of a unique index."""
    named: list[Any] = [*table.constraints, *table.indexes]
    found = (one.columns for one in named if str(one.name) == constraint)
    return [column.key for column in next(found, ())]


def _fields(entity: type[Entity], columns: list[str]) -> tuple[str, ...]:
    """Column names as the fields of the API; money is one field."""
    names = {link.key: link.api_name for link in model_of(entity).links.values()}
    for money in entity.__money__:
        names |= dict.fromkeys((f"{money}_amount", f"{money}_currency"), camel(money))
    return tuple(dict.fromkeys(names.get(column) or camel(column) for column in columns))


def _shown(entity: type[Entity]) -> str:
    """What people call the record; an extension's fields are those of the record it extends."""
    shown = entity.__extends__ if issubclass(entity, Extension) else entity
    return shown.__name__


def _checked(entity: type[Entity], constraint: str | None) -> tuple[str, ...]:
    """The field that a CHECK is about: the one it is named after, or the only one it mentions."""
    name = (constraint or "").removeprefix(f"ck_{entity.__table__.name}_")
    columns = [column.key for column in entity.__table__.columns]
    if name in entity.__links__:
        name = entity.__links__[name].key
    if name in columns or name in entity.__money__:
        return _fields(entity, [name])
    for found in entity.__table__.constraints:
        if isinstance(found, CheckConstraint) and str(found.name) == constraint:
            mentioned = [one for one in columns if re.search(rf"\b{one}\b", str(found.sqltext))]
            fields = _fields(entity, mentioned)
            return fields if len(fields) == 1 else ()
    return ()
