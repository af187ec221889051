"""A file as an HTTP response: all of it or a range, in pieces, never as a page of ours."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from dougong.builtin.files.kinds import KINDS

PIECE = 1 << 18
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class Shown:
    """What is told of a file to who downloads it."""

    name: str
    size: int
    content_type: str
    sha256: str

    @property
    def etag(self) -> str:
        """What tells these bytes from others."""
        return f'"{self.sha256}"'

    def headers(self) -> dict[str, str]:
        """How it is to be treated: kept for oneself, run by nobody."""
        kind = KINDS.get(self.content_type)
        way = "inline" if kind is not None and kind.shown else "attachment"
        text = self.content_type.startswith("text/")
        return {
            "content-type": f"{self.content_type}; charset=utf-8" if text else self.content_type,
            "content-disposition": f"{way}; filename*=UTF-8''{quote(self.name, safe='')}",
            "etag": self.etag,
            "accept-ranges": "bytes",
            "cache-control": "private, no-cache",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-site",
            "referrer-policy": "no-referrer",
        }


def asked_range(said: str | None, size: int) -> tuple[int, int] | None:
    """From where to where (not included) is asked; None for all. Raises ValueError for nowhere.

    Several ranges, and what is no range, get all of it.
    """
    found = RANGE.fullmatch((said or "").strip().replace(" ", ""))
    if found is None or found.group(1) == found.group(2) == "":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size or end <= start:
        raise ValueError(said)
    return start, end


class FileResponse:
    """The answer to a download; bytes are read in another thread, as fast as they are taken."""

    def __init__(
        self, shown: Shown, headers: Headers, opened: Callable[[], BinaryIO], threads: Executor
    ) -> None:
        self._shown = shown
        self._opened = opened
        self._threads = threads
        self._said = shown.headers()
        self._start, self._end = 0, shown.size
        self._status = 200
        if _is_known(headers.get("if-none-match"), shown.etag):
            self._status, self._end = 304, 0
        elif headers.get("if-range") in (None, shown.etag):
            self._narrow(headers.get("range"))
        if self._status != 304:
            self._said["content-length"] = str(self._end - self._start)

    def _narrow(self, asked: str | None) -> None:
        size = self._shown.size
        try:
            found = asked_range(asked, size)
        except ValueError:
            self._status, self._end = 416, 0
            self._said["content-range"] = f"bytes */{size}"
            return
        if found is not None:
            self._status, (self._start, self._end) = 206, found
            self._said["content-range"] = f"bytes {self._start}-{self._end - 1}/{size}"

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it; raises FileNotFoundError, with nothing sent, where the bytes are not there."""
        left = 0 if scope["method"] == "HEAD" else self._end - self._start
        in_thread = asyncio.get_running_loop().run_in_executor
        file = await in_thread(self._threads, self._opened) if left else None
        try:
            headers = [
                (name.encode(), value.encode("latin-1")) for name, value in self._said.items()
            ]
            await send({"type": "http.response.start", "status": self._status, "headers": headers})
            if file is not None:
                await in_thread(self._threads, file.seek, self._start)
            while file is not None and left:
                piece = await in_thread(self._threads, file.read, min(PIECE, left))
                if not piece:
                    raise OSError(f"{self._shown.sha256} ends {left} bytes early")
                left -= len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": left > 0})
        finally:
            if file is not None:
                await in_thread(self._threads, file.close)
        if file is None:
            await send({"type": "http.response.body", "body": b""})


def _is_known(said: str | None, etag: str) -> bool:
    """Whether the client has these bytes already."""
    return said is not None and (said.strip() == "*" or etag in said.replace("W/", ""))
