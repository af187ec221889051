"""Requests straight to the application in its own loop: what HTTP clients do besides costs more."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dougong.testing.worlds import LiveWorld


@dataclass(frozen=True)
class Reply:
    """What came back for a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def knock(
    world: LiveWorld,
    method: str,
    path: str,
    token: str | None,
    body: bytes = b"",
    parameters: Mapping[str, str] | None = None,
) -> Reply:
    """The reply of a served world to one request."""
    headers = [(b"content-type", b"application/json"), (b"accept", b"application/json")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": method, "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": urlencode(parameters or {}).encode(), "headers": headers,
        "server": ("testserver", 80), "client": ("testclient", 50000),
        "app": world.client.app,
    }  # fmt: skip
    portal: Any = world.client.portal
    reply: Reply = portal.call(_run, world.client.app, scope, body)
    return reply


async def _run(application: Any, scope: Mapping[str, Any], body: bytes) -> Reply:
    sent: list[Any] = []
    come = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if not come:
            await asyncio.Event().wait()  # the client stays
        return come.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    start, *rest = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Reply(start["status"], headers, b"".join(one.get("body", b"") for one in rest))


def asked(body: Mapping[str, Any]) -> bytes:
    """The body of a POST."""
    return json.dumps(body).encode()
