"""Bytes in a bucket of an S3-compatible server; needs `dougong[s3]`.

Who we are and where the server is stand in the variables that every such program reads:
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self, cast
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

PATIENCE = "30s"
BUFFER = 1 << 20
AT_ONCE = 4


class Bucket:
    """A bucket, or what lies below a prefix in it: `ab/abcdef…`."""

    def __init__(self, place: str, incoming: Path) -> None:
        """`place` is `s3://bucket/prefix`."""
        self.incoming = incoming
        parts = urlsplit(place)
        given: Any = {
            "prefix": parts.path.strip("/") or None,
            # Without TLS only where the operator has named such a server.
            "client_options": {"timeout": PATIENCE, "allow_http": True},
        }
        self._bucket = S3Store(parts.netloc, **given)

    @staticmethod
    def _key(sha256: str) -> str:
        return f"{sha256[:2]}/{sha256}"

    def put(self, sha256: str, path: Path) -> None:
        """Keep what a file has; the server shows it whole or not at all."""
        if self._size(sha256) != path.stat().st_size:
            with path.open("rb") as file, _as_os_errors():
                obstore.put(self._bucket, self._key(sha256), file, max_concurrency=AT_ONCE)

    def _size(self, sha256: str) -> int | None:
        with suppress(FileNotFoundError), _as_os_errors():
            return obstore.head(self._bucket, self._key(sha256))["size"]
        return None

    def open(self, sha256: str) -> BinaryIO:
        """The bytes, to read and seek; raises FileNotFoundError."""
        with _as_os_errors():
            found = obstore.open_reader(self._bucket, self._key(sha256), buffer_size=BUFFER)
        return cast(BinaryIO, Opened(found))

    def remove(self, sha256: str) -> None:
        """Let go of them."""
        with suppress(FileNotFoundError), _as_os_errors():
            obstore.delete(self._bucket, self._key(sha256))

    def listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """What is kept whose hash begins with two letters, and since when."""
        with _as_os_errors():
            for some in obstore.list(self._bucket, prefix):
                for one in some:
                    yield one["path"].rpartition("/")[2], one["last_modified"]


class Opened:
    """A file of the bucket that reads plain bytes."""

    def __init__(self, found: obstore.ReadableFile) -> None:
        self._found = found

    def read(self, size: int = -1) -> bytes:
        """So many bytes, or all that are left."""
        with _as_os_errors():
            return bytes(self._found.read(None if size < 0 else size))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go somewhere else."""
        return self._found.seek(offset, whence)

    def close(self) -> None:
        """Be done."""
        self._found.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self.close()


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """What the server refuses, as the error of a disk: who asks may try later."""
    try:
        yield
    except BaseError as problem:
        raise OSError(f"The store of files cannot be used: {problem}") from problem
