"""Rows that come back and refer to records that were deleted meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from dougong.addons.archive import Archive, be_exact, copy_in
from dougong.addons.kept import Kept
from dougong.addons.migrations import quoted
from dougong.db.catalogue import ForeignKey, StoredTable, tables_of
from dougong.errors import SetupError

Source = Archive | Kept
"""Where a part's rows come from."""


class Orphans(StrEnum):
    """What to do with rows that their foreign keys would not have let be left behind."""

    REFUSE = "REFUSE"
    """Restore nothing."""
    REJECT_FILE = "REJECT_FILE"
    """Leave them out, and write them to a file."""


@dataclass(frozen=True)
class Orphaned:
    """Rows of one table that refer to records that are gone, and what becomes of them."""

    what: str
    """`left out`, `emptied` (only the reference) or `refused`."""
    table: str
    columns: str
    target: str
    rows: int

    def __str__(self) -> str:
        return f"{self.rows} of {self.table} ({self.columns} → {self.target})"


def settle(
    connection: Connection,
    keys: Sequence[ForeignKey],
    policy: Orphans,
    rejects: Path | None = None,
) -> tuple[Orphaned, ...]:
    """Do with orphans what their keys would have done, unless they are refused; and count them.

    What goes may leave others behind, so again and again. What is left out is written to
    `rejects`, one csv file for each table.
    """
    done: Counter[tuple[str, ForeignKey]] = Counter()
    changed = True
    while changed:
        changed = False
        for key in keys:
            what, count = _follow(connection, key, policy, rejects)
            if what == "refused":
                done[what, key] = count
            elif count:
                done[what, key] += count
                changed = True
    return tuple(
        Orphaned(what, key.table, ", ".join(key.columns), key.target, count)
        for (what, key), count in done.items()
        if count
    )


def _follow(
    connection: Connection, key: ForeignKey, policy: Orphans, rejects: Path | None
) -> tuple[str, int]:
    """What is done with a key's orphans, and how many there were."""
    if key.on_delete == "n":
        nothing = ", ".join(f"{column} = null" for column in key.columns)
        update = text(f"update {key.table} r set {nothing} where {key.orphans}")
        with suppress(IntegrityError), connection.begin_nested():  # refused if a row must have one
            return "emptied", connection.execute(update).rowcount
    if key.on_delete == "c" or policy is Orphans.REJECT_FILE:
        if rejects is not None:
            _write_down(connection, key, rejects)
        delete = text(f"delete from {key.table} r where {key.orphans}")
        return "left out", connection.execute(delete).rowcount
    count = text(f"select count(*) from {key.table} r where {key.orphans}")
    return "refused", connection.execute(count).scalar_one()


def _write_down(connection: Connection, key: ForeignKey, rejects: Path) -> None:
    """Add a key's orphans to the file of their table."""
    file = rejects / (key.table.replace('"', "") + ".csv")
    header = "" if file.exists() else "header, "
    rows = f"select r.* from {key.table} r where {key.orphans}"
    copy = f"copy ({rows}) to stdout (format csv, {header}force_quote *, encoding 'UTF8')"
    cursor = connection.connection.cursor()
    with cursor.copy(copy) as blocks, file.open("ab") as written:
        written.writelines(blocks)
    if header and not cursor.rowcount:
        file.unlink()


def refuse(orphans: Sequence[Orphaned]) -> None:
    """Raise SetupError for rows that are refused."""
    refused = [str(one) for one in orphans if one.what == "refused"]
    if refused:
        raise SetupError(
            f"Rows of the archive refer to records that are gone: {'; '.join(refused)}. "
            "Nothing was restored.",
            fix="leave these rows out, with what goes with them, and have them written to a file: "
            "--orphans=reject-file; or, if they are a bridge's rows only, begin the bridge empty "
            "with --without.",
        )


def expected(
    engine: Engine, sources: Mapping[str, Source], policy: Orphans
) -> tuple[Orphaned, ...]:
    """What would become of the orphans if these parts came back now; nothing is changed."""
    with engine.connect() as connection, connection.begin() as undone:
        be_exact(connection)
        keys, names = _as_if_there(connection, sources)
        found = settle(connection, keys, policy)
        undone.rollback()
    shown = {other: name for name, other in names.items()}
    return tuple(
        replace(
            one,
            table=shown.get(one.table, one.table),
            target=shown.get(one.target, one.target),
        )
        for one in found
    )


def _as_if_there(
    connection: Connection, sources: Mapping[str, Source]
) -> tuple[list[ForeignKey], dict[str, str]]:
    """Have the rows at other places: their foreign keys there, and each table's other name."""
    names: dict[str, str] = {}
    for part, source in sources.items():
        if isinstance(source, Kept):
            tables = tables_of(connection, source.schema)
            names |= {quoted(connection, part, one.name): one.quoted for one in tables}
            continue
        for table in source.parts[part].tables:
            there = StoredTable(
                part,
                table.name,
                f"pg_temp.{_quoted(f'{part}.{table.name}')}",
                table.columns,
                (),
                None,
            )
            names[quoted(connection, part, table.name)] = there.quoted
            columns = ", ".join(f"{there.list_of([name])} {kind}" for name, kind in table.columns)
            connection.execute(text(f"create temporary table {there.quoted} ({columns})"))
            copy_in(connection, there, source, table)
    keys = [
        replace(key, table=names[key.table], target=names.get(key.target, key.target))
        for part, source in sources.items()
        for key in (source if isinstance(source, Kept) else source.parts[part]).foreign_keys
    ]
    return keys, names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
