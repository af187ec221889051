"""Recovering an installation from a backup, into an empty database of any server."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from dougong.addons.archive import (
    Archive,
    be_exact,
    check_files,
    damaged,
    read_archive,
)
from dougong.addons.discovery import core_part, parts_of
from dougong.addons.install import bring_to_code, check_available
from dougong.addons.installed import check_unused
from dougong.addons.kept import add_keys
from dougong.addons.manifest import Part
from dougong.addons.migrations import create_schema, current, upgrade
from dougong.addons.rehearsal import rehearse
from dougong.addons.restore import load
from dougong.addons.state import next_generation
from dougong.builtin.audit.sealing import begin_era
from dougong.builtin.backup.writing import FOLDERS, JOBS, LISTED, Backup, files_in, hashes_of
from dougong.builtin.jobs.queue import ask_again, prepare_queue
from dougong.db.locks import exclusively
from dougong.db.naming import CORE
from dougong.errors import SetupError


def recover(engine: Engine, home: Path, source: Path) -> Backup:
    """Make an empty database, and the home, what they were when the backup was written.

    Add-ons come at the version that their code has here, if that is not older. Who was following
    changes begins anew: the change log is empty. Raises SetupError, with the database as it was,
    when the backup is damaged, the database is not empty, or an add-on's code is missing.
    """
    with engine.connect() as connection:
        if current(connection, CORE) is not None:
            raise SetupError(
                "This database has an installation already.",
                fix="recover into an empty database, or with another --home.",
            )
        check_unused(connection)
    with _opened(source) as folder:
        archive = _checked(folder)
        names = [name for name in archive.parts if name != CORE]
        addons = [name for name in names if "__" not in name]
        check_available(addons)
        known = {part.name: part for part in parts_of(rehearse(addons).addons)}
        gone = [name for name in names if name not in known]
        if gone:
            raise SetupError(
                f"The backup has the bridge {', '.join(gone)}, which the code here has not.",
                fix="install the versions of the add-ons that have it.",
            )
        files = _bring_files(folder, home)
        parts = [known[name] for name in names]
        exclusively(engine, lambda connection: _recover(connection, archive, parts))
        return Backup(archive, files)


@contextmanager
def _opened(source: Path) -> Iterator[Path]:
    """The backup as a folder."""
    if source.is_dir():
        yield source
        return
    with tempfile.TemporaryDirectory(dir=source.absolute().parent) as folder:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as problem:
            raise damaged(source, str(problem)) from problem
        yield Path(folder)


def _checked(folder: Path) -> Archive:
    """What is in a backup; raises SetupError unless all of it is as it was written."""
    archive = read_archive(folder)
    for name in archive.parts:
        check_files(archive, name)
    try:
        listed = json.loads((folder / LISTED).read_text("utf-8"))
        found = hashes_of(folder)
    except (OSError, ValueError) as problem:
        raise damaged(folder, f"{LISTED}: {problem}") from problem
    if CORE not in archive.parts:
        raise damaged(folder, "it is an add-on's archive, and no backup")
    if wrong := sorted(path for path, _ in listed.items() ^ found.items()):
        raise damaged(folder, f"{wrong[0]} is not what was written")
    return archive


def _bring_files(folder: Path, home: Path) -> int:
    """Copy archives and files to the home; what is there already, of an attempt before, stays."""
    for name in FOLDERS:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, home / name, dirs_exist_ok=True)
    return sum(1 for _ in files_in(folder))


def _recover(connection: Connection, archive: Archive, parts: Sequence[Part]) -> int:
    be_exact(connection)
    keys = []
    for part in (core_part(), *parts):
        create_schema(connection, part)
        keys += load(connection, part, archive)
        if part.name == CORE:
            begin_era(connection)
    add_keys(connection, keys)
    upgrade(connection, core_part())
    for part in parts:
        bring_to_code(connection, part)
    prepare_queue(connection)
    waiting = archive.folder / JOBS
    if waiting.is_file():
        ask_again(connection, json.loads(waiting.read_text("utf-8")))
    return next_generation(connection)
