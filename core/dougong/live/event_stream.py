"""GraphQL over server-sent events, in the mode of distinct connections: one operation each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from dougong.access.tokens import UnknownToken
from dougong.graphql.problems import masked
from dougong.live.ending import end
from dougong.live.subscription import Ended

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_SECONDS = 12.0
SLOW_SECONDS = 30.0
"""How long a client may take to accept what it is sent."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """A response of `next` events, and one `complete`; comments keep the connection alive."""

    def __init__(self, results: AsyncGenerator[bytes, None], held: ExitStack) -> None:
        """`held` is let go when the operation is over."""
        super().__init__(headers=HEADERS, media_type=EVENT_STREAM)
        del self.headers["content-length"]
        self._results = results
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the operation or the client ends; a client that does not read is cut off."""
        tasks = [asyncio.create_task(one) for one in (self._tell(send), _left(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._held.close()
            await end(*tasks)

    async def _tell(self, send: Send) -> None:
        async def write(body: bytes, *, more: bool = True) -> None:
            message: Message = {"type": "http.response.body", "body": body, "more_body": more}
            async with asyncio.timeout(SLOW_SECONDS):
                await send(message)

        start: Message = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await write(b":\n\n")
        events = _events(self._results)
        async with aclosing(events):
            coming = asyncio.ensure_future(anext(events, None))
            try:
                while True:
                    done, _ = await asyncio.wait({coming}, timeout=KEEP_ALIVE_SECONDS)
                    event = coming.result() if done else b":\n\n"
                    if event is None:
                        break
                    await write(event)
                    if done:
                        coming = asyncio.ensure_future(anext(events, None))
            finally:
                await end(coming)
        await write(b"event: complete\ndata:\n\n", more=False)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _events(results: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(results) as each:
        try:
            async for one in each:
                yield _next(one)
        except Ended as end:
            yield _next(orjson.dumps({"errors": end.errors}))
        except UnknownToken:
            said = "The token is unknown, expired or revoked. Sign in again."
            error = {"message": said, "extensions": {"code": "NOT_SIGNED_IN"}}
            yield _next(orjson.dumps({"errors": [error]}))
        except Exception as problem:  # noqa: BLE001 - the client sees an id, the log has the rest
            yield _next(orjson.dumps({"errors": [masked(problem).formatted]}))


def _next(response: bytes) -> bytes:
    return b"event: next\ndata: %b\n\n" % response
