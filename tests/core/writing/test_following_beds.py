"""Following records that are seen because of others which are not."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable

import pytest
from gardens import GardenRuntime, LiveGarden
from sqlalchemy import text

from dougong.graphql.document import GraphQLRequest
from dougong.live import subscription
from dougong.live.change_log import log_changes
from dougong.live.subscription import Subscription

BEDS = "subscription ($shown: [ID!]) { bedChanged(shown: $shown) { what id bed { name } } }"
PLANT = "insert into garden.bed (name, crop, length, width, state, neighbour_id) values"


async def told(events: AsyncGenerator[bytes, None]) -> tuple[str, str | None]:
    event = json.loads(await anext(events))["data"]["bedChanged"]
    return event["what"], event["id"]


def test_what_was_perhaps_seen_all_the_time_is_not_told_when_something_hidden_changes(
    live_garden: Callable[..., LiveGarden], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "IDLE_SECONDS", 1.0)
    garden = live_garden("garden")
    who = garden.person("garden.next_to_leeks")
    with garden.engine.begin() as connection:
        log_changes(connection, "garden")
        for bed in ("'hidden', 'LEEK', 1, 1, 'EMPTY', null", "'seen', 'CARROT', 1, 1, 'EMPTY', 1"):
            connection.execute(text(f"{PLANT} ({bed})"))

    def change(what: str) -> None:
        with garden.engine.begin() as connection:
            connection.execute(text(f"update garden.bed set {what} where id = 1"))
        runtime.changes.wake()

    runtime = GardenRuntime(garden.engine, garden.url)
    runtime.names = garden.runtime.names

    async def story() -> None:
        await runtime.start()
        try:
            shown, unaware = (
                Subscription(
                    runtime, who.token, GraphQLRequest(BEDS, None, {"shown": some})
                ).events()
                for some in (["Bed:2"], [])
            )
            assert await told(shown) == await told(unaware) == ("READY", None)
            change("name = 'still hidden'")
            assert await told(shown) == await told(unaware) == ("IDLE", None)
            change("crop = 'CARROT'")
            while (event := await told(shown)) == ("IDLE", None):
                pass
            assert event == ("GONE", "Bed:2")
            assert await told(unaware) == ("IDLE", None)
            await shown.aclose()
            await unaware.aclose()
        finally:
            await runtime.stop()

    asyncio.run(asyncio.wait_for(story(), 30))
