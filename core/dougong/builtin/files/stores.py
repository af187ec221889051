"""Where bytes are kept, each under its SHA-256: a folder, or what an S3-compatible server has."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from dougong.builtin.disk import UNFINISHED, sync
from dougong.builtin.files.settings import settings
from dougong.errors import SetupError

S3 = "s3://"
PIECE = 1 << 18


class Store(Protocol):
    """What keeps bytes. Putting, and removing what is not there, may be done any number of times."""

    incoming: Path
    """The folder in which uploads gather before they are put."""

    def put(self, sha256: str, path: Path) -> None:
        """Keep what a file has; it is on the disk, or with the server, when this returns."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, to read and seek; raises FileNotFoundError."""
        ...

    def remove(self, sha256: str) -> None:
        """Let go of them."""

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """What is kept whose hash begins with two letters, and since when."""
        ...


class Folder:
    """A folder: `ab/abcdef…`, with what is not finished beside."""

    def __init__(self, folder: Path) -> None:
        self.incoming = self._folder = folder

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    def put(self, sha256: str, path: Path) -> None:
        """Keep what a file of `incoming` has; the file is moved, or stays where it is not needed."""
        kept = self._path(sha256)
        if kept.is_file() and kept.stat().st_size == path.stat().st_size:
            return
        if not kept.parent.is_dir():
            kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync(self._folder)
        sync(path)
        path.replace(kept)
        sync(kept.parent)

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, to read and seek; raises FileNotFoundError."""
        return self._path(sha256).open("rb")

    def remove(self, sha256: str) -> None:
        """Let go of them."""
        self._path(sha256).unlink(missing_ok=True)

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """What is kept whose hash begins with two letters, and since when."""
        with suppress(FileNotFoundError):
            for one in os.scandir(self._folder / prefix):
                with suppress(FileNotFoundError):
                    yield one.name, datetime.fromtimestamp(one.stat().st_mtime, UTC)


@lru_cache(8)
def _store(place: str, incoming: Path) -> Store:
    if not place.startswith(S3):
        return Folder(Path(place))
    try:
        from dougong.builtin.files.s3 import Bucket
    except ImportError as problem:
        raise SetupError(
            f"Files are to be kept at {place}, but {problem.name} is not installed.",
            fix="install dougong[s3].",
        ) from None
    return Bucket(place, incoming)


def store_of(home: Path | None = None) -> Store:
    """The store of this installation; raises SetupError for what is set wrongly."""
    known = settings(folder=home)
    from dougong.builtin.files.settings import home as of_process

    return _store(known.place, (home or of_process()) / "files")


class Incoming:
    """A file that arrives piece by piece: counted and hashed on the way, gone unless it is put."""

    def __init__(self, store: Store) -> None:
        store.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = store.incoming / f"{UNFINISHED}{secrets.token_hex(12)}"
        self.size = 0
        self._file = self.path.open("xb")
        self._hash = hashlib.sha256()

    def write(self, piece: bytes | bytearray) -> None:
        """Add what has come."""
        self.size += len(piece)
        self._hash.update(piece)
        self._file.write(piece)

    def finish(self) -> str:
        """Have all of it on the disk; its hash."""
        if not self._file.closed:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        return self._hash.hexdigest()

    def drop(self) -> None:
        """Let go of what has come, if it was not put."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.drop()


def sweep_unfinished(folder: Path, older: float) -> int:
    """Remove what killed processes have left, if it is older than so many seconds; how much."""
    swept = 0
    for one in folder.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):
            if one.stat().st_mtime < time.time() - older:
                one.unlink()
                swept += 1
    return swept
