"""Restoring a removed add-on from its archive: exact, checked first, in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from dougong.addons.archive import (
    Archive,
    ArchivedTable,
    archives_in,
    be_exact,
    check_files,
    damaged,
    read_archive,
    rows_of,
)
from dougong.addons.discovery import parts_of
from dougong.addons.install import bring_to_code, check_available, check_not_removing
from dougong.addons.manifest import Part
from dougong.addons.migrations import upgrade
from dougong.addons.preparing import agree, log, prepared, undo
from dougong.addons.rehearsal import rehearse
from dougong.addons.state import next_generation, recorded_parts
from dougong.addons.workers import WAIT
from dougong.db.catalogue import (
    ForeignKey,
    StoredTable,
    continue_after,
    foreign_keys_of,
    tables_of,
)
from dougong.db.locks import exclusively, lifecycle
from dougong.db.naming import CORE, host_of
from dougong.errors import SetupError


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    number: int
    rows: Mapping[str, int]
    """How many rows came back, by part."""
    empty: tuple[str, ...]
    """Bridges that are there again without rows, as no archive has any (or none was wanted)."""
    archives: tuple[Path, ...]
    left_out: Mapping[str, int]
    """How many rows went, by table, as what they referred to is gone (CASCADE, `drop_orphans`)."""
    emptied: Mapping[str, int]
    """How many references to what is gone were emptied, by column (SET NULL)."""
    skipped: tuple[Path, ...]
    """Folders beside the archives that are damaged, or none."""


def restore(
    engine: Engine,
    names: Iterable[str],
    archives: Path,
    *,
    archive: Path | None = None,
    without: Sequence[str] = (),
    drop_orphans: bool = False,
    wait: float = WAIT,
    force: bool = False,
) -> Restored:
    """Install add-ons with the rows that they had when they were removed.

    Each part comes from the newest archive that has it, or from `archive`; bridges that become
    active come with their rows, except those in `without`, which begin empty. What refers to
    records that were deleted meanwhile is left out, emptied or refused, as its foreign key says;
    `drop_orphans` leaves out what would be refused. Raises SetupError, with nothing restored, when
    an archive is damaged or in doubt, the code is not there or too old, or rows are refused.
    """
    asked = tuple(dict.fromkeys(names))
    check_available(asked)
    sources = [read_archive(archive)] if archive is not None else archives_in(archives)
    with lifecycle(engine):
        undo(engine)
        before = _check_absent(engine, asked)
        found = _find(asked, sources)
        lost = [name for name in asked if name not in found]
        if lost:
            raise SetupError(
                f"There is no archive of {', '.join(lost)} in {archive or archives}.",
                fix=f"name its folder with --archive, or begin empty: dougong install {lost[0]}.",
            )
        new = _new_parts(before, asked)
        others = {part.name for part in new} - {*asked, *without}
        found |= _find(sorted(others), sources)
        names = [*before, *(part.name for part in new)]
        with prepared(engine, names, new) as candidate:
            agree(engine, candidate, None, wait=wait, force=force)
            number, done = exclusively(engine, lambda c: _restore(c, new, found, drop_orphans))
        log.info("generation %s holds", number)
    rows = Counter(
        {part.name: found[part.name].count(part.name) for part in new if part.name in found}
    )
    for table, count in done["left out"].items():
        rows[table.split(".")[0].strip('"')] -= count
    return Restored(
        number,
        rows,
        tuple(part.name for part in new if part.name not in found),
        tuple(sorted({one.folder for one in found.values()})),
        done["left out"],
        done["emptied"],
        tuple(one.folder for one in sources if one.problem),
    )


def _check_absent(engine: Engine, asked: Sequence[str]) -> list[str]:
    """The parts that are installed; raises SetupError when one that is asked for is."""
    with engine.connect() as connection:
        before = recorded_parts(connection)
    check_not_removing(before)
    there = [name for name in asked if name in before]
    if there:
        raise SetupError(
            f"{', '.join(there)} is installed; restoring would overwrite what it has now.",
            fix=f"remove it first (that archives its rows too): dougong remove {' '.join(there)}.",
        )
    return list(before)


def _new_parts(before: Sequence[str], asked: Sequence[str]) -> list[Part]:
    """The parts that the restore adds, in order. Raises SetupError when it cannot add them."""
    addons = rehearse({*asked, *(name for name in before if host_of(name) == name)}).addons
    missing = [name for name in addons if name not in before and name not in asked]
    if missing:
        raise SetupError(
            f"{', '.join(asked)} needs {', '.join(missing)}, which is not installed.",
            fix=f"restore them together: dougong restore {' '.join((*missing, *asked))}; "
            f"or begin {', '.join(missing)} empty with dougong install.",
        )
    parts = parts_of(addons)
    return [part for part in parts if part.name not in before and part.name != CORE]


def _find(names: Iterable[str], sources: Sequence[Archive]) -> dict[str, Archive]:
    """The first archive of each part that has one; raises SetupError when it is damaged.

    Also when it has no rows and a later one has: nobody knows which of them is wanted.
    """
    found = {}
    for name in names:
        having = [one for one in sources if one.may_have(name)]
        if not having:
            continue
        source = found[name] = having[0]
        if source.problem is not None:
            raise source.problem
        fuller = next((one for one in having if one.count(name)), source)
        if fuller is not source:
            raise SetupError(
                f"The newest archive of {name}, {source.folder}, has no rows; {fuller.folder}, "
                f"which is older, has {fuller.count(name)}.",
                fix="choose one of them with --archive.",
            )
        check_files(source, name)
    return found


def _restore(
    connection: Connection, new: Sequence[Part], found: Mapping[str, Archive], drop_orphans: bool
) -> tuple[int, Mapping[str, Counter[str]]]:
    be_exact(connection)
    keys: list[ForeignKey] = []
    for part in new:
        if part.name in found:
            keys += _load(connection, part, found[part.name])
    done = _settle(connection, keys, drop_orphans)
    for key in keys:
        add = f"alter table {key.table} add constraint {key.name} {key.definition}"
        connection.execute(text(add))
    for part in new:
        bring_to_code(connection, part)
    return next_generation(connection), done


def _load(connection: Connection, part: Part, archive: Archive) -> list[ForeignKey]:
    """Make a part's tables as they were and fill them; returns the foreign keys to put back."""
    archived = archive.parts[part.name]
    if archived.revision is not None:
        upgrade(connection, part, archived.revision)
    keys = foreign_keys_of(connection, part.name)
    for key in keys:  # rows may come in any order, and circles are allowed
        connection.execute(text(f"alter table {key.table} drop constraint {key.name}"))
    tables = {table.name: table for table in tables_of(connection, part.name)}
    for one in archived.tables:
        table = tables.get(one.name)
        if table is None or table.columns != one.columns:
            raise SetupError(
                f"Revision {archived.revision} of {part.name} {part.version} does not make the "
                f"table {part.name}.{one.name} as the archive {archive.folder} has it.",
                fix=f"install version {archived.version} of {archived.package}, restore, then "
                "upgrade.",
            )
        _fill(connection, table, archive, one)
    return keys


def _fill(
    connection: Connection, table: StoredTable, archive: Archive, archived: ArchivedTable
) -> None:
    copy = (
        f"copy {table.quoted} ({table.list_of()}) "
        "from stdin (format csv, header match, encoding 'UTF8')"
    )
    cursor = connection.connection.cursor()
    with cursor.copy(copy) as rows:
        for block in rows_of(archive, archived):
            rows.write(block)
    if cursor.rowcount != archived.rows:
        raise damaged(archive.folder, f"{archived.file} has {cursor.rowcount} rows")
    if archived.last_id is not None:
        continue_after(connection, table, archived.last_id)


def _settle(
    connection: Connection, keys: Sequence[ForeignKey], drop_orphans: bool
) -> Mapping[str, Counter[str]]:
    """Do with rows whose records are gone what their keys would have done, and count them.

    What goes may leave others behind, so again and again. Raises SetupError for what is refused.
    """
    done: defaultdict[str, Counter[str]] = defaultdict(Counter)
    refused: list[str] = []
    changed = 1
    while changed:
        changed = 0
        refused.clear()
        for key in keys:
            what, count = _follow(connection, key, drop_orphans)
            columns = ", ".join(key.columns)
            if what == "refused" and count:
                refused.append(f"{count} of {key.table} ({columns} → {key.target})")
            elif count:
                done[what][key.table if what == "left out" else f"{key.table}.{columns}"] += count
                changed += count
    if refused:
        raise SetupError(
            f"Rows of the archive refer to records that are gone: {'; '.join(refused)}. "
            "Nothing was restored.",
            fix="leave these rows out, with what goes with them: --drop-orphans; or, if they are "
            "a bridge's rows only, begin the bridge empty with --without.",
        )
    return done


def _follow(connection: Connection, key: ForeignKey, drop_orphans: bool) -> tuple[str, int]:
    """What is done with a key's orphans, and how many there were."""
    if key.on_delete == "n":
        nothing = ", ".join(f"{column} = null" for column in key.columns)
        update = text(f"update {key.table} r set {nothing} where {key.orphans}")
        with suppress(IntegrityError), connection.begin_nested():  # refused if a row must have one
            return "emptied", connection.execute(update).rowcount
    if key.on_delete == "c" or drop_orphans:
        delete = text(f"delete from {key.table} r where {key.orphans}")
        return "left out", connection.execute(delete).rowcount
    count = text(f"select count(*) from {key.table} r where {key.orphans}")
    return "refused", connection.execute(count).scalar_one()
