"""What stands before everything that is served: notes each request, counts it, writes its line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dougong.builtin.watching import lines, measures
from dougong.builtin.watching.noted import NOTHING, Noted, current, id_from, noted
from dougong.builtin.watching.spans import of_job, of_request, span, traces

LEFT = 499


class Watching:
    """The outermost layer; it tells the answer's X-Request-ID."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how that went."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        one = Noted(id_from(scope["headers"]))
        current.set(one)  # for as long as the request's task lives
        status = 0
        header = (b"x-request-id", one.id.encode())

        def sent(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), header]
            return send(message)

        kind = scope["type"]
        measures.under_way[kind] += 1
        try:
            if not traces():
                await self._app(scope, receive, sent)
            else:
                with of_request(scope["headers"]) as traced:
                    await self._app(scope, receive, sent)
                    _tell(traced, one, scope, status)
        except asyncio.CancelledError:
            status = status or LEFT
            raise
        except BaseException:
            status = 500
            raise
        finally:
            measures.under_way[kind] -= 1
            _over(one, scope, status)
            one.forget()


def _over(one: Noted, scope: Scope, status: int) -> None:
    """Count an answered request, and write its line."""
    took = perf_counter() - one.began
    place, kind = "graphql", one.kind
    if not kind:
        place = scope["path"].lstrip("/").partition("/")[0]
        kind = measures.kind_of(one, place)
    if scope["type"] == "websocket":
        kind, status = "socket", 101
    outcome = measures.outcome_of(one, status)
    measures.count(one, kind, outcome, took)
    if lines.lines is not None and lines.lines.wants(outcome, place):
        said = one.told()
        said["kind"] = kind
        said["method"] = scope.get("method", "WEBSOCKET")
        said["status"] = status
        if one.requested is None:
            said["path"] = f"/{place}" if kind != "other" else "/…"
        said["ms"] = round(took * 1000, 3)
        lines.lines.write("request", outcome, said)


def _tell(traced: Any, one: Noted, scope: Scope, status: int) -> None:
    if one.requested is not None:
        traced.update_name(f"{one.kind} {one.operation}".rstrip())
        traced.set_attribute("graphql.operation.type", one.kind)
        traced.set_attribute("graphql.operation.name", one.operation)
    traced.set_attributes({"http.request.method": scope.get("method", ""), "request.id": one.id})
    traced.set_attribute("http.response.status_code", status)
    for name, value in one.told().items():
        if name in ("document", "plan", "records", "codes"):
            traced.set_attribute(f"dougong.{name}", value)
    _mark(traced, measures.outcome_of(one, status))


def _mark(traced: Any, outcome: str) -> None:
    if outcome == "failed":
        from opentelemetry.trace import StatusCode

        traced.set_status(StatusCode.ERROR)


@contextmanager
def operation() -> Iterator[None]:
    """One operation of a socket; its id is its own."""
    above = noted()
    if above is NOTHING:  # nobody watches
        yield
        return
    one = Noted()
    token = current.set(one)
    measures.under_way["operation"] += 1
    try:
        with span("operation"):
            yield
    finally:
        measures.under_way["operation"] -= 1
        took, kind = perf_counter() - one.began, one.kind or "document"
        outcome = measures.outcome_of(one, 200)
        measures.count(one, kind, outcome, took)
        if lines.lines is not None and lines.lines.wants(outcome, "graphql"):
            said = {**one.told(), "kind": kind, "socket": above.id}
            lines.lines.write("request", outcome, said | {"ms": round(took * 1000, 3)})
        one.forget()
        current.reset(token)


@contextmanager
def job(
    key: str,
    number: int,
    attempt: int,
    asked_in: Mapping[str, str],
    put_off: tuple[type[Exception], ...],
) -> Iterator[None]:
    """One attempt at a job; what is logged within has the id of the request that asked for it.

    `put_off` is raised where it is not done now and has not failed either.
    """
    one = Noted(asked_in.get("request", ""))
    token = current.set(one)
    outcome = "failed"
    try:
        with of_job(key, asked_in):
            yield
        outcome = "ok"
    except put_off:
        outcome = "put off"
        raise
    finally:
        took = perf_counter() - one.began
        measures.jobs[key, outcome].took(took)
        if lines.lines is not None and lines.lines.wants(outcome, "job"):
            said = {"request": one.id, "job": key, "number": number, "attempt": attempt}
            lines.lines.write("job", outcome, said | {"ms": round(took * 1000, 3)})
        current.reset(token)


def watching() -> list[Middleware]:
    """What stands before an application."""
    return [Middleware(Watching)]
