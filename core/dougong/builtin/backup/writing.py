"""Writing a backup: all rows as one moment has them, the archives, and the files of the home."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from dougong.addons.archive import Archive, file_hash, read_archive
from dougong.addons.archiving import (
    archive_part,
    check_space,
    moment,
    write_manifest,
)
from dougong.addons.discovery import core_part
from dougong.addons.install import check_not_removing
from dougong.addons.kept import Kept, kept_parts
from dougong.addons.manifest import Part
from dougong.addons.state import PartState, current_generation, recorded_parts
from dougong.builtin.disk import UNFINISHED, sync
from dougong.builtin.jobs.queue import those_waiting
from dougong.db.locks import lifecycle
from dougong.db.naming import CORE
from dougong.errors import SetupError

FOLDERS = ("archives", "files")
"""Of the installation's home, what a backup has."""
LISTED = "files.json"
JOBS = "jobs.json"
"""The file that has the jobs that wait."""
LEFT_OUT = (
    *("change", "position_key", "worker", "kept", "upload"),
    *("import_upload", "import_upload_part", "export_asked"),
)
"""Tables of the core that mean nothing on another server."""


@dataclass(frozen=True)
class Backup:
    """What is in a backup."""

    archive: Archive
    """The rows: one part for the core, one for each add-on and bridge."""
    files: int
    """How many files of the home there are, those of archives included."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.archive.count(name) for name in self.archive.parts)


def write_backup(engine: Engine, home: Path, target: Path) -> Backup:
    """Write everything that an installation is, but its code and configuration, to `target`.

    `target` is a new folder, or, ending in `.tar`, a file. What is kept of removed add-ons becomes
    an archive in it. It appears when it is complete. Raises SetupError when it cannot be written.
    """
    if target.exists():
        raise SetupError(f"{target} is there already.", fix="name a file or folder that is not.")
    try:
        with lifecycle(engine), _unfinished(target) as folder:
            written = _fill(engine, home, folder)
            if target.suffix == ".tar":
                packed = folder.with_suffix(".packing")
                with tarfile.open(packed, "w") as tar:
                    tar.add(folder, ".")
                sync(packed)
                packed.rename(target)
            else:
                folder.rename(target)
            sync(target.absolute().parent)
    except OSError as problem:
        raise SetupError(
            f"The backup {target} cannot be written: {problem}.",
            fix="free space there or make the folder writable, then try again.",
        ) from problem
    return written


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    target.absolute().parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}backup-", dir=target.absolute().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".packing").unlink(missing_ok=True)


def _fill(engine: Engine, home: Path, folder: Path) -> Backup:
    now = datetime.now(UTC)
    with engine.connect() as connection:
        check_not_removing(recorded_parts(connection))
        parts = recorded_parts(connection, PartState.INSTALLED)
        kept = kept_parts(connection)
    schemas = [CORE, *parts, *(one.schema for one in kept.values())]
    check_space(engine, schemas, folder)
    with moment(engine) as connection:
        filled = [archive_part(connection, core_part(), folder, LEFT_OUT)]
        filled += [archive_part(connection, part, folder) for part in parts.values()]
        write_manifest(folder, filled, now, current_generation(connection))
        (folder / JOBS).write_text(json.dumps(those_waiting(connection)), "utf-8")
        for name in FOLDERS:
            if (home / name).is_dir():
                unfinished = shutil.ignore_patterns(f"{UNFINISHED}*")
                shutil.copytree(home / name, folder / name, ignore=unfinished)
        for one in kept.values():
            _archive_kept(connection, one, folder / "archives")
    listed = json.dumps(hashes_of(folder), indent=1, sort_keys=True)
    (folder / LISTED).write_text(listed, "utf-8")
    for path in (*folder.rglob("*"), folder):
        sync(path)
    return Backup(read_archive(folder), len(list(files_in(folder))))


def _archive_kept(connection: Connection, kept: Kept, archives: Path) -> None:
    """Write what is kept of a part as the archive that it might have been."""
    folder = archives / f"{kept.name}-{kept.kept_at:%Y%m%dT%H%M%SZ}-kept"
    folder.mkdir(parents=True)
    aside = Part(kept.schema, kept.package, kept.version, kept.name, ())
    part = archive_part(connection, aside, folder)
    keys = tuple(
        replace(
            key,
            table=key.table.replace(f'"{kept.schema}".', f"{kept.name}."),
            target=key.target.replace(f'"{kept.schema}".', f"{kept.name}."),
        )
        for key in (*part.foreign_keys, *kept.foreign_keys)
    )
    part = replace(part, name=kept.name, foreign_keys=keys)
    write_manifest(folder, [part], kept.kept_at, current_generation(connection))


def hashes_of(folder: Path) -> dict[str, str]:
    """What vouches for the files of a backup that are no tables."""
    listed = [path for path in (folder / JOBS,) if path.is_file()]
    return {str(path.relative_to(folder)): file_hash(path) for path in (*listed, *files_in(folder))}


def files_in(folder: Path) -> Iterator[Path]:
    """The files that a backup took from the installation's home."""
    for name in FOLDERS:
        yield from (path for path in (folder / name).rglob("*") if path.is_file())
