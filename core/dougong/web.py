"""The Starlette application: /graphql (HTTP, events, WebSocket), /health and /ready."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from dougong.access.tokens import UnknownToken
from dougong.errors import GenerationChanged
from dougong.graphql.execution import Answer, EpochChanged, answer
from dougong.graphql.graphiql import page
from dougong.live.event_stream import EVENT_STREAM, EventStream
from dougong.live.subscription import Run, results
from dougong.live.websocket import LiveSocket, bearer
from dougong.runtime import Runtime

LARGEST_BODY = 1_000_000
TRIES = 8
GRAPHQL_RESPONSE = "application/graphql-response+json"


def application(runtime: Runtime) -> Starlette:
    """The application that serves one runtime; it starts and stops it."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await runtime.start()
        try:
            yield
        finally:
            await runtime.stop()

    endpoint = GraphQLEndpoint(runtime)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if runtime.ready:
            return JSONResponse({"status": "ready", "generation": runtime.generation.number})
        return JSONResponse({"status": "not ready", "reason": runtime.failure}, status_code=503)

    return Starlette(
        routes=[
            Route("/graphql", endpoint.post, methods=["POST"]),
            Route("/graphql", endpoint.get, methods=["GET"]),
            WebSocketRoute("/graphql", endpoint.websocket),
            Route("/health", health),
            Route("/ready", ready),
        ],
        lifespan=lifespan,
    )


class GraphQLEndpoint:
    """POST runs a document; GET shows GraphiQL to a browser; a WebSocket runs many."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def get(self, request: Request) -> Response:
        """The GraphiQL page, or a stream of events; other documents are not run by GET."""
        if EVENT_STREAM in request.headers.get("accept", ""):
            sent = dict(request.query_params)
            try:
                sent["variables"] = orjson.loads(sent.get("variables") or "null")
            except orjson.JSONDecodeError as problem:
                return refused(400, f"“variables” is not JSON: {problem}.")
            fault = fault_of(sent)
            if fault:
                return refused(400, fault)
            return await self._stream(request, sent, self._only_subscriptions)
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page())
        return refused(405, "Send the document by POST.", {"allow": "POST"})

    async def websocket(self, websocket: WebSocket) -> None:
        """Operations over one connection, by graphql-transport-ws."""
        await LiveSocket(self._runtime, websocket, self._answer).serve()

    async def _stream(self, request: Request, sent: dict[str, Any], run: Run) -> Response:
        try:
            secret = bearer(request.headers.get("authorization"))
            await self._runtime.tokens.who(secret)
        except UnknownToken:
            return not_signed_in()
        return EventStream(results(self._runtime, secret, sent, run))

    @staticmethod
    async def _only_subscriptions(_secret: str | None, _sent: dict[str, Any]) -> Answer:
        return Answer(405, error_body("By GET only subscriptions run: use POST.", "USE_POST"))

    async def post(self, request: Request) -> Response:
        """Run one document and answer with its JSON."""
        if media_type(request.headers.get("content-type", "")) != "application/json":
            return refused(415, "Send JSON: Content-Type: application/json.")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return refused(413, f"A request has at most {LARGEST_BODY} bytes.")
        try:
            sent = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            return refused(400, f"The body is not JSON: {problem}.")
        fault = fault_of(sent)
        if fault:
            return refused(400, fault)
        accept = request.headers.get("accept", "")
        if EVENT_STREAM in accept and ("json" not in accept or "subscription" in sent["query"]):
            return await self._stream(request, sent, self._answer)
        try:
            result = await self._answer(bearer(request.headers.get("authorization")), sent)
        except UnknownToken:
            return not_signed_in()
        return Response(result.body, result.status, media_type=self._media_type(request))

    @staticmethod
    def _media_type(request: Request) -> str:
        wanted = request.headers.get("accept", "")
        return GRAPHQL_RESPONSE if GRAPHQL_RESPONSE in wanted else "application/json"

    async def _answer(self, secret: str | None, sent: dict[str, Any]) -> Answer:
        """Run the document; again when the generation or the asker's rights changed meanwhile."""
        runtime = self._runtime
        fresh = False
        for _ in range(TRIES):
            generation = runtime.generation
            who, epoch = await runtime.tokens.who(secret, fresh=fresh)
            try:
                return await answer(
                    generation,
                    who,
                    epoch,
                    query=sent["query"],
                    operation_name=sent.get("operationName"),
                    variables=sent.get("variables"),
                    reads=runtime.reads,
                    mutations=runtime.mutations,
                )
            except EpochChanged:
                fresh = True
            except GenerationChanged:
                await runtime.catch_up(generation)
        return Answer(503, error_body("What is installed keeps changing. Try again.", "BUSY"))


def media_type(header: str) -> str:
    """The media type of a Content-Type header, without its parameters."""
    return header.partition(";")[0].strip().lower()


def fault_of(sent: object) -> str | None:
    """What is wrong with the envelope of a request, or None."""
    if not isinstance(sent, dict):
        return "The body is one JSON object with “query” and, where needed, “variables”."
    if not isinstance(sent.get("query"), str):
        return "“query” is missing; it is the GraphQL document as text."
    if not isinstance(sent.get("variables"), dict | None):
        return "“variables” is a JSON object."
    if not isinstance(sent.get("operationName"), str | None):
        return "“operationName” is text."
    return None


def not_signed_in() -> Response:
    """The refusal of a token."""
    said = "The token is unknown, expired or revoked. Sign in again."
    return refused(401, said, {"www-authenticate": "Bearer"}, "NOT_SIGNED_IN")


def error_body(message: str, code: str) -> bytes:
    """A response that has no data but one error."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})


def refused(
    status: int, message: str, headers: dict[str, str] | None = None, code: str = "BAD_REQUEST"
) -> Response:
    """An HTTP refusal in the shape of a GraphQL error."""
    return Response(error_body(message, code), status, headers, "application/json")
