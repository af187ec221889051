"""Passwords are hashed by one thread, which rests, so that guessing does not slow the others."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret

REST = 19
"""How many times as long as a stranger's hash took the thread rests: a twentieth of a core at most."""
MOST_WAITING = 16
hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's first choice of cost: 19 MiB, about 30 ms (docs/decisions/0014)."""


class TooManyHashes(Exception):
    """More passwords wait to be looked at than is sensible."""


class HashThread:
    """Checks passwords one after the other: those of known places at once, strangers' in turn."""

    def __init__(self) -> None:
        self._waiting: list[tuple[bool, int, Callable[[], str | bool], Future[str | bool]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._rests_until = 0.0
        self._seconds = 0.03
        self._thread: threading.Thread | None = None

    def make(self, password: str) -> str:
        """The hash of a new password."""
        return str(self._do(lambda: hasher.hash(password), stranger=False).result())

    def check(self, hashed: str | None, password: str, *, stranger: bool) -> Future[str | bool]:
        """Whether a hash is the password's; None is that of nobody, which takes as long.

        Raises TooManyHashes.
        """
        return self._do(lambda: _fits(hashed, password), stranger=stranger)

    def wait(self) -> float:
        """How many seconds a stranger who came now would wait."""
        with self._changed:
            strangers = sum(stranger for stranger, *_ in self._waiting)
            rest = max(0.0, self._rests_until - time.monotonic())
        return rest + self._seconds * (1 + strangers * (1 + REST))

    def _do(self, work: Callable[[], str | bool], *, stranger: bool) -> Future[str | bool]:
        future: Future[str | bool] = Future()
        with self._changed:
            if stranger and len(self._waiting) >= MOST_WAITING:
                raise TooManyHashes
            heapq.heappush(self._waiting, (stranger, next(self._numbers), work, future))
            self._changed.notify()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="passwords", daemon=True)
                self._thread.start()
        return future

    def _run(self) -> None:
        while True:
            stranger, work, future = self._next()
            if not future.set_running_or_notify_cancel():
                continue
            began = time.thread_time()  # while others are busy, a hash takes long but no more CPU
            try:
                future.set_result(work())
            except Exception as problem:  # noqa: BLE001 - whoever waits is told
                future.set_exception(problem)
            self._seconds = time.thread_time() - began
            if stranger:
                self._rests_until = time.monotonic() + self._seconds * REST

    def _next(self) -> tuple[bool, Callable[[], str | bool], Future[str | bool]]:
        with self._changed:
            while True:
                rest = self._rests_until - time.monotonic()
                if self._waiting and (rest <= 0 or not self._waiting[0][0]):
                    stranger, _, work, future = heapq.heappop(self._waiting)
                    return stranger, work, future
                self._changed.wait(rest if self._waiting and rest > 0 else None)


def _fits(hashed: str | None, password: str) -> bool:
    if hashed is None:
        hash_secret(
            password.encode(errors="replace"),
            b"nobody's salt...",
            hasher.time_cost,
            hasher.memory_cost,
            hasher.parallelism,
            hasher.hash_len,
            hasher.type,
        )
        return False
    try:
        return hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


hashes = HashThread()
"""Of this process."""
