"""The statements of revisions that block others, or break code that is older: expand, then contract."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from dougong.addons.manifest import Part
from dougong.addons.migrations import VERSION_TABLE, current, script_of
from dougong.builtin.checking.revisions import write_sql
from dougong.builtin.doctor.findings import Finding, error, note

FEW = 10_000
"""Rows that are looked through so quickly that nobody notices."""
TABLE = r"(?P<table>[\w.\"]+)"
NEXT = "leave it out now, and do it in the next version, when no server has the older code."
BREAKING = (
    (rf"ALTER TABLE {TABLE} DROP COLUMN", "drops a column that older code reads and writes", NEXT),
    (rf"DROP TABLE {TABLE}", "drops a table that older code reads and writes", NEXT),
    (
        rf"ALTER TABLE {TABLE} RENAME",
        "renames what older code knows by its old name",
        "add what is new beside the old, fill it, and drop the old in the next version.",
    ),
    (
        rf"ALTER TABLE {TABLE} ADD COLUMN (?!.* DEFAULT ).* NOT NULL",
        "adds a column that older code leaves empty",
        "give it a server_default, or make it nullable until the next version.",
    ),
    (
        rf"ALTER TABLE {TABLE} ALTER COLUMN \S+ (SET NOT NULL|DROP DEFAULT)",
        "demands a value that older code may not give",
        NEXT,
    ),
    (
        rf"ALTER TABLE {TABLE} ALTER COLUMN \S+ TYPE",
        "writes the table anew, while nobody can read it, and changes what older code finds",
        "add a column of the new type, fill it, and drop the old one in the next version.",
    ),
)
BLOCKING = (
    (
        rf"CREATE (UNIQUE )?INDEX \S+ ON {TABLE}",
        "keeps everybody from writing while the index is built",
        "upgrade when few people write, with --anyway.",
    ),
    (
        rf"ALTER TABLE {TABLE} ADD CONSTRAINT \S+ (FOREIGN KEY|CHECK)(?!.* NOT VALID)",
        "keeps everybody from writing while all rows are checked",
        "add it with postgresql_not_valid=True, and validate it in the revision after that.",
    ),
    (
        rf"ALTER TABLE {TABLE} ADD CONSTRAINT \S+ (UNIQUE|PRIMARY KEY|EXCLUDE)",
        "keeps everybody from reading while the index is built",
        "create a unique index instead.",
    ),
    (
        rf"(UPDATE|DELETE FROM) {TABLE}",
        "locks the rows that it changes until all are done",
        "do it in portions after the upgrade.",
    ),
)


def pending_sql(connection: Connection, part: Part) -> str:
    """What the revisions do that a part's tables have not seen yet, as SQL.

    Raises whatever a revision raises that asks the database something.
    """
    script, written = script_of(part), io.StringIO()
    if script is not None:
        write_sql(part, script, written, current(connection, part.name))
    return written.getvalue()


def examine(connection: Connection, part: Part) -> Iterator[Finding]:
    """What is to be said of a part's pending revisions; tables that they make themselves are free."""
    try:
        sql = pending_sql(connection, part)
    except Exception as problem:  # noqa: BLE001 - a revision may do anything
        yield error(
            "revision",
            f"The revisions of {part.name} cannot be read beforehand: {type(problem).__name__}: "
            f"{problem}.",
            "write them so that they ask the database nothing.",
        )
        return
    lines = re.sub(r"--.*", "", sql).split(";")
    statements = [" ".join(line.split()) for line in lines if VERSION_TABLE not in line]
    made = {
        found[1]
        for one in statements
        if (found := re.match(r"CREATE TABLE (\S+)", one, re.IGNORECASE))
    }
    for one in statements:
        yield from _examine_statement(connection, part, one, made)


def _examine_statement(
    connection: Connection, part: Part, statement: str, made: set[str]
) -> Iterator[Finding]:
    for rules, breaks in ((BREAKING, True), (BLOCKING, False)):
        for pattern, what, fix in rules:
            found = re.match(pattern, statement, re.IGNORECASE)
            if found is None or found["table"] in made:
                continue
            weight = error if breaks or _is_large(connection, found["table"]) else note
            if weight is note:
                fix = "nothing needs to be done: the table is small."
            yield weight("revision", f"A revision of {part.name} {what}: {statement[:200]}.", fix)


def _is_large(connection: Connection, table: str) -> bool:
    name = connection.execute(text("select to_regclass(:table)::text"), {"table": table}).scalar()
    if name is None:
        return False
    rows = text(f"select count(*) from (select from {name} limit {FEW + 1}) some_rows")
    return int(connection.execute(rows).scalar_one()) > FEW
