"""Reads that take long: found by one timer for all of them, and ended when their client has left."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive

LOOKED_AFTER_SECONDS = 0.05
"""How often it is looked for reads that take long; these are ended when their client leaves."""


class Watched:
    """The read pool for one request; a long statement ends when the client has left."""

    def __init__(self, reads: Any, receive: Receive, lookout: Lookout) -> None:
        self.left = False
        self._reads = reads
        self._receive = receive
        self._lookout = lookout
        self._task: asyncio.Task[Any] | None = None
        self._watching: asyncio.Task[None] | None = None

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The statement's one row; cancels the request's task when the client leaves."""
        self._task = asyncio.current_task()
        self._lookout.add(self)
        try:
            return await self._reads.fetchrow(sql, *arguments)  # type: ignore[no-any-return]
        finally:
            self._lookout.reading.discard(self)
            if self._watching:
                self._watching.cancel()

    def watch(self) -> None:
        """Cancel the request's task when the client leaves."""
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._until_left())

    async def _until_left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.left = self._task is not None and self._task.cancel()


class Lookout:
    """Finds the reads that take long: a timer for all of them, not for each."""

    def __init__(self) -> None:
        self.reading: set[Watched] = set()
        self._before: set[Watched] = set()
        self._waits = False

    def add(self, read: Watched) -> None:
        """A read begins."""
        self.reading.add(read)
        if not self._waits:
            self._wait()

    def _wait(self) -> None:
        self._waits = True
        asyncio.get_running_loop().call_later(LOOKED_AFTER_SECONDS, self._look)

    def _look(self) -> None:
        """Watch what was there the last time too."""
        for read in self.reading & self._before:
            read.watch()
        self._before = self.reading.copy()
        self._waits = False
        if self.reading:
            self._wait()
