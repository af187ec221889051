"""What the database refused, as an error that names the input and no table or constraint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError

from dougong.db.naming import camel
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import Conflict, Invalid, Refused

if TYPE_CHECKING:
    from dougong.generation import Generation

UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK, RESTRICT = "23505", "23503", "23502", "23514", "23001"
OUT_OF_RANGE = ("22003", "22001", "22P02", "22007", "22008")
NUL_IN_TEXT = "22021"


@contextmanager
def as_refusals(generation: Generation) -> Iterator[None]:
    """Turn what the database refuses inside into the refusal that it stands for."""
    try:
        yield
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
    if entity is None:  # the table of an add-on that is being removed
        return Conflict("still_used") if state in (FOREIGN_KEY, RESTRICT) else None
    if state == UNIQUE:
        names = _fields(entity, _columns(entity.__table__, said.constraint_name))
        return Conflict("taken", at=names[:1], entity=entity.__name__, fields=", ".join(names))
    if state in (FOREIGN_KEY, RESTRICT):
        return _foreign_key(entity, said)
    if state == NOT_NULL:
        field = _fields(entity, [said.column_name])[0]
        return Invalid("missing_value", at=field, field=field)
    if state == CHECK:
        checked = _checked_field(entity, said.constraint_name)
        return Invalid("bad_value", at=checked or (), field=checked or entity.__name__)
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
    return Invalid("not_found", at=names[:1], id=names[0] if names else entity.__name__)


def _columns(table: Table, constraint: str | None) -> list[str]:
    for found in table.constraints:
        if found.name is not None and str(found.name) == constraint:
            return [column.key for column in getattr(found, "columns", ())]
    for index in table.indexes:
        if index.name == constraint:
            return [column.key for column in index.columns]
    return [
        str(c.key)
        for u in table.constraints
        if isinstance(u, UniqueConstraint)
        for c in u.columns
        if constraint and constraint.endswith(str(c.key))
    ]


def _fields(entity: type[Entity], columns: list[str]) -> tuple[str, ...]:
    """Column names as the fields of the API."""
    keys = {link.key: link.api_name for link in model_of(entity).links.values()}
    return tuple(keys.get(column) or camel(column) for column in columns)


def _checked_field(entity: type[Entity], constraint: str | None) -> str | None:
    """The field that a CHECK is named after: `ck_lead_stage` → `stage`."""
    name = (constraint or "").removeprefix(f"ck_{entity.__table__.name}_")
    known = {field.name: field.api_name for field in model_of(entity).fields.values()}
    return known.get(name.removesuffix("_currency"))
