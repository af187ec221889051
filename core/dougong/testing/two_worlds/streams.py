"""Subscriptions of both worlds, over the live reader: what is told of the same changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from dougong.access.tokens import UnknownToken
from dougong.graphql.execution import Answer
from dougong.graphql.http import Asked
from dougong.live.follower import ChangeReader
from dougong.live.operation import results
from dougong.live.subscription import Ended
from dougong.testing.worlds import LiveWorld

PATIENCE = 30.0
"""Seconds until a stream that tells nothing more is given up."""


class Streams:
    """Subscriptions that are open in one world."""

    def __init__(self, world: LiveWorld, tokens: Sequence[str], documents: Sequence[str]) -> None:
        """Every document is asked with every token, with one after the other."""
        self._world = world
        asked = [(token, document) for token in tokens for document in documents]
        self._told: list[list[Any]] = [[] for _ in asked]
        portal: Any = world.client.portal
        self._portal = portal
        self._tasks: list[Future[None]] = [
            portal.start_task_soon(self._listen, token, document, told)
            for (token, document), told in zip(asked, self._told, strict=True)
        ]
        portal.call(self._until_begun)

    def settle(self) -> list[list[Any]]:
        """All that has been told of records, once what is committed has been.

        READY is told as soon as other rights are noticed, which is at no certain time.
        """
        self._portal.call(self._until_told)
        return [[one for one in some if '"READY"' not in json.dumps(one)] for some in self._told]

    def forget(self) -> None:
        """Leave out what has been told so far."""
        self._portal.call(self._until_told)
        for told in self._told:
            told.clear()

    def close(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()

    async def _listen(self, token: str | None, document: str, told: list[Any]) -> None:
        try:
            asked = Asked(document, None, None, {})
            async for event in results(self._world.runtime, token, asked, _Door()):
                told.append(json.loads(event))  # noqa: PERF401 - others look at it meanwhile
        except Ended as ended:
            told.append(ended.errors)
        except UnknownToken:
            told.append("unknown token")

    async def _until_begun(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not all(self._told):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.002)

    async def _until_told(self) -> None:
        """A subscription has told what it was to tell when it waits at what the reader has read."""
        reader = self._world.runtime.changes
        async with asyncio.timeout(PATIENCE):
            await reader._step()
            while not self._is_told(reader):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.002)
            for _ in range(5):
                await asyncio.sleep(0)

    @staticmethod
    def _is_told(reader: ChangeReader) -> bool:
        """Whether every subscription is where the reader is."""
        return all(one.seen == reader.seen and not one.woken.is_set() for one in reader._followers)


class _Door:
    """Only subscriptions come in here."""

    async def document(self, asked: Asked, epoch: int) -> str | Answer:
        return asked.query or ""

    async def answer(self, secret: str | None, asked: Asked) -> Answer:
        raise AssertionError(f"no subscription: {asked.query}")
