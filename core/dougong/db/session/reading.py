"""What statements and loaded records show to the code that runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from typing import Any

from sqlalchemy import ColumnElement, event, false, true
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql import visitors

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.db.naming import CORE
from dougong.db.session.kinds import WriteSession
from dougong.db.session.mentions import Mentions, mentions
from dougong.entity.base import Entity
from dougong.errors import Forbidden, SetupError


@event.listens_for(WriteSession, "loaded_as_persistent")
def _hide_fields_of_what_is_loaded(session: Session, record: Any) -> None:
    context: Context | None = session.info.get("context")
    if context is None or not isinstance(record, Entity):
        return
    context.borrow(record)
    for attribute in context.hidden_fields(type(record)) if context.asks else ():
        set_committed_value(record, attribute, None)


@event.listens_for(WriteSession, "do_orm_execute")
def _hide_what_the_code_may_not_read(state: ORMExecuteState) -> None:
    context = state.session.info.get("context")
    if context is None or state.is_column_load or context.acting == CORE:
        return
    found = mentions(state.statement)
    plain = not state.is_orm_statement and (context.asks or not state.is_select)
    if plain or found.texts or not found.tables <= _open_tables(found, context):
        context.check_raw()
    if not state.is_orm_statement:
        return
    if not state.is_select:
        _check_bulk(state, context)
        return
    if context.asks:
        _check_fields(state, context)
    asks = context.asks  # then all: the asker's rules hold in joins and options too
    for entity in _entities(context) if asks else found.entities:
        seen = _seen(entity, context)
        if not seen.compare(true()):
            only = with_loader_criteria(
                entity, seen, include_aliases=True, propagate_to_loaders=asks
            )
            state.statement = state.statement.options(only)


def _entities(context: Context) -> Iterator[type[Entity]]:
    yield from context.generation.models
    for extensions in context.generation.extensions.values():
        yield from extensions


def _seen(entity: type[Entity], context: Context) -> ColumnElement[bool]:
    """Which rows of an entity the code that runs now may see."""
    if not context.reads(entity):
        return false()
    return context.sees(entity) if context.asks else true()


def _open_tables(found: Mentions, context: Context) -> set[Any]:
    """The tables of which the code may see every row."""
    if not found.tables:
        return set()
    return {one.__table__ for one in _entities(context) if _seen(one, context).compare(true())}


def _check_fields(state: ORMExecuteState, context: Context) -> None:
    """Raise Forbidden for a statement over a field that the asker may not see everywhere.

    Records that are loaded as a whole have null for such a field.
    """
    statement: Any = state.statement
    for element in visitors.iterate(statement):
        said: Any = getattr(element, "_annotations", {})
        entity: Any = getattr(said.get("parententity"), "class_", None)
        name: Any = said.get("proxy_key")
        guarded = name is not None and name in getattr(entity, "__guards__", ())
        if guarded and name in context.hidden_fields(entity):
            raise Forbidden("hidden_field", field=f"{entity.__name__}.{name}")


def _check_bulk(state: ORMExecuteState, context: Context) -> None:
    """Hold a statement that changes rows to the rights of the code, as if it were one record."""
    entity: Any = state.bind_mapper and state.bind_mapper.class_
    if entity is None or not issubclass(entity, Entity):
        return
    changes = (Operation.DELETE, Operation.UPDATE, Operation.CREATE)
    kinds = (state.is_delete, state.is_update, state.is_insert)
    for operation in compress(changes, kinds):
        context.check_write(operation, entity)
    flow = context.generation.workflows.get(entity)
    values: Any = getattr(state.statement, "_values", None) or ()
    written = {getattr(column, "key", column) for column in values}
    if state.is_update and flow is not None and flow.state_name in written:
        raise written_outside_a_step(entity, flow.state_name, context)


def written_outside_a_step(entity: type[Entity], state: str, context: Context) -> SetupError:
    """What is said to code that writes a state by itself."""
    return SetupError(
        f"{context.acting} wrote {entity.__name__}.{state} outside a step.",
        fix="call the step that leads to that state.",
    )
