"""One worker process: its connections, the generation it serves, and how it follows installs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import asyncpg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dougong.access.tokens import Tokens
from dougong.addons import workers
from dougong.addons.installed import load_generation
from dougong.addons.state import CHANNEL, current_generation
from dougong.builtin.sign_in.upkeep import upkeep
from dougong.db.read_pool import ReadPool
from dougong.generation import Generation
from dougong.graphql.mutations import MutationRunner
from dougong.graphql.mutations.idempotency import forget_expired
from dougong.graphql.trusted import TrustedDocuments
from dougong.live import change_log
from dougong.live.follower import ChangeReader

log = logging.getLogger("dougong.runtime")
R = TypeVar("R")
HEARTBEAT_SECONDS = 1.0
FORGET_SECONDS = 600.0


class Runtime:
    """What a worker has open; `generation` is replaced by one assignment, never changed.

    A request takes the generation once and keeps it to its end.
    """

    generation: Generation

    def __init__(self, engine: Engine, url: str) -> None:
        """`engine` is for writing, `url` is the same database for the read-only pool."""
        self.engine = engine
        self.url = url
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self.reads = ReadPool(url)
        self.tokens = Tokens(self.reads)
        self.trusted = TrustedDocuments(self.reads)
        self.changes = ChangeReader(self.reads)
        self.mutations = MutationRunner(engine, self.reads, committed=self.changes.committed)
        self.failure: str | None = None
        self._told = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="runtime")
        self._swapping = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Build the generation that is installed now, and follow what comes.

        Raises SetupError when what is installed cannot be built.
        """
        if not hasattr(self, "generation"):
            await self._in_thread(self.load)
        await self.reads.open()
        await self._in_thread(self._report)
        for work in (self._follow(), self.changes.run(), self._forget(), upkeep(self)):
            self._tasks.append(asyncio.create_task(work))

    def load(self, generation: Generation | None = None) -> None:
        """Build the generation that is installed now, or take it from somebody who just did.

        start() does it unless it has been done.

        Raises SetupError when what is installed cannot be built.
        """
        self.generation = generation or self._build()

    async def stop(self) -> None:
        """End everything that was opened, in order; running mutations are waited for."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
        await asyncio.to_thread(self._thread.shutdown)  # what is under way is waited for
        await asyncio.to_thread(self.mutations.close)
        await self.reads.close()
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._say_goodbye)

    async def catch_up(self, than: Generation) -> None:
        """Wait until a newer generation than this is served; it was just found to be outdated."""
        async with self._swapping:
            if self.generation.number == than.number:
                await self._swap()

    @property
    def ready(self) -> bool:
        """Whether this worker serves what is installed."""
        return self.failure is None

    def _build(self) -> Generation:
        """Import, map and compose; without a collection in between, which would stall requests."""
        gc.disable()
        try:
            generation = load_generation(self.engine)
            _ = generation.schema
            return generation
        finally:
            gc.enable()

    async def _swap(self) -> None:
        try:
            built = await self._in_thread(self._build)
        except Exception as problem:
            self.failure = f"{type(problem).__name__}: {problem}"
            log.exception("cannot build what is installed now; still serving the one before")
            return
        self.failure = None
        if built.number != self.generation.number:
            self.generation = built
            self.changes.renew()
            log.info("serving generation %s: %s", built.number, ", ".join(built.parts))
        await self._in_thread(self._report)

    async def _in_thread(self, work: Callable[[], R]) -> R:
        """Do something that blocks in this runtime's own thread, one thing after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _report(self) -> int:
        """Say that this worker lives and what it serves; returns what is installed now."""
        with self.engine.begin() as connection:
            workers.heartbeat(connection, self.worker, self.generation.number)
            forget_expired(connection)
            return current_generation(connection)

    def _say_goodbye(self) -> None:
        with self.engine.begin() as connection:
            workers.leave(connection, self.worker)

    async def _follow(self) -> None:
        """Swap when told; look by ourselves every heartbeat, should a message get lost."""
        while True:
            try:
                async with self._listening() as listener:
                    while not listener.is_closed():
                        with contextlib.suppress(TimeoutError):
                            await asyncio.wait_for(self._told.wait(), HEARTBEAT_SECONDS)
                        self._told.clear()
                        await self._beat()
            except Exception:
                log.exception("lost the database; trying again")
                await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _forget(self) -> None:
        """Keep the change log from growing for ever."""
        while True:
            more = False
            with contextlib.suppress(DBAPIError):
                more = await self._in_thread(lambda: change_log.forget_oldest(self.engine))
            await asyncio.sleep(HEARTBEAT_SECONDS if more else FORGET_SECONDS)

    @contextlib.asynccontextmanager
    async def _listening(self) -> AsyncIterator[asyncpg.Connection]:
        listener = await asyncpg.connect(self.url, timeout=10)
        try:
            await listener.add_listener(CHANNEL, lambda *_: self._told.set())
            await listener.add_listener(change_log.CHANNEL, lambda *_: self.changes.wake())
            yield listener
        finally:
            listener.terminate()

    async def _beat(self) -> None:
        current = await self._in_thread(self._report)
        if current != self.generation.number:
            async with self._swapping:
                if current != self.generation.number:
                    await self._swap()
