"""The files of an add-on's records, when it is removed, restored, or its rows are lost."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, text

from dougong.addons.archive import Archive, ArchivedTable, damaged, file_hash
from dougong.builtin.disk import sync
from dougong.db.catalogue import tables_of
from dougong.errors import SetupError

FOLDER = "files"
COLUMNS = (
    *("id", "version", "created_at", "created_by_id", "updated_at", "updated_by_id"),
    *("name", "size", "content_type", "sha256", "entity", "number", "record"),
)
LISTED = ", ".join(COLUMNS)
OF = "split_part(entity, '.', 1)"
BLOCK = 1 << 20


def count_files(connection: Connection, part: str) -> tuple[int, int]:
    """How many files hang on a part's records, and how many bytes they have, each counted."""
    found = text(f"select count(*), coalesce(sum(size), 0) from dougong.file where {OF} = :part")
    number, size = connection.execute(found, {"part": part}).one()
    return int(number), int(size)


def forget_files(connection: Connection, parts: Iterable[str]) -> None:
    """Let go of the files of parts whose records are gone; their bytes are swept later."""
    statement = text(f"delete from dougong.file where {OF} = any(:parts)")
    connection.execute(statement, {"parts": [*parts]})


def archive_files(
    connection: Connection, part: str, folder: Path, home: Path
) -> ArchivedTable | None:
    """Write the files of a part's records beside its tables; None where it has none.

    Raises SetupError where bytes are missing, or are not those that were kept.
    """
    rows, _size = count_files(connection, part)
    if not rows:
        return None
    name = f"{part}.~files.csv.gz"
    cursor = connection.connection.cursor()
    copy = (
        f"copy (select {LISTED} from dougong.file where {OF} = {_literal(part)} order by id) "
        "to stdout (format csv, header, force_quote *, encoding 'UTF8')"
    )
    with (
        (folder / name).open("xb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
        cursor.copy(copy) as blocks,
    ):
        packed.writelines(blocks)
    (folder / FOLDER).mkdir(exist_ok=True, mode=0o700)
    kept = text(f"select distinct sha256 from dougong.file where {OF} = :part")
    _copy_out(connection.scalars(kept, {"part": part}), folder / FOLDER, home)
    columns = tuple((column, "text") for column in COLUMNS)
    return ArchivedTable("files", name, columns, rows, file_hash(folder / name), None)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _copy_out(kept: Iterable[str], folder: Path, home: Path) -> None:
    from dougong.builtin.files.stores import store_of

    store = store_of(home)
    for sha256 in kept:
        target = folder / sha256
        if target.exists():  # of another part's record, too
            continue
        try:
            with store.open(sha256) as source, target.open("xb") as file:
                found = _copied(source, file)
        except FileNotFoundError:
            found = ""
        if found != sha256:
            raise SetupError(
                f"The bytes {sha256} of a file are missing in the store, or are others now.",
                fix="bring them back from a backup, or remove the files that have them.",
            )
        sync(target)
    sync(folder)


def _copied(source: IO[bytes], target: IO[bytes]) -> str:
    found = hashlib.sha256()
    while block := source.read(BLOCK):
        found.update(block)
        target.write(block)
    return found.hexdigest()


# Coming back -----------------------------------------------------------------------------------


def check_archived(archive: Archive, part: str) -> None:
    """Raise SetupError when a file of this part's records is missing or not what was written."""
    files = archive.parts[part].files
    if files is None:
        return
    try:
        if file_hash(archive.folder / files.file) != files.sha256:
            raise damaged(archive.folder, f"{files.file} is not what was written")
        for sha256 in {row["sha256"] for row in _rows(archive, files)}:
            if file_hash(archive.folder / FOLDER / sha256) != sha256:
                raise damaged(archive.folder, f"{FOLDER}/{sha256} is not what was written")
    except OSError as problem:
        raise damaged(archive.folder, str(problem)) from problem


def _rows(archive: Archive, files: ArchivedTable) -> Iterator[Mapping[str, str]]:
    with gzip.open(archive.folder / files.file, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def keep_archived(engine: Engine, found: Mapping[str, Any], home: Path) -> None:
    """Put the bytes of files that come back into the store, before their rows do."""
    from dougong.builtin.files.keeping import keep_bytes
    from dougong.builtin.files.stores import store_of

    for archive, files in _archived(found):
        store = store_of(home)
        for sha256 in {row["sha256"] for row in _rows(archive, files)}:
            with (archive.folder / FOLDER / sha256).open("rb") as source:
                keep_bytes(engine, iter(lambda: source.read(BLOCK), b""), store)


def _archived(found: Mapping[str, Any]) -> Iterator[tuple[Archive, ArchivedTable]]:
    for part, source in found.items():
        if isinstance(source, Archive) and (files := source.parts[part].files) is not None:
            yield source, files


def bring_back(connection: Connection, found: Mapping[str, Any]) -> None:
    """Hang files on the records that have come back; those of records that have not, are left."""
    for archive, files in _archived(found):
        connection.execute(
            text("create temp table coming (like dougong.file) on commit drop"),
        )
        with (
            gzip.open(archive.folder / files.file, "rb") as packed,
            connection.connection.cursor().copy(
                f"copy pg_temp.coming ({LISTED}) from stdin (format csv, header match)"
            ) as rows,
        ):
            while block := packed.read(BLOCK):
                rows.write(block)
        entities: Sequence[str] = connection.scalars(
            text("select distinct entity from pg_temp.coming")
        ).all()
        for entity in entities:
            _bring(connection, entity)
        connection.execute(text("drop table pg_temp.coming"))


def _bring(connection: Connection, entity: str) -> None:
    schema, _, name = entity.partition(".")
    table = next((one for one in tables_of(connection, schema) if one.name == name), None)
    if table is None:
        return
    person = 'select id from dougong."user" where id ='
    taken = LISTED.replace("created_by_id", f"({person} created_by_id)")
    taken = taken.replace("updated_by_id", f"({person} updated_by_id)")
    statement = f"""
insert into dougong.file ({LISTED}) overriding system value select {taken} from pg_temp.coming c
 where entity = :entity and exists (select from {table.quoted} r where r.id = c.number)"""
    connection.execute(text(statement), {"entity": entity})
