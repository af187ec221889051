"""What a position gives away (nothing), and how long it is good for."""

from __future__ import annotations

import asyncio
import secrets
import time

import psycopg
import pytest
from graphql import GraphQLError
from watched import Watched, event

from dougong.live import subscription
from dougong.live.position import OLDEST, Positions
from dougong.live.subscription import Ended
from dougong.testing.databases import Databases

LEADS = "subscription ($since: String) { leadChanged(since: $since) { what position } }"


def code(positions: Positions, text: str, newest: int = 1000) -> str:
    with pytest.raises(GraphQLError) as refused:
        positions.xid(text, newest)
    assert refused.value.extensions is not None
    found: str = refused.value.extensions["code"]
    return found


def test_a_position_is_read_back_and_never_looks_the_same() -> None:
    positions = Positions(secrets.token_bytes(32))
    texts = {positions.text(number) for number in (7, 7, 7, 2**62)}

    assert len(texts) == 4
    assert {len(text) for text in texts} == {56}
    assert {positions.xid(text, 2**63) for text in texts} == {7, 2**62}


def test_a_position_of_another_installation_or_a_changed_one_is_refused() -> None:
    positions = Positions(secrets.token_bytes(32))
    text = positions.text(7)

    assert code(Positions(secrets.token_bytes(32)), text) == "BAD_POSITION"
    for place in range(0, 54, 9):
        other = "A" if text[place] != "A" else "B"
        assert code(positions, f"{text[:place]}{other}{text[place + 1 :]}") == "BAD_POSITION"


def test_a_position_that_is_too_old_or_of_the_future_asks_for_a_new_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    positions = Positions(secrets.token_bytes(32))
    text = positions.text(7)
    now = time.time()

    assert code(positions, positions.text(1001)) == "RESYNC"
    monkeypatch.setattr(time, "time", lambda: now + OLDEST + 60)
    assert code(positions, text) == "RESYNC"


def test_idle_comes_in_time_however_much_others_do_unseen(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "IDLE_SECONDS", 0.3)
    watched = Watched(databases.clone("crm"))

    async def story() -> None:
        events = watched.subscribe(watched.person("crm.seller")[1], LEADS)
        assert (await event(events))["what"] == "READY"
        coming = asyncio.ensure_future(event(events))
        with psycopg.connect(watched.url, autocommit=True) as other:
            while not coming.done():
                other.execute("insert into crm.lead (name, stage) values ('x', 'NEW')")
                watched.runtime.changes.wake()
                await asyncio.sleep(0.001)
        assert coming.result()["what"] == "IDLE"
        await events.aclose()

    watched.run(story())


def test_a_subscription_remembers_only_so_many_records_and_says_so(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "MOST_SHOWN", 60)
    watched = Watched(databases.clone("crm"))

    async def story() -> None:
        events = watched.subscribe(watched.person("crm.manager")[1], LEADS)
        await event(events)
        with psycopg.connect(watched.url, autocommit=True) as other:
            other.execute(
                "insert into crm.lead (name, stage) select 'x', 'NEW' from generate_series(1, 100)"
            )

        async def hear() -> None:
            async for _ in events:
                pass

        with pytest.raises(Ended) as end:
            await hear()
        assert [error.get("extensions") for error in end.value.errors] == [{"code": "RESYNC"}]

    watched.run(story())
