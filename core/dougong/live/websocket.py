"""The protocol graphql-transport-ws: many operations over one WebSocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack, aclosing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from dougong.access.tokens import UnknownToken
from dougong.builtin.watching.door import operation
from dougong.graphql.http import Asked, BadRequest, asked_by, bearer
from dougong.graphql.problems import Unreachable, bad_input, masked
from dougong.live.ending import end
from dougong.live.operation import Door, results
from dougong.live.subscription import LATER, Ended

if TYPE_CHECKING:
    from dougong.runtime import Runtime

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
SLOW_SECONDS = 30.0
"""How long a client may take to accept what it is sent."""
MOST_OPERATIONS = 100
Hold = Callable[..., ExitStack]


class Close(Exception):
    """The connection has to be closed; the code is the protocol's."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class LiveSocket:
    """One connection; its token is that of `connection_init`."""

    def __init__(self, runtime: Runtime, websocket: WebSocket, door: Door, hold: Hold) -> None:
        """`hold` counts a connection, of all and of somebody's, or raises Close."""
        self._runtime = runtime
        self._socket = websocket
        self._door = door
        self._hold = hold
        self._held = ExitStack()
        self._secret: str | None = None
        self._ready = False
        self._asked_to_begin = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._listening: asyncio.Task[None]
        self._close: Close | None = None

    async def serve(self) -> None:
        """Talk until one of the two sides ends it."""
        if not _same_origin(self._socket):
            await self._socket.close()
            return
        if PROTOCOL not in self._socket.scope["subprotocols"]:
            await self._socket.accept()
            await self._socket.close(4406, f"Subprotocol not acceptable: use {PROTOCOL}")
            return
        await self._socket.accept(PROTOCOL)
        self._listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait({self._listening})
            if self._close is not None:
                with suppress(Exception):
                    async with asyncio.timeout(SLOW_SECONDS):
                        await self._socket.close(self._close.code, self._close.reason)
        finally:
            self._held.close()
            await end(self._listening, *self._operations.values())

    async def _listen(self) -> None:
        try:
            self._held.enter_context(self._hold(None))
            await self._hear_all()
        except Close as end:
            self._close = end
        except Exception as problem:  # noqa: BLE001 - the client sees an id, the log has the rest
            self._close = Close(1011, masked(problem).message)

    async def _hear_all(self) -> None:
        until = time.monotonic() + INIT_SECONDS
        while True:
            try:
                left = None if self._ready else max(0.0, until - time.monotonic())
                async with asyncio.timeout(left):
                    event = await self._socket.receive()
            except TimeoutError:
                raise Close(4408, "Connection initialisation timeout") from None
            if event["type"] == "websocket.disconnect":
                return
            await self._hear(_read(event.get("text")))

    async def _hear(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._begin(message.get("payload"))
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str() as name, "payload": sent} if name:
                try:
                    asked = asked_by(sent)
                except BadRequest as refusal:
                    raise Close(4400, f"Invalid message: {refusal}") from None
                await self._start(name, asked)
            case {"type": "complete", "id": str() as name}:
                if name in self._operations:
                    self._operations.pop(name).cancel()
            case _:
                raise Close(4400, "Invalid message")

    async def _begin(self, payload: object) -> None:
        if self._asked_to_begin:
            raise Close(4429, "Too many initialisation requests")
        self._asked_to_begin = True
        given = payload if isinstance(payload, dict) else {}
        sent = self._socket.headers.get("authorization")  # a browser's cookie comes as one
        header = next((given[name] for name in given if name.lower() == "authorization"), sent)
        try:
            self._secret = bearer(header)
            who, _ = await self._runtime.tokens.who(self._secret)
        except UnknownToken:
            raise _forbidden() from None
        except LATER:
            raise Close(1013, Unreachable.says) from None
        host = self._socket.client.host if self._socket.client else ""
        self._held.enter_context(self._hold(who.user_id or host))
        self._ready = True
        await self._send({"type": "connection_ack"})

    async def _start(self, name: str, asked: Asked) -> None:
        if not self._ready:
            raise Close(4401, "Unauthorized")
        if name in self._operations:
            raise Close(4409, f"Subscriber for {name[:20]} already exists")
        if len(self._operations) >= MOST_OPERATIONS:
            said = f"A connection runs {MOST_OPERATIONS} operations at a time: open another."
            error = bad_input("TOO_MANY_OPERATIONS", said).formatted
            await self._send({"id": name, "type": "error", "payload": [error]})
            return
        self._operations[name] = asyncio.create_task(self._operate(name, asked))

    async def _operate(self, name: str, asked: Asked) -> None:
        """Run an operation to its end, and say so; `complete` from the client cancels it."""
        try:
            await self._tell(name, asked)
        except Close as end:
            self._close = self._close or end
            self._listening.cancel()
        finally:
            if self._operations.get(name) is asyncio.current_task():
                del self._operations[name]

    async def _tell(self, name: str, asked: Asked) -> None:
        try:
            with operation():
                async with aclosing(
                    results(self._runtime, self._secret, asked, self._door)
                ) as each:
                    async for one in each:
                        await self._write(
                            b'{"id":%b,"type":"next","payload":%b}' % (orjson.dumps(name), one)
                        )
            await self._send({"id": name, "type": "complete"})
        except Ended as end:
            await self._send({"id": name, "type": "error", "payload": end.errors})
        except UnknownToken:
            raise _forbidden() from None
        except Close:
            raise
        except Exception as problem:  # noqa: BLE001 - the client sees an id, the log has the rest
            await self._send({"id": name, "type": "error", "payload": [masked(problem).formatted]})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._write(orjson.dumps(message))

    async def _write(self, text: bytes) -> None:
        """Send; a client that does not read is cut off: the change log keeps what it misses."""
        try:
            async with asyncio.timeout(SLOW_SECONDS):
                await self._socket.send_text(text.decode())
        except TimeoutError:
            raise Close(4413, "Too slow: what was sent is not being read") from None
        except (WebSocketDisconnect, RuntimeError):
            raise Close(1006, "The client has gone") from None


def _forbidden() -> Close:
    return Close(4403, "Forbidden: the token is unknown, expired or revoked")


def _read(text: str | None) -> dict[str, Any]:
    try:
        message = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict):
        raise Close(4400, "Invalid message: send JSON objects as text")
    return message


def _same_origin(websocket: WebSocket) -> bool:
    """Whether a browser that connects shows a page of this very server; programs send no origin."""
    origin = websocket.headers.get("origin")
    if websocket.scope.get("dougong.trusted_origin"):
        return True
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")
