"""How the change log is followed: past transactions in flight, in portions, without a message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from dougong.db.read_pool import ReadPool
from dougong.live.follower import MOST_AT_ONCE, ChangeReader, Follower
from dougong.testing.databases import Databases

Look = Callable[[], Awaitable[list[int]]]


class Following:
    """A reader of a log, and connections that write it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._reads = ReadPool(url)
        self.reader = ChangeReader(self._reads)

    def run(self, story: Callable[[Look], Awaitable[None]]) -> None:
        """Tell a story; `look` has the leads that one follower is told since it last looked."""

        async def told() -> None:
            async with self.reader.followed("crm.lead") as one:
                await story(lambda: self.look(one))
            await self._reads.close()

        asyncio.run(told())

    async def look(self, one: Follower) -> list[int]:
        """The leads that the follower is told of, in order."""
        await self.reader._step()
        after = self.reader.seen
        found: list[int] = []
        async for changes in self.reader.between(one, after, "crm.lead"):
            found += changes
        one.seen = after
        return sorted(found)

    def connect(self, **options: Any) -> psycopg.Connection:
        """Somebody who writes."""
        return psycopg.connect(self.url, **options)


@pytest.fixture
def following(databases: Databases) -> Following:
    return Following(databases.clone("crm"))


def write(connection: psycopg.Connection, count: int = 1) -> None:
    connection.execute(
        "insert into crm.lead (name, stage) select 'x', 'NEW' from generate_series(1, %s)", [count]
    )


def test_who_commits_late_is_told_late_and_holds_nobody_up(following: Following) -> None:
    async def story(look: Look) -> None:
        with following.connect() as slow, following.connect(autocommit=True) as quick:
            write(slow)
            write(quick)
            assert await look() == [2]
            write(quick)
            assert await look() == [3]
            slow.commit()
            assert await look() == [1]
            write(slow)
            slow.rollback()
            write(quick)
            assert await look() == [5]
            assert await look() == []

    following.run(story)


def test_who_looks_seldom_is_told_all_that_was_done_meanwhile_once(following: Following) -> None:
    async def story(look: Look) -> None:
        with following.connect() as slow, following.connect(autocommit=True) as quick:
            write(slow)
            for _ in range(3):
                write(quick)
                await following.reader._step()
            slow.commit()
            assert await look() == [1, 2, 3, 4]
            assert await look() == []

    following.run(story)


def test_more_than_is_kept_at_once_comes_in_portions(following: Following) -> None:
    async def story(look: Look) -> None:
        with following.connect(autocommit=True) as one:
            for _ in range(3):
                write(one, MOST_AT_ONCE - 300)
            assert await look() == list(range(1, 3 * (MOST_AT_ONCE - 300) + 1))
            write(one, MOST_AT_ONCE)
            assert len(await look()) == MOST_AT_ONCE

    following.run(story)


def test_the_log_is_read_although_no_message_came(following: Following) -> None:
    async def story(_look: Look) -> None:
        reading = asyncio.create_task(following.reader.run())
        with following.connect(autocommit=True) as one:
            async with following.reader.followed("crm.lead") as follower:
                write(one)
                await asyncio.wait_for(follower.woken.wait(), 10)
        reading.cancel()

    following.run(story)
