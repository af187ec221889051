"""Archives of removed add-ons: one csv.gz for each table, and a manifest that vouches for them."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, text

from dougong.db.catalogue import ForeignKey, StoredTable
from dougong.errors import SetupError

MANIFEST = "manifest.json"
NAME = re.compile(r"(.+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\w+")
"""An archive's folder: the add-ons, cut to LONGEST letters, and when."""
LONGEST = 80
FORMAT = 1
BLOCK = 1 << 20
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
    files: ArchivedTable | None = None
    """Those that hang on its records; their bytes are in the folder `files`."""


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


def be_exact(connection: Connection) -> None:
    """Have this transaction write and read values in one way only."""
    for statement in EXACT:
        connection.execute(text(statement))


def read_archive(folder: Path) -> Archive:
    """The manifest of an archive, checked against its own hash; the files are not read.

    Raises SetupError when there is none, or when it is damaged.
    """
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        claimed = content.pop("sha256")
        if claimed != hash_of(content) or content["format"] != FORMAT:
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
    files = ArchivedTable(**part["files"]) if part.get("files") else None
    return ArchivedPart(**{**part, "tables": tuple(tables), "foreign_keys": keys, "files": files})


def check_files(archive: Archive, part: str) -> None:
    """Raise SetupError when a file of this part is missing or not what was written."""
    from dougong.builtin.files.moving import check_archived

    check_archived(archive, part)
    for table in archive.parts[part].tables:
        try:
            found = file_hash(archive.folder / table.file)
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


def hash_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of a manifest's content."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    file: BinaryIO
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
