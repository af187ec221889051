"""People who subscribe in a runtime of the test's own process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable
from typing import Any

from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.db.engine import open_database
from dougong.graphql.document import GraphQLRequest
from dougong.live.subscription import Subscription
from dougong.runtime import Runtime
from dougong.testing.worlds import make_person, utc_now


class Watched:
    """A runtime in this process, and people who subscribe in it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_database(url)
        self.runtime = Runtime(self.engine, url)

    def person(self, *roles: str) -> tuple[int, str]:
        """Somebody with these roles: number and token."""
        with Session(self.engine) as session, session.begin():
            user_id = make_person(session, roles, None).user_id
            assert user_id is not None
            return user_id, issue_token(session, user_id, utc_now())

    def subscribe(self, token: str, document: str, **variables: Any) -> AsyncGenerator[bytes, None]:
        """The events that somebody is told."""
        return Subscription(self.runtime, token, GraphQLRequest(document, None, variables)).events()

    def run(self, story: Awaitable[None]) -> None:
        """Tell a story while the runtime runs."""

        async def told() -> None:
            await self.runtime.start()
            try:
                await asyncio.wait_for(story, 30)
            finally:
                await self.runtime.stop()

        asyncio.run(told())
        self.engine.dispose()


async def event(events: AsyncGenerator[bytes, None]) -> Any:
    """What the next event tells."""
    return next(iter(json.loads(await anext(events))["data"].values()))
