"""Write sessions: one transaction for each mutation, with the rules that hold below every path."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, compress
from typing import Any, TypeVar, cast

from sqlalchemy import (
    Connection,
    Engine,
    SelectBase,
    Table,
    TextClause,
    event,
    false,
    insert,
    inspect,
    text,
    true,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    with_loader_criteria,
)
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql import visitors

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.principal import Principal
from dougong.db.naming import CORE
from dougong.entity.base import Entity, Extension
from dougong.errors import Forbidden, GenerationChanged, SetupError
from dougong.generation import Generation

R = TypeVar("R")
GENERATION_CHANGED = "XG001"
DEADLOCKS = ("40P01", "40001")
PAUSES = (0.02, 0.1, 0.3)
"""Seconds before another try after a deadlock or a serialization failure."""
LONGEST_WAIT = "10s"
"""How long a mutation waits for others who change the same records, or for an install."""
LONGEST_READ = "10s"
"""How long one statement may take that only reads."""
LONGEST_STATEMENT = "30s"
"""How long one statement of a mutation may take; meanwhile nothing can be installed."""


def in_transaction(
    engine: Engine,
    generation: Generation,
    who: Principal,
    work: Callable[[Context], R],
    *,
    keep: bool = True,
) -> R:
    """Do some work in one transaction of its own and commit it.

    Without `keep` it is undone instead, once everything has been checked that a commit checks.
    Raises GenerationChanged when something was installed or removed meanwhile, and whatever the
    work raises; then nothing was written. After a deadlock all of it is tried again.
    """
    if who.read_only:
        raise Forbidden("read_only")
    for pause in (*PAUSES, None):
        try:
            with WriteSession(engine, expire_on_commit=False) as session, session.begin() as all_:
                enter(session, generation.number)
                result = work(Context(generation, session, who))
                if not keep:
                    session.flush()
                    session.execute(text("set constraints all immediate"))
                    all_.rollback()
                return result
        except DBAPIError as problem:
            state = getattr(problem.orig, "sqlstate", None)
            if state == GENERATION_CHANGED:
                raise GenerationChanged from problem
            if state not in DEADLOCKS or pause is None:
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
    raise AssertionError("unreachable")


def enter(session: Session, generation: int) -> None:
    """Hold off installs until the transaction ends, and check that the picture is still true."""
    session.execute(
        text(
            f"select set_config('lock_timeout', '{LONGEST_WAIT}', true), "
            f"set_config('statement_timeout', '{LONGEST_STATEMENT}', true), "
            "dougong.enter(:number)"
        ),
        {"number": generation},
    )


class WriteSession(Session):
    """A session whose reads and writes are held to the rights of the code that runs."""

    flushing = False

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what has changed."""
        before, self.flushing = self.flushing, True
        try:
            super().flush(objects)
        finally:
            self.flushing = before

    def connection(self, *given: Any, **options: Any) -> Connection:
        """The connection, which knows no rights: for the core, and for elevated code."""
        context: Context | None = self.info.get("context")
        if context is not None:
            context.check_raw()
        return super().connection(*given, **options)

    def begin_nested(self) -> SessionTransaction:
        """Begin what can be undone by itself; what came before is stored."""
        _store_what_waits(self)
        return super().begin_nested()


def _store_what_waits(session: WriteSession) -> None:
    context: Context | None = session.info.get("context")
    if context is not None and not session.flushing:
        context.store()


@event.listens_for(WriteSession, "do_orm_execute")
def _show_what_was_made_before(state: ORMExecuteState) -> None:
    _store_what_waits(cast(WriteSession, state.session))


@event.listens_for(WriteSession, "loaded_as_persistent")
def _hide_fields_of_what_is_loaded(session: Session, record: Any) -> None:
    context: Context | None = session.info.get("context")
    if context is None or not isinstance(record, Entity):
        return
    context.borrow(record)
    for attribute in context.hidden_fields(type(record)) if context.asks else ():
        set_committed_value(record, attribute, None)


class ReadSession(WriteSession):
    """A session in which PostgreSQL refuses every write, also within a transaction that writes.

    `info["epoch"]` is that of its snapshot, as soon as there is one.
    """


@event.listens_for(ReadSession, "after_begin")
def _write_nothing(session: Session, _all: SessionTransaction, connection: Connection) -> None:
    only_reads = text(
        "select set_config('transaction_read_only', 'on', true), "
        f"set_config('statement_timeout', '{LONGEST_READ}', true), number from dougong.epoch"
    )
    session.info.update(only_reads=True, epoch=connection.execute(only_reads).one().number)


def find(
    engine: Engine, generation: Generation, who: Principal, work: Callable[[Context, int], R]
) -> R:
    """Do some work that only reads; it is told the epoch, and sees one snapshot throughout."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        with ReadSession(connection) as session:
            session.connection()
            return work(Context(generation, session, who), session.info["epoch"])


@contextmanager
def looking(ctx: Context) -> Iterator[Context]:
    """The context's transaction as it is now, for code that must not change anything in it."""
    if isinstance(ctx.session, ReadSession):
        yield ctx
        return
    ctx.session.flush()
    within = ctx.session.connection()
    with ReadSession(within, join_transaction_mode="create_savepoint") as session:
        session.connection()
        yield Context(ctx.generation, session, ctx.principal, ctx.now)


def _entities_in(state: ORMExecuteState) -> Iterator[type[Entity]]:
    seen: set[Any] = set()
    statement: Any = state.statement
    for element in visitors.iterate(statement):
        mapper = getattr(element, "_annotations", {}).get("parententity")
        entity = getattr(mapper, "class_", None)
        if entity is not None and entity not in seen:
            seen.add(entity)
            if issubclass(entity, Entity):
                yield entity


@event.listens_for(WriteSession, "do_orm_execute")
def _hide_what_the_code_may_not_read(state: ORMExecuteState) -> None:
    context = state.session.info.get("context")
    if context is None or state.is_column_load or context.acting == CORE:
        return
    if not state.is_orm_statement:
        if context.asks or not _reads_only_what_it_may(state.statement, context):
            context.check_raw()
        return
    if not state.is_select:
        _check_bulk(state, context)
        return
    if context.asks:
        _check_fields(state, context)
    asks = context.asks  # then all: the asker's rules hold in joins and options too
    extensions = context.generation.extensions.values()
    for entity in chain(context.generation.models, *extensions) if asks else _entities_in(state):
        seen: Any = (context.sees(entity) if asks else true()) if context.reads(entity) else false()
        if not seen.compare(true()):
            only = with_loader_criteria(
                entity, seen, include_aliases=True, propagate_to_loaders=asks
            )
            state.statement = state.statement.options(only)


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


def _reads_only_what_it_may(statement: Any, context: Context) -> bool:
    """Whether a statement without entities only reads tables of entities that the code may read."""
    known = (*context.generation.models, *chain(*context.generation.extensions.values()))
    mine = {entity.__table__ for entity in known if context.reads(entity)}
    elements = list(visitors.iterate(statement))
    return isinstance(statement, SelectBase) and not any(
        isinstance(one, TextClause) or (isinstance(one, Table) and one not in mine)
        for one in elements
    )


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
        raise _written_outside_a_step(entity, flow.state_name, context)


@event.listens_for(WriteSession, "before_flush")
def _check_and_stamp(session: Session, _flush: UOWTransaction, _instances: Any) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    for record in list(session.new):
        context.check_write(Operation.CREATE, type(record))
        _check_start(record, context)
        _stamp_new(record, context)
    for record in list(session.dirty):
        if session.is_modified(record):
            _check_change(record, context)
            _stamp_changed(record, context)
            _stamp_parent(record, context)
    for record in (*session.new, *session.deleted):
        _stamp_parent(record, context)
    for record in session.deleted:
        context.check_write(Operation.DELETE, type(record))


def _check_start(record: Entity, context: Context) -> None:
    flow = context.generation.workflows.get(type(record))
    if flow is not None and flow.state_of(record) not in (None, flow.start):
        raise SetupError(
            f"{context.acting} creates a {type(record).__name__} that is {flow.state_of(record)}.",
            fix=f"create it {flow.start}, and call the step that leads to that state.",
        )


def _check_change(record: Entity, context: Context) -> None:
    context.check_write(Operation.UPDATE, type(record))
    flow = context.generation.workflows.get(type(record))
    if flow is not None and flow.state_name in _changed(record) and not context.is_moving(record):
        raise _written_outside_a_step(type(record), flow.state_name, context)


def _written_outside_a_step(entity: type[Entity], state: str, context: Context) -> SetupError:
    return SetupError(
        f"{context.acting} wrote {entity.__name__}.{state} outside a step.",
        fix="call the step that leads to that state.",
    )


def _changed(record: Entity) -> list[str]:
    return [name for name, attr in inspect(record).attrs.items() if attr.history.has_changes()]


def _stamp_new(record: Entity, context: Context) -> None:
    if isinstance(record, Extension):
        return
    record.created_at = record.updated_at = context.now
    record.created_by = record.updated_by = context.me


def _stamp_changed(record: Entity, context: Context) -> None:
    """A change raises the version once in a transaction; an extension's raises its record's."""
    session = context.session
    if isinstance(record, Extension):
        target = session.get(type(record).__extends__, record.id)
        if target is None or target in session.deleted:
            return
        record = target
    if context.first_change(record):
        record.version += 1
    record.updated_at = context.now
    record.updated_by = context.me


def _stamp_parent(child: Entity, context: Context) -> None:
    """Children are part of their parent: who saw its version saw them."""
    owned = context.generation.owned.get(type(child))
    parent: Entity | None = getattr(child, owned.link.name) if owned else None
    if parent is None or parent in context.session.deleted:
        return
    if inspect(parent).persistent:
        _stamp_changed(parent, context)


@event.listens_for(WriteSession, "after_flush")
def _give_new_records_their_extension_rows(session: Session, _flush: UOWTransaction) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    written = {(type(one), one.id) for one in session.new}
    bare: dict[type[Extension[Any]], list[dict[str, int]]] = {}
    for record in session.new:
        context.first_change(record)
        for extension in context.generation.extensions.get(type(record), ()):
            if (extension, record.id) not in written:
                bare.setdefault(extension, []).append({"id": record.id})
    with context.as_core():
        for extension, rows in bare.items():
            session.execute(insert(extension.__table__), rows)


@event.listens_for(WriteSession, "after_flush")
def _note_whose_children_changed(session: Session, _flush: UOWTransaction) -> None:
    context: Context | None = session.info.get("context")
    if context is None:
        return
    parents: set[tuple[type[Entity], int]] = session.info.setdefault("parents", set())
    for child in (*session.new, *session.dirty, *session.deleted):
        many = context.generation.owned.get(type(child))
        if many is not None:
            parents.add((many.link.target, getattr(child, many.key)))


@event.listens_for(WriteSession, "after_flush_postexec")
def _read_children_and_sums_anew(session: Session, _flush: UOWTransaction) -> None:
    """What a parent knew of its children is forgotten when one of them has changed."""
    for entity, number in session.info.pop("parents", ()):
        parent = session.identity_map.get(identity_key(entity, number))
        if parent is not None:
            names = (*entity.__owned__, *entity.__sums__)
            session.expire(parent, [name for name in names if name in parent.__dict__])
