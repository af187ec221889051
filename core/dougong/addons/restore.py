"""Restoring a removed add-on from its archive: exact, checked first, all of it or nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from dougong.addons.archive import LONGEST, Archive, be_exact, copy_in
from dougong.addons.collect import contents_of
from dougong.addons.discovery import parts_of
from dougong.addons.install import bring_to_code, check_available
from dougong.addons.kept import Kept, add_keys, drop_keys, take_back
from dougong.addons.manifest import Part
from dougong.addons.migrations import line_of, quoted, upgrade
from dougong.addons.orphans import Orphaned, Orphans, Source, refuse, settle
from dougong.addons.preparing import agree, log, prepared, undo, unlink
from dougong.addons.rehearsal import rehearse
from dougong.addons.sources import Wanted, check_absent, check_complete, rows_in, sources_of
from dougong.addons.state import next_generation
from dougong.addons.workers import WAIT
from dougong.builtin.disk import sync
from dougong.builtin.files.moving import bring_back, keep_archived
from dougong.db.catalogue import ForeignKey, continue_after, foreign_keys_of, tables_of
from dougong.db.locks import briefly, exclusively, lifecycle
from dougong.db.naming import CORE, host_of
from dougong.errors import SetupError
from dougong.generation import Generation
from dougong.workflow.restoring import put_right


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    number: int
    rows: Mapping[str, int]
    """How many rows came back, by part."""
    empty: tuple[str, ...]
    """Bridges that are there again without rows, as no archive has any (or none was wanted)."""
    archives: tuple[Path, ...]
    orphans: tuple[Orphaned, ...]
    """Rows that referred to what is gone, and what became of them."""
    rejects: Path | None
    """The folder of the files with what was left out."""
    skipped: tuple[Path, ...]
    """Folders beside the archives that are damaged, or none."""

    def count(self, what: str) -> Mapping[str, int]:
        """How many rows of each table were `left out`, or of each column `emptied`."""
        counted: Counter[str] = Counter()
        for one in self.orphans:
            if one.what == what:
                name = one.table if what == "left out" else f"{one.table}.{one.columns}"
                counted[name] += one.rows
        return counted


def restore(
    engine: Engine,
    names: Iterable[str],
    archives: Path,
    *,
    archive: Path | None = None,
    without: Iterable[str] = (),
    orphans: Orphans = Orphans.REFUSE,
    wait: float = WAIT,
    force: bool = False,
    agreed: Callable[[], object] = lambda: None,
    as_it_was: bool = False,
) -> Restored:
    """Install add-ons with the rows that they had when they were removed.

    Each part comes from the newest archive that has it, from what is kept, or from `archive`;
    bridges that become active come with their rows, except those in `without`, which begin empty.
    What refers to records that were deleted meanwhile is left out, emptied or refused, as its
    foreign key says; REJECT_FILE leaves out what would be refused, and writes all that is left out
    to files beside the archives. Raises SetupError, with nothing restored, when an archive is
    damaged or in doubt, the code is not there or too old, rows are refused, or `agreed` says so:
    it is called once nothing else can be installed any more. `as_it_was`: nobody puts right what
    happened meanwhile, `on_restore` hooks do not run.
    """
    asked = tuple(dict.fromkeys(names))
    wanted = Wanted(asked, archives, archive, tuple(without), orphans)
    check_available(asked)
    with lifecycle(engine):
        undo(engine)
        agreed()
        before = check_absent(engine, asked)
        parts, new = _new_parts(before, asked)
        log.info("tried %s", ", ".join(asked))
        found, skipped = sources_of(engine, wanted, [part.name for part in new])
        keep_archived(engine, found, archives.parent)
        rows = Counter(
            {name: sum(rows_in(engine, name, one).values()) for name, one in found.items()}
        )
        coming = Coming(new, found, orphans, hooks_of(parts, {} if as_it_was else found))
        everything = [*before, *(part.name for part in new)]
        with _rejects(wanted) as rejects, prepared(engine, everything, new) as candidate:
            keys = _prepare(engine, coming)
            agree(engine, candidate, None, wait=wait, force=force)
            number, orphaned = exclusively(
                engine,
                lambda connection: _restore(connection, coming, keys, rejects, candidate),
                first=lambda connection: _keep_vacuum_out(connection, keys),
            )
        log.info("generation %s holds", number)
    for one in orphaned:
        if one.what == "left out":
            rows[one.table.split(".")[0].strip('"')] -= one.rows
    return Restored(
        number,
        rows,
        tuple(part.name for part in new if part.name not in found),
        tuple(sorted({one.folder for one in found.values() if isinstance(one, Archive)})),
        orphaned,
        rejects if rejects and rejects.is_dir() else None,
        skipped,
    )


@dataclass(frozen=True)
class Coming:
    """What a restore adds."""

    new: Sequence[Part]
    found: Mapping[str, Source]
    orphans: Orphans
    put_right: Callable[[Connection], None]
    """Runs the hooks of those whose rows come back."""


@contextmanager
def _rejects(wanted: Wanted) -> Iterator[Path | None]:
    """The folder for what is left out; it goes where nothing was restored, or left out."""
    if wanted.orphans is not Orphans.REJECT_FILE:
        yield None
        return
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    folder = wanted.archives.parent / "rejected" / f"{'+'.join(wanted.names)[:LONGEST]}-{now}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder)
        raise
    if not any(folder.iterdir()):
        folder.rmdir()


def _new_parts(before: Sequence[str], asked: Sequence[str]) -> tuple[list[Part], list[Part]]:
    """All parts that there will be, and the new ones of them, in order."""
    there = [name for name in before if host_of(name) == name]
    addons = rehearse({*asked, *there}, before).addons
    check_complete(asked, before, addons)
    parts = parts_of(addons)
    return list(parts), [part for part in parts if part.name not in before and part.name != CORE]


def _prepare(engine: Engine, coming: Coming) -> dict[str, list[ForeignKey]]:
    """Make and fill the tables of what comes from archives, while others work.

    Returns their foreign keys, which are not there, by part. Dropping one takes both its tables
    away from everybody, readers too: so one by one, for a moment, and never beside the rows. What
    refers to parts that are kept waits until these are back.
    """
    keys: dict[str, list[ForeignKey]] = {}
    waiting = {name for name, one in coming.found.items() if isinstance(one, Kept)}
    for part in coming.new:
        source = coming.found.get(part.name)
        if waiting & {*part.needs}:
            waiting.add(part.name)
        if part.name in waiting or not isinstance(source, Archive):
            continue
        revision, line = source.parts[part.name].revision, line_of(part)
        done = line[: line.index(revision) + 1] if revision in line else [revision]
        for one in filter(None, done):
            briefly(engine, partial(upgrade, part=part, revision=one))
        with engine.connect() as connection:
            keys[part.name] = foreign_keys_of(connection, part.name)
        unlink(engine, [part.name])
        with engine.begin() as connection:
            be_exact(connection)
            fill(connection, part, source)
        log.info("filled the tables of %s", part.name)
    return keys


def _keep_vacuum_out(connection: Connection, parts: Iterable[str]) -> None:
    """Lock what was filled before anybody waits for us: else all might have been for nothing."""
    for part in parts:
        for table in tables_of(connection, part):
            connection.execute(text(f"lock table {table.quoted} in share row exclusive mode"))


def _restore(
    connection: Connection,
    coming: Coming,
    prepared_keys: Mapping[str, Sequence[ForeignKey]],
    rejects: Path | None,
    candidate: int,
) -> tuple[int, tuple[Orphaned, ...]]:
    be_exact(connection)
    if rejects is not None:  # this may be another try
        for file in rejects.iterdir():
            file.unlink()
    keys = [key for some in prepared_keys.values() for key in some]
    for part in coming.new:
        source = coming.found.get(part.name)
        if isinstance(source, Kept):
            prepared_for = quoted(connection, part.name)
            connection.execute(text(f"drop schema {prepared_for} cascade"))
            keys += take_back(connection, source)
        elif source is not None and part.name not in prepared_keys:
            keys += load(connection, part, source)
    orphaned = settle(connection, keys, coming.orphans, rejects)
    refuse(orphaned)
    if rejects is not None:
        sync(*rejects.iterdir(), rejects)
    add_keys(connection, keys)
    bring_back(connection, coming.found)
    for part in coming.new:
        bring_to_code(connection, part)
    coming.put_right(connection)
    return next_generation(connection, candidate), orphaned


def hooks_of(parts: Sequence[Part], found: Mapping[str, Source]) -> Callable[[Connection], None]:
    """What runs the `on_restore` hooks of these parts, in a generation that has all of them."""
    mine = [part for part in parts if part.name in found]
    if not any(contents_of(part).restored for part in mine):
        return lambda _connection: None
    generation = Generation(0, parts)
    since = {part.name: _gone_since(found[part.name]) for part in mine}
    return lambda connection: put_right(connection, generation, since)


def _gone_since(source: Source) -> datetime:
    """When a part was put away."""
    at = source.kept_at if isinstance(source, Kept) else datetime.fromisoformat(source.created_at)
    return at.replace(tzinfo=at.tzinfo or UTC)


def load(connection: Connection, part: Part, archive: Archive) -> list[ForeignKey]:
    """Make a part's tables as they were and fill them; returns the foreign keys to put back."""
    revision = archive.parts[part.name].revision
    if revision is not None:
        upgrade(connection, part, revision)
    keys = foreign_keys_of(connection, part.name)
    drop_keys(connection, keys)
    fill(connection, part, archive)
    return keys


def fill(connection: Connection, part: Part, archive: Archive) -> None:
    """Fill a part's tables, which have no foreign keys now: rows may come in any order.

    Raises SetupError when they are not what the archive has.
    """
    archived = archive.parts[part.name]
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
        connection.execute(text(f"alter table {table.quoted} disable trigger user"))
        connection.execute(text(f"delete from {table.quoted}"))  # what the revisions wrote
        copy_in(connection, table, archive, one)
        connection.execute(text(f"alter table {table.quoted} enable trigger user"))
        if one.last_id is not None:
            continue_after(connection, table, one.last_id)
