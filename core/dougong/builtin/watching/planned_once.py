"""Whether PostgreSQL plans a prepared statement anew each time, or once: what was measured decides.

By itself it compares estimated costs, in which planning counts for next to nothing; but to plan a
document of many lists takes longer than to run it.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg

from dougong.db.read_pool import ReadPool

ANEW, ONCE = "auto", "force_generic_plan"
"""Settings of `plan_cache_mode`: as PostgreSQL likes, or once for all arguments."""
WATCHED, TRIED = 6, 12
"""So often it does as it likes, which it knows after five; so often at most once is tried."""
SECONDS = 0.003
"""What takes less is left alone."""
BETTER, WORSE = 0.7, 4.0
"""Once must be so much faster to stay; and what then takes so much longer than anew is undone."""
SHORTEST_BOUND = 0.1
KEPT = 1_000


class PlanningPool(ReadPool):
    """A read pool that has plans kept which take long to make."""

    def __init__(
        self, url: str, size: int = 8, *, watched_from: float = SECONDS, **options: Any
    ) -> None:
        """`watched_from`: statements that take fewer seconds are left alone."""
        super().__init__(url, size, **options)
        self._modes = PlanModes(watched_from)
        self._set: WeakKeyDictionary[Any, tuple[str, int]] = WeakKeyDictionary()

    async def _run(self, connection: Any, sql: str, arguments: tuple[Any, ...]) -> Any:
        """Planned anew or once, as it was faster; what takes too long planned once is run again."""
        known = self._modes.of(sql)
        mode, usual = known.mode, round(self._seconds * 1000)
        wanted = (mode, usual if known.bound is None else round(known.bound * 1000))
        if self._set.get(connection, (ANEW, usual)) != wanted:
            await connection.execute(
                f"set plan_cache_mode = {mode}; set statement_timeout = {wanted[1]}"
            )
            self._set[connection] = wanted
        began = perf_counter()
        try:
            row = await connection.fetchrow(sql, *arguments)
        except asyncpg.QueryCanceledError:
            if mode == ANEW:
                raise
            known.undo()
            return await self._run(connection, sql, arguments)
        known.took(mode, perf_counter() - began)
        return row


class PlanModes:
    """For each statement of a pool how it is to be planned; bounded, and asked before it is run."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._known: dict[str, Measured] = {}

    def of(self, sql: str) -> Measured:
        """What is known of a statement."""
        known = self._known.get(sql)
        if known is None:
            if len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            known = self._known[sql] = Measured(self._seconds)
        return known


class Measured:
    """The shortest time that a statement took each way, and which way is next."""

    __slots__ = ("_left", "_seconds", "anew", "mode", "once")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._left = WATCHED + TRIED
        self.mode = ANEW
        self.anew = self.once = float("inf")

    @property
    def bound(self) -> float | None:
        """While once is tried, how many seconds it may take at most; then it is undone."""
        tried = self.mode == ONCE and self._left > 0
        return max(WORSE * self.anew, SHORTEST_BOUND) if tried else None

    def undo(self) -> None:
        """Plan it anew for good: with some arguments one plan for all takes too long."""
        self._left, self.mode = 0, ANEW

    def took(self, mode: str, seconds: float) -> None:
        """Take in how long it took, and decide."""
        if mode == ONCE and seconds > WORSE * self.anew:
            self.undo()
            return
        if mode == ANEW:
            self.anew = min(self.anew, seconds)
        else:
            self.once = min(self.once, seconds)
        if self._left <= 0:
            return
        self._left -= 1
        if self._left == TRIED:
            if self.anew < self._seconds:
                self._left = 0
            else:
                self.mode = ONCE
        elif not self._left:
            self.mode = ONCE if self.once < BETTER * self.anew else ANEW
