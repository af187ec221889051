"""One worker process: its connections, the generation it serves, and how it follows installs.

What is being prepared is built in advance, in a thread, so that swapping takes a moment only. Who
cannot swap is not ready, and ends after a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import asyncpg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dougong.access.tokens import Tokens
from dougong.addons import workers
from dougong.addons.collect import modules_of
from dougong.addons.installed import (
    Standing,
    load_generation,
    parts_named,
    parts_that_fit,
    standing,
)
from dougong.addons.state import CHANNEL
from dougong.builtin.sign_in.upkeep import upkeep
from dougong.builtin.trusted_documents import TrustedDocuments
from dougong.builtin.warming import map_entities, warm
from dougong.builtin.watching.pool import WatchedPool, watch_writes
from dougong.errors import SetupError
from dougong.generation import Generation
from dougong.graphql.mutations import MutationRunner
from dougong.graphql.mutations.idempotency import forget_expired
from dougong.live import change_log
from dougong.live.ending import end
from dougong.live.follower import ChangeReader

log = logging.getLogger("dougong.runtime")
R = TypeVar("R")
HEARTBEAT_SECONDS = 1.0
FORGET_SECONDS = 600.0
USUAL_SECONDS = sys.getswitchinterval()
SWITCH_SECONDS = 0.0005
"""How long a thread may compute while another waits, during a build."""
MAP_SECONDS = 1.0
"""How long those who ask a new worker first are left alone."""
RESTS = 4
"""How many times as long it rests as it maps, then."""
GIVE_UP_SECONDS = 5.0
"""How long a worker that cannot serve what is installed tells so before it ends."""


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
        self.reads = WatchedPool(url)
        watch_writes(engine)
        self.tokens = Tokens(self.reads)
        self.trusted = TrustedDocuments(self.reads)
        self.changes = ChangeReader(self.reads)
        self.mutations = MutationRunner(engine, self.reads, committed=self.changes.committed)
        self.failure: str | None = None
        """Why it is not ready."""
        self.end: Callable[[], None] = lambda: None
        """Ends the process; whoever serves sets it."""
        self._failing_since: float | None = None
        self._heard = -workers.ALIVE
        self._built = workers.Built()
        self._candidate: Generation | None = None
        self._littered = False
        self._work: asyncio.Task[None] | None = None
        self._told = asyncio.Event()
        self._thread = ThreadPoolExecutor(2, thread_name_prefix="runtime")
        self._swapping = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Build the generation that is installed now, and follow what comes. Raises SetupError."""
        if not hasattr(self, "generation"):
            await self._in_thread(self.load)
        await self.reads.open()
        await self._in_thread(self._report)
        besides = (self._follow(), self.changes.run(), self._forget(), self._map(), upkeep(self))
        for work in besides:
            self._tasks.append(asyncio.create_task(work))

    def load(self, generation: Generation | None = None, *, alone: bool = False) -> None:
        """Build the generation that is installed now, or take it from somebody who just did.

        start() does it unless it has been done. `alone`: this process only serves, so its code
        stays, and is not looked through for what is no longer used.
        Raises SetupError when what is installed cannot be built, or is newer than its tables.
        """
        if generation is None:
            with _gently():
                parts = parts_that_fit(self.engine)
                if alone:
                    _ = [list(modules_of(part)) for part in parts]
                    gc.freeze()
                    gc.set_threshold(20_000, 10, 10)  # much is made and let go
        self.generation = generation or self._build()

    async def stop(self) -> None:
        """End everything that was opened, in order; running mutations are waited for."""
        await end(*self._tasks)
        if self._work is not None:
            await end(self._work)
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
        """Whether this worker serves what is installed, and the others know that it lives."""
        return self.failure is None and time.monotonic() - self._heard < workers.ALIVE

    def _build(self) -> Generation:
        """What is installed now: the candidate, if it is that, or built anew."""
        with _gently():
            generation = load_generation(self.engine, self._candidate)
            _ = generation.schema
            self._warm(generation)
            return generation

    def _warm(self, coming: Generation) -> None:
        present = getattr(self, "generation", None)
        if present is not None and coming is not self._candidate:
            warm(coming, present)

    def _build_candidate(self, asked: Standing) -> workers.Built:
        """Build what shall be installed next, and say how that went."""
        try:
            with _gently():
                parts = parts_named(asked.candidate_parts or ())
                built = Generation(asked.number + 1, parts)
                said = workers.Built(asked.candidate, built.sdl)
                self._warm(built)
        except Exception as problem:
            log.exception("cannot build what shall be installed")
            return workers.Built(asked.candidate, problem=f"{type(problem).__name__}: {problem}")
        self._candidate = built
        return said

    async def _swap(self) -> None:
        try:
            built = await self._in_thread(self._build)
        except Exception as problem:
            self._fail(f"{type(problem).__name__}: {problem}")
            log.exception("cannot build what is installed now")
            return
        self.failure = self._failing_since = None
        if built.number != self.generation.number:
            self.generation = built
            self._candidate = None
            self._littered = True
            self.changes.renew()
            log.info("serving generation %s: %s", built.number, ", ".join(built.parts))
        await self._in_thread(self._report)

    def _fail(self, why: str) -> None:
        """Be not ready from now on; end when that lasts."""
        self.failure = why
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if now - self._failing_since >= GIVE_UP_SECONDS:
            log.error("ends, as it is not ready: %s", why)
            self.end()

    async def _in_thread(self, work: Callable[[], R]) -> R:
        """Do something that blocks in this runtime's own threads: one builds, one reports."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _report(self) -> Standing:
        """Say that this worker lives and what it has; returns how things stand."""
        with self.engine.begin() as connection:
            number = self.generation.number
            fenced = workers.heartbeat(connection, self.worker, number, self._built)
            forget_expired(connection)
            stands = standing(connection, fenced)
        self._heard = time.monotonic()
        return stands

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
                            async with asyncio.timeout(HEARTBEAT_SECONDS):
                                await self._told.wait()
                        await self._tidy_up()
                        self._told.clear()
                        await self._beat()
            except Exception:
                log.exception("lost the database; trying again")
                await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _map(self) -> None:
        """Map what nobody has used yet, for the first to use it would wait.

        It goes part by part, and rests in between: who asks meanwhile hardly notices.
        """
        rest = MAP_SECONDS
        for part in self.generation.contents:
            await asyncio.sleep(rest)
            began = time.monotonic()
            try:
                await self._in_thread(partial(_gently()(map_entities), part))
            except SetupError:
                log.exception("whoever uses %s will be refused", part.part.name)
            rest = RESTS * (time.monotonic() - began)

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
        """Report, and begin what is to be done unless something is being done already."""
        stands = await self._in_thread(self._report)
        if stands.fenced:
            self._fail("it was fenced off: it could not take up in time what is installed")
        elif self._work is None or self._work.done():
            self._work = asyncio.create_task(self._take_up(stands))

    async def _tidy_up(self) -> None:
        """Let go of generations that were left: once several have gathered, memory has holes."""
        if self._littered and not self._told.is_set():  # nothing more urgent
            self._littered = False
            await self._in_thread(gc.collect)

    async def _take_up(self, stands: Standing) -> None:
        if stands.number != self.generation.number:
            async with self._swapping:
                if stands.number != self.generation.number:
                    await self._swap()
        elif stands.candidate_parts is None:
            self._littered |= self._candidate is not None
            self._candidate = None
        elif stands.candidate != self._built.candidate:
            self._built = await self._in_thread(lambda: self._build_candidate(stands))
            self._told.set()


@contextlib.contextmanager
def _gently() -> Iterator[None]:
    """Build something large while requests are answered: they get the processor first."""
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(USUAL_SECONDS)
        gc.enable()
