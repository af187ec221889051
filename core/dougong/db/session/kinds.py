"""Sessions whose reads and writes are held to the rights of the code that runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from dougong.access.acting_code import caller
from dougong.access.context import Context
from dougong.workflow import event_log

LONGEST_READ = "10s"
"""How long one statement may take that only reads."""


class WriteSession(Session):
    """A session whose reads and writes are held to the rights of the code that runs."""

    flushing = False

    def __init__(self, bind: Engine | Connection, **options: Any) -> None:
        super().__init__(**options)
        self.info[event_log.WAITING] = []
        self._to = bind  # not `bind`, which everybody could take

    def get_bind(self, *_given: Any, **_options: Any) -> Engine | Connection:
        """The engine or connection: for SQLAlchemy, the core, and elevated code.

        Raises SetupError for others.
        """
        context: Context | None = self.info.get("context")
        if context is not None and not caller().startswith(("sqlalchemy.", "dougong.")):
            context.check_raw()
        return self._to

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
        event_log.write_waiting(self)
        return super().connection(*given, **options)

    def begin_nested(self) -> SessionTransaction:
        """Begin what can be undone by itself; what came before is stored."""
        _store_what_waits(self)
        event_log.write_waiting(self)
        return super().begin_nested()


def _store_what_waits(session: WriteSession) -> None:
    context: Context | None = session.info.get("context")
    if context is not None and not session.flushing:
        context.store()


@event.listens_for(WriteSession, "do_orm_execute")
def _show_what_was_made_before(state: ORMExecuteState) -> None:
    _store_what_waits(cast(WriteSession, state.session))
    if state.is_select and event_log.event in getattr(state.statement, "columns_clause_froms", ()):
        event_log.write_waiting(state.session)


@event.listens_for(WriteSession, "before_commit")
def _write_events(session: Session) -> None:
    session.flush()
    event_log.write_waiting(session)


@event.listens_for(WriteSession, "after_soft_rollback")
def _forget_events(session: Session, _undone: SessionTransaction) -> None:
    """What came before a savepoint was written then; what waits is undone with it."""
    session.info[event_log.WAITING] = []


class ReadSession(WriteSession):
    """A session in which PostgreSQL refuses every write, also within a transaction that writes.

    `info["epoch"]` and `info["today"]` are those of its snapshot, as soon as there is one.
    """


@event.listens_for(ReadSession, "after_begin")
def _write_nothing(session: Session, _all: SessionTransaction, connection: Connection) -> None:
    only_reads = text(
        "select set_config('transaction_read_only', 'on', true), "
        f"set_config('statement_timeout', '{LONGEST_READ}', true), number, "
        "current_date::text as today from dougong.epoch"
    )
    row = connection.execute(only_reads).one()
    session.info.update(only_reads=True, epoch=row.number, today=row.today)
