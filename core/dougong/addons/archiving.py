"""Writing archives: all rows of some parts as one moment has them, complete and on disk, or nothing."""

from __future__ import annotations

import gzip
import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from dougong.addons.archive import (
    FORMAT,
    LONGEST,
    MANIFEST,
    Archive,
    ArchivedPart,
    ArchivedTable,
    be_exact,
    file_hash,
    hash_of,
    read_archive,
)
from dougong.addons.manifest import Part
from dougong.addons.migrations import current
from dougong.addons.state import RecordedPart, current_generation
from dougong.builtin.disk import UNFINISHED, sync
from dougong.builtin.files.moving import archive_files
from dougong.db.catalogue import StoredTable, foreign_keys_of, last_id, stored_bytes, tables_of
from dougong.errors import SetupError

MEGABYTE = 1 << 20


def write_archive(engine: Engine, parts: Sequence[RecordedPart], archives: Path) -> Archive:
    """Write the tables of these parts, as one moment has them, to a new folder in `archives`.

    The folder appears when it is complete and on disk. Raises SetupError when it cannot be written.
    """
    names = "+".join(part.name for part in parts if not part.is_bridge)[:LONGEST]
    now = datetime.now(UTC)
    check_space(engine, [part.name for part in parts], archives)
    final = archives / f"{names}-{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    try:
        archives.mkdir(parents=True, exist_ok=True)
        for killed in archives.glob(f"{UNFINISHED}{names}-*"):
            shutil.rmtree(killed)
        unfinished = archives / f"{UNFINISHED}{final.name}"
        unfinished.mkdir(mode=0o700)
        with moment(engine) as connection:
            filled = [_with_files(connection, part, unfinished) for part in parts]
            write_manifest(unfinished, filled, now, current_generation(connection))
        sync(*unfinished.iterdir(), unfinished)
        unfinished.rename(final)
        sync(archives)
    except OSError as problem:
        raise SetupError(
            f"The archive {final} cannot be written: {problem}.",
            fix="free space there or make the folder writable, then start the removal again.",
        ) from problem
    return read_archive(final)


def _with_files(connection: Connection, part: RecordedPart, folder: Path) -> ArchivedPart:
    files = archive_files(connection, part.name, folder, folder.parent.parent)
    return replace(archive_part(connection, part, folder), files=files)


@contextmanager
def moment(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment, and shows values in one way only."""
    with engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        be_exact(connection)
        yield connection


def write_manifest(
    folder: Path, parts: Sequence[ArchivedPart], now: datetime, generation: int
) -> None:
    """Say what is in a folder, in a way that shows every change of it."""
    content = {
        "format": FORMAT,
        "created_at": now.isoformat(),
        "generation": generation,
        "parts": [asdict(part) for part in parts],
    }
    manifest = json.dumps({**content, "sha256": hash_of(content)}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_bytes(manifest.encode())


def check_space(engine: Engine, schemas: Sequence[str], folder: Path) -> None:
    """Raise SetupError when these schemas' rows, packed, may not find room in a folder.

    They take less than their tables do; how much less is not known before.
    """
    there = next(one for one in (folder, *folder.absolute().parents) if one.is_dir())
    with engine.connect() as connection:
        needed = stored_bytes(connection, schemas)
    free = shutil.disk_usage(there).free
    if free < needed:
        raise SetupError(
            f"The disk of {folder} has {free // MEGABYTE} MB free, and the rows to write there "
            f"take up to {needed // MEGABYTE + 1} MB.",
            fix="free space there, then run the command again.",
        )


def archive_part(
    connection: Connection, part: RecordedPart | Part, folder: Path, without: Sequence[str] = ()
) -> ArchivedPart:
    """Write the tables of a part to files in `folder`, all of them or all but some."""
    return ArchivedPart(
        part.name,
        part.package,
        part.version,
        current(connection, part.name),
        tuple(
            _archive_table(connection, table, folder)
            for table in tables_of(connection, part.name)
            if table.name not in without
        ),
        tuple(foreign_keys_of(connection, part.name)),
    )


def _archive_table(connection: Connection, table: StoredTable, folder: Path) -> ArchivedTable:
    name = f"{table.schema}.{table.name}.csv.gz"
    order = f" order by {table.list_of(table.key)}" if table.key else ""
    copy = (
        f"copy (select {table.list_of()} from {table.quoted}{order}) "
        "to stdout (format csv, header, force_quote *, encoding 'UTF8')"
    )
    cursor = connection.connection.cursor()
    with (
        (folder / name).open("xb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        cursor.copy(copy) as blocks,
    ):
        packed.writelines(blocks)
    return ArchivedTable(
        table.name,
        name,
        table.columns,
        cursor.rowcount,
        file_hash(folder / name),
        last_id(connection, table),
    )
