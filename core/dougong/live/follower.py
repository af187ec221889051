"""The one reader of the change log in a process: tells subscriptions what has been committed.

What has been read is a snapshot of PostgreSQL, not a number: transactions commit in any order, and
one that began long ago may commit at last. Whatever the new snapshot sees and the one before did
not, has been committed in between; so each change is told once, and none waits for another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dougong.graphql.execution import Reads
from dougong.graphql.problems import log
from dougong.live.change_log import CHANNEL
from dougong.live.position import Positions

POLL_SECONDS = 1.0
"""How often the log is looked at when nobody says that something was committed."""
MOST_AT_ONCE = 1_000
READS_AT_ONCE = 3
"""Of the read pool's connections, so that a change that many follow does not hold up requests."""
BEGIN = """
select pg_current_snapshot()::text, (select number from dougong.epoch)::bigint,
       (select secret from dougong.position_key)
"""
UNSEEN = """
  from dougong.change c
 where c.entity = any($2::text[]) and c.xid >= pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint
   and not pg_visible_in_snapshot(c.xid::text::xid8, $1::text::pg_snapshot)
"""
STEP = f"""
select pg_current_snapshot()::text, (select number from dougong.epoch)::bigint,
       (select string_agg(one, chr(10) order by xid, record_id) from (
         select c.xid, c.record_id, c.entity || ' ' || c.record_id || ' ' || c.what as one
         {UNSEEN} limit {MOST_AT_ONCE + 1}) rows)
"""
PORTION = f"""
select (select string_agg(one, chr(10) order by xid, record_id) from (
  select c.xid, c.record_id, c.xid || ' ' || c.record_id || ' ' || c.what as one
  {UNSEEN}
   and pg_visible_in_snapshot(c.xid::text::xid8, $3::text::pg_snapshot)
   and (c.xid, c.record_id) > ($4::bigint, $5::bigint)
 order by c.entity, c.xid, c.record_id limit {MOST_AT_ONCE}) rows)
"""
Changes = dict[int, str]
"""What was done to which records of an entity."""


@dataclass(eq=False)
class Follower:
    """Somebody who wants to know what is done to the records of some entities."""

    entities: frozenset[str]
    seen: str = ""
    """The snapshot up to which it has been told."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True)
class Step:
    """What was committed between two snapshots, by entity; without those that were not read."""

    before: str
    after: str
    changes: Mapping[str, Changes]
    at: datetime


class ChangeReader:
    """Follows the log while somebody wants to know."""

    def __init__(self, reads: Reads) -> None:
        self.epoch = 0
        """The epoch when the log was last read."""
        self.positions = Positions(b"")
        self.stops: Callable[[], bool] = lambda: False
        """Whether the server is about to end."""
        self._reads = reads
        self._last = Step("", "", {}, datetime.now(UTC))
        self._followers: set[Follower] = set()
        self._told = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._few = asyncio.Semaphore(READS_AT_ONCE)
        self._shared: dict[tuple[Any, ...], asyncio.Future[tuple[Any, ...]]] = {}

    @property
    def seen(self) -> str:
        """The snapshot up to which the log has been read."""
        return self._last.after

    @property
    def followers(self) -> int:
        """How many subscriptions there are."""
        return len(self._followers)

    # Waking ----------------------------------------------------------------------------------

    def wake(self) -> None:
        """Look at the log: something was committed."""
        self._told.set()

    def committed(self) -> None:
        """This process has committed something: tell all processes, once for all that commit just now.

        Not within the transactions: PostgreSQL commits those that notify one after the other.
        """
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(0)
        self._telling = None
        with contextlib.suppress(Exception):  # all look by themselves, a little later
            await self._reads.fetchrow(f"select pg_notify('{CHANNEL}', '')::text")

    def renew(self) -> None:
        """Have all subscriptions look whether they still stand as they did."""
        for one in self._followers:
            one.woken.set()

    # Following -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Read when woken, and now and then, for ever."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._told.wait()
            self._told.clear()
            if self.stops():
                self.renew()
            elif self._followers:
                try:
                    await self._step()
                except Exception:  # noqa: BLE001 - whatever it is, subscriptions wait for better times
                    log.exception("cannot read the change log; trying again")
                    await asyncio.sleep(POLL_SECONDS)

    @contextlib.asynccontextmanager
    async def followed(self, *entities: str) -> AsyncIterator[Follower]:
        """Be told, from now on, what is done to the records of some entities."""
        one = Follower(frozenset(entities))
        self._followers.add(one)
        try:
            await self._step()
            one.seen = self.seen
            yield one
        finally:
            self._followers.discard(one)

    async def _step(self) -> None:
        async with self._reading:
            entities = sorted(frozenset().union(*(one.entities for one in self._followers)))
            before = self.seen
            if before:
                row = await self._reads.fetchrow(STEP, before, entities)
                changes = _by_entity(entities, _lines(row[2]))
            else:
                row, changes = await self._reads.fetchrow(BEGIN), {}
                self.positions = Positions(row[2])
            self._shared.clear()
            self._last = Step(before, row[0].decode(), changes, datetime.now(UTC))
            if row[1] != self.epoch:
                self.epoch = row[1]
                self.renew()
        for one in self._followers:
            if one.seen == before and all(changes.get(entity) == {} for entity in one.entities):
                one.seen = self.seen
            else:
                one.woken.set()

    async def between(self, one: Follower, after: str, entity: str) -> AsyncIterator[Changes]:
        """What was done from where a follower is to a snapshot; a part at a time where it is much."""
        last, before = self._last, one.seen
        if (last.before, last.after) == (before, after) and entity in last.changes:
            yield last.changes[entity]
            return
        at = (0, 0)
        while True:
            found = await self._reads.fetchrow(PORTION, before, [entity], after, *at)
            rows = _lines(found[0])
            if rows:
                yield _merged((int(number), what) for _, number, what in rows)
            if len(rows) < MOST_AT_ONCE:
                return
            at = (int(rows[-1][0]), int(rows[-1][1]))

    # Reading what changed --------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """When the log was last read: the same for all that share a reading."""
        return self._last.at

    async def read(self, sql: str, arguments: Sequence[Any], epoch: int) -> tuple[Any, ...]:
        """A statement's row; subscriptions that ask the same of the same step ask it once."""
        key = (epoch, sql, repr(arguments))
        if key not in self._shared:
            self._shared[key] = asyncio.ensure_future(self._read(sql, arguments))
        reading = self._shared[key]
        try:
            return await asyncio.shield(reading)
        except Exception:
            self._shared.pop(key, None)
            raise

    async def _read(self, sql: str, arguments: Sequence[Any]) -> tuple[Any, ...]:
        async with self._few:
            return await self._reads.fetchrow(sql, *arguments)


def _lines(text: bytes | None) -> list[list[str]]:
    return [line.split() for line in text.decode().split("\n")] if text else []


def _by_entity(entities: Sequence[str], rows: list[list[str]]) -> dict[str, Changes]:
    """The changes by entity; none where there are too many to be sure of all."""
    if len(rows) > MOST_AT_ONCE:
        return {}
    return {
        entity: _merged((int(number), what) for of, number, what in rows if of == entity)
        for entity in entities
    }


def _merged(rows: Iterator[tuple[int, str]]) -> Changes:
    changes: Changes = {}
    for number, what in rows:
        if what == "CREATED" or number not in changes:
            changes[number] = what
    return changes
