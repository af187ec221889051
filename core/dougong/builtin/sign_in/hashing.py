"""Passwords are hashed by one thread, which rests, so that guessing does not slow the others."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret

from dougong.builtin.sign_in.settings import PASSWORD_MEMORY, USUAL_MEMORY, settings

log = logging.getLogger("dougong.sign_in")

REST = 49
"""How many times as long as a stranger's hash took the thread rests: a fiftieth of a core."""
AT_ONCE_SECONDS = 20.0
"""How much of that rest may be put off: a dozen people at the door do not wait for each other."""
MOST_WAITING = 8


class Turn(IntEnum):
    """Who is served before whom, when many want a password looked at."""

    KNOWN = 0
    """Where the account's owner has signed in: never refused, and no rest after it."""
    NEAR = 1
    """Where somebody has signed in, be it another."""
    STRANGER = 2


@cache
def hasher() -> PasswordHasher:
    """OWASP's first choice of cost: 19 MiB, about 30 ms (docs/decisions/0014)."""
    memory = settings().password_memory
    if memory < USUAL_MEMORY:
        log.warning("%s is %s: passwords are hashed too cheaply for use.", PASSWORD_MEMORY, memory)
    return PasswordHasher(time_cost=2, memory_cost=memory, parallelism=1)


class TooManyHashes(Exception):
    """More passwords wait to be looked at than is sensible."""


class HashThread:
    """Checks passwords one after the other: those of known places at once, the others in turn."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Turn, int, Callable[[], str | bool], Future[str | bool]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._rested_at = 0.0
        """When the thread will have rested for all that it has done for strangers."""
        self._seconds = 0.03
        self._thread: threading.Thread | None = None

    def make(self, password: str) -> str:
        """The hash of a new password."""
        return str(self._do(lambda: hasher().hash(password), Turn.KNOWN).result())

    def check(self, hashed: str | None, password: str, turn: Turn) -> Future[str | bool]:
        """Whether a hash is the password's; None is that of nobody, which takes as long.

        Raises TooManyHashes.
        """
        return self._do(lambda: _fits(hashed, password), turn)

    def is_full(self, turn: Turn) -> bool:
        """Whether no more can wait for such a turn."""
        return turn is not Turn.KNOWN and len(self._before(turn)) >= MOST_WAITING

    def wait(self, turn: Turn) -> float:
        """How many seconds somebody would wait who came now."""
        now = time.monotonic()
        work = self._seconds * len(self._before(turn))
        rest = max(self._rested_at, now) + work * REST - AT_ONCE_SECONDS - now
        return max(0.0, rest) + work + self._seconds

    def _before(self, turn: Turn) -> list[Turn]:
        with self._changed:
            return [one for one, *_ in self._waiting if Turn.KNOWN < one <= turn]

    def _do(self, work: Callable[[], str | bool], turn: Turn) -> Future[str | bool]:
        future: Future[str | bool] = Future()
        with self._changed:
            if self.is_full(turn):
                raise TooManyHashes
            heapq.heappush(self._waiting, (turn, next(self._numbers), work, future))
            self._changed.notify()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="passwords", daemon=True)
                self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            turn, work, future = self._next()
            if not future.set_running_or_notify_cancel():
                continue
            began = time.thread_time()  # while others are busy, a hash takes long but no more CPU
            try:
                future.set_result(work())
            except Exception as problem:  # noqa: BLE001 - whoever waits is told
                future.set_exception(problem)
            self._seconds = time.thread_time() - began
            if turn is not Turn.KNOWN:
                rested = max(self._rested_at, time.monotonic())
                self._rested_at = rested + self._seconds * REST

    def _next(self) -> tuple[Turn, Callable[[], str | bool], Future[str | bool]]:
        with self._changed:
            while True:
                rest = self._rested_at - AT_ONCE_SECONDS - time.monotonic()
                if self._waiting and (rest <= 0 or self._waiting[0][0] is Turn.KNOWN):
                    turn, _, work, future = heapq.heappop(self._waiting)
                    return turn, work, future
                self._changed.wait(rest if self._waiting and rest > 0 else None)


def _fits(hashed: str | None, password: str) -> bool:
    as_usual = hasher()
    if hashed is None:
        hash_secret(
            password.encode(errors="replace"),
            b"nobody's salt...",
            as_usual.time_cost,
            as_usual.memory_cost,
            as_usual.parallelism,
            as_usual.hash_len,
            as_usual.type,
        )
        return False
    try:
        return as_usual.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


hashes = HashThread()
"""Of this process."""
