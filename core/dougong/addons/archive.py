"""Archives of removed add-ons: one csv.gz for each table, and a manifest that vouches for them."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine, text

from dougong.addons.manifest import Part
from dougong.addons.migrations import current
from dougong.addons.state import RecordedPart, current_generation
from dougong.db.catalogue import (
    ForeignKey,
    StoredTable,
    foreign_keys_of,
    last_id,
    stored_bytes,
    tables_of,
)
from dougong.errors import SetupError

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished-"
NAME = re.compile(r"(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\w+")
"""An archive's folder: the add-ons, cut to LONGEST letters, and when."""
LONGEST = 80
FORMAT = 1
BLOCK = MEGABYTE = 1 << 20
EXACT = (
    "set local datestyle = 'ISO, YMD'",
    "set local intervalstyle = 'postgres'",
    "set local extra_float_digits = 1",
    "set local bytea_output = 'hex'",
)
"""How values are written as text, on the way out and on the way in, whatever the server's taste."""


@dataclass(frozen=True)
class ArchivedTable:
    """One table: its file and what is in it."""

    name: str
    file: str
    columns: tuple[tuple[str, str], ...]
    rows: int
    sha256: str
    last_id: int | None


@dataclass(frozen=True)
class ArchivedPart:
    """One add-on or bridge as it was when it was removed."""

    name: str
    package: str
    version: str
    revision: str | None
    tables: tuple[ArchivedTable, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()


@dataclass(frozen=True)
class Archive:
    """The parts that went in one removal."""

    folder: Path
    created_at: str
    parts: Mapping[str, ArchivedPart]
    problem: SetupError | None = None
    """Why nobody can tell what is in it."""

    def may_have(self, part: str) -> bool:
        """Whether a part is in it; when nobody can tell, whether its name says so."""
        named = NAME.fullmatch(self.folder.name)
        if self.problem is None or named is None:
            return part in self.parts
        addons = set(named[1].split("+"))
        return len(named[1]) >= LONGEST or not addons.isdisjoint((part, *part.split("__")))

    def count(self, part: str) -> int:
        """How many rows of a part it has."""
        return sum(table.rows for table in self.parts[part].tables) if part in self.parts else 0


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
            filled = [archive_part(connection, part, unfinished) for part in parts]
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
    manifest = json.dumps({**content, "sha256": _hash_of(content)}, indent=1, ensure_ascii=False)
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


def be_exact(connection: Connection) -> None:
    """Have this transaction write and read values in one way only."""
    for statement in EXACT:
        connection.execute(text(statement))


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
        _file_hash(folder / name),
        last_id(connection, table),
    )


def sync(*paths: Path) -> None:
    """Have files and folders on the disk."""
    for path in paths:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def read_archive(folder: Path) -> Archive:
    """The manifest of an archive, checked against its own hash; the files are not read.

    Raises SetupError when there is none, or when it is damaged.
    """
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        claimed = content.pop("sha256")
        if claimed != _hash_of(content) or content["format"] != FORMAT:
            raise ValueError("its content is not what was written")
        parts = [_part_from(part) for part in content["parts"]]
        return Archive(folder, content["created_at"], {part.name: part for part in parts})
    except FileNotFoundError:
        raise SetupError(
            f"{folder} is not an archive: it has no {MANIFEST}.",
            fix="name a folder that a removal wrote, in archives/ of DOUGONG_HOME.",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise damaged(folder, f"{MANIFEST}: {problem}") from problem


def _part_from(part: dict[str, Any]) -> ArchivedPart:
    tables = []
    for table in part["tables"]:
        if Path(table["file"]).name != table["file"]:
            raise ValueError(f"{table['file']} is not a file name")
        columns = tuple((name, kind) for name, kind in table["columns"])
        tables.append(ArchivedTable(**{**table, "columns": columns}))
    keys = tuple(map(ForeignKey.from_json, part.get("foreign_keys", ())))
    return ArchivedPart(**{**part, "tables": tuple(tables), "foreign_keys": keys})


def check_files(archive: Archive, part: str) -> None:
    """Raise SetupError when a file of this part is missing or not what was written."""
    for table in archive.parts[part].tables:
        try:
            found = _file_hash(archive.folder / table.file)
        except OSError as problem:
            raise damaged(archive.folder, f"{table.file}: {problem.strerror}") from problem
        if found != table.sha256:
            raise damaged(archive.folder, f"{table.file} is not what was written")


def damaged(folder: Path, why: str) -> SetupError:
    """The error for an archive that cannot be trusted."""
    return SetupError(
        f"The archive {folder} is damaged: {why}. Nothing was restored.",
        fix="bring the folder back from a backup, or name another one with --archive.",
    )


def archive_named(archives: Path, name: str | None) -> Path | None:
    """The folder of the archive with this name; raises SetupError when there is none."""
    if name is None:
        return None
    if name in {one.name for one in archives.glob("[!.]*/")}:
        return archives / name
    raise SetupError(f"There is no archive {name}.", fix="ask for `addons`: it names all archives.")


def archives_in(folder: Path) -> list[Archive]:
    """The archives in a folder, the newest first; damaged ones with their problem and no parts."""
    found = [_read_or_doubted(one) for one in sorted(folder.glob("[!.]*/"))]
    return sorted(found, key=lambda archive: archive.created_at, reverse=True)


def _read_or_doubted(folder: Path) -> Archive:
    try:
        return read_archive(folder)
    except SetupError as problem:
        named = NAME.fullmatch(folder.name)
        when = "{1}-{2}-{3}T{4}:{5}:{6}.999999".format(*named.groups()) if named else ""
        return Archive(folder, when, {}, problem)


def _rows_of(archive: Archive, table: ArchivedTable) -> Iterator[bytes]:
    """The rows of a table as COPY wrote them, in blocks."""
    with gzip.open(archive.folder / table.file, "rb") as packed:
        while block := packed.read(BLOCK):
            yield block


def copy_in(
    connection: Connection, table: StoredTable, archive: Archive, archived: ArchivedTable
) -> None:
    """Fill a table with the rows of an archived one; raises SetupError when some are missing."""
    copy = (
        f"copy {table.quoted} ({table.list_of()}) "
        "from stdin (format csv, header match, encoding 'UTF8')"
    )
    cursor = connection.connection.cursor()
    with cursor.copy(copy) as rows:
        for block in _rows_of(archive, archived):
            rows.write(block)
    if cursor.rowcount != archived.rows:
        raise damaged(archive.folder, f"{archived.file} has {cursor.rowcount} rows")


def _hash_of(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _file_hash(path: Path) -> str:
    file: BinaryIO
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
