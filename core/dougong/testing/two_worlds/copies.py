"""A copy of all records, put back into a database as often as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Table, text
from sqlalchemy.schema import sort_tables

from dougong.access.users import User
from dougong.builtin.audit.entries import entry
from dougong.builtin.files.entities import content
from dougong.generation import Generation
from dougong.graphql.mutations.idempotency import idempotency
from dougong.workflow.event_log import event

USERS: Any = User.__table__
BESIDES = (event, entry, idempotency, content)
"""What is kept besides records."""
REFUSING = """
select tgrelid::regclass::text, quote_ident(tgname) from pg_trigger
 where not tgisinternal and (tgtype & 2 = 2 or tgname ~ '^(audit|log|only)_')
   and tgrelid = any(%s::regclass[])
"""
"""The triggers that refuse a change or write it down, by their tables."""


class Copies:
    """The rows of every table of a generation; of users only what they are called."""

    def __init__(self, engine: Engine, generation: Generation) -> None:
        parts: list[Any] = [*generation.models]
        parts += [one for several in generation.extensions.values() for one in several]
        mine = [one.__table__ for one in parts if one is not User]
        self.tables: list[Table] = sort_tables([*mine, *BESIDES])
        self._sequences = [f'{one.schema}."{one.name}"' for one in mine if _counts(one)]
        with _cursor(engine) as cursor:
            self._rows = {table: _read(cursor, table) for table in self.tables}
            cursor.execute(
                'select id, name, email, created_by_id, updated_by_id from dougong."user"'
            )
            self._users = cursor.fetchall()

    def put(self, engine: Engine) -> None:
        """Have just these rows in a database."""
        deletes = ";".join(f"delete from {_name(one)}" for one in reversed(self.tables))
        with _cursor(engine) as cursor:
            changed = [_name(one) for one in (*self.tables, USERS)]
            cursor.execute(REFUSING, (changed,))
            refusing = [f"alter table {table} %s trigger {name}" for table, name in cursor]
            for one in refusing:  # of what is append-only, or does not change
                cursor.execute(one % "disable")
            cursor.execute(deletes)
            for table in self.tables:
                if self._rows[table]:
                    with cursor.copy(f"copy {_name(table)} from stdin") as copy:
                        copy.write(self._rows[table])
            cursor.execute(
                'delete from dougong."user" where id <> all(%s)', ([u[0] for u in self._users],)
            )
            for number, *rest in self._users:
                cursor.execute(
                    'update dougong."user" set name = %s, email = %s, created_by_id = %s, '
                    "updated_by_id = %s where id = %s",
                    (*rest, number),
                )
            for one in refusing:
                cursor.execute(one % "enable")

    def count_from(self, engine: Engine, number: int) -> None:
        """Have the next record of every entity get this number."""
        said = ", ".join(
            f"setval(pg_get_serial_sequence('{one}', 'id'), {number}, false)"
            for one in self._sequences
        )
        with engine.begin() as connection:
            connection.execute(text(f"select {said}"))


def _counts(table: Table) -> bool:
    return table.c.id.identity is not None


def _name(table: Table) -> str:
    return f'"{table.schema}"."{table.name}"'


def _read(cursor: Any, table: Table) -> bytes:
    with cursor.copy(f"copy {_name(table)} to stdout") as copy:
        return b"".join(map(bytes, copy))


@contextmanager
def _cursor(engine: Engine) -> Iterator[Any]:
    """A cursor of psycopg's own; what is done with it is committed."""
    with engine.begin() as connection:
        raw: Any = connection.connection
        with raw.cursor() as cursor:
            yield cursor
