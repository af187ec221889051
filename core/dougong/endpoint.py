"""The GraphQL endpoint: a document by POST or GET, many over a WebSocket, the schema as a file."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import isub

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from dougong.access.tokens import UnknownToken
from dougong.builtin.graphiql import page
from dougong.builtin.language.languages import SOURCE, accepted
from dougong.builtin.sign_in.browser import PAGE_HEADERS
from dougong.builtin.trusted_documents import id_of
from dougong.builtin.watching.noted import noted
from dougong.errors import GenerationChanged
from dougong.graphql.execution import Answer, EpochChanged, Reads, answer
from dougong.graphql.http import (
    LARGEST_BODY,
    Asked,
    BadRequest,
    bearer,
    dressed,
    error_body,
    from_body,
    from_parameters,
)
from dougong.graphql.schema_texts import SchemaTexts
from dougong.live.event_stream import EVENT_STREAM, EventStream
from dougong.live.operation import results
from dougong.live.websocket import Close, LiveSocket
from dougong.lookout import Lookout, Watched
from dougong.runtime import Runtime

TRIES = 8
CLIENT_LEFT = 499
Headers = Mapping[bytes, bytes]
"""A request's headers by their names in lower case; of several, the first."""


@dataclass(frozen=True)
class Serving:
    """How documents are served."""

    only_trusted: bool = False
    """Documents that have not been registered are refused."""
    development: bool = False
    """Everybody may look at the schema and is told what names they may have meant."""
    most_connections: int = 1_000
    most_connections_of_one: int = 50
    """Sockets and streams open at a time in this process; and of one user or unsigned address."""
    jobs: int = 0
    """How many jobs are done at a time."""


class Bytes:
    """A response of some bytes: what Starlette's Response is, for one that is given very often."""

    def __init__(self, body: bytes, status: int, kind: str) -> None:
        self._body = body
        length = b"%d" % len(body)
        self._start = {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-length", length), (b"content-type", kind.encode())],
        }

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send(self._start)
        await send({"type": "http.response.body", "body": self._body})


class GraphQLEndpoint:
    """POST runs a document, GET a query; a WebSocket many; GET shows GraphiQL to a browser."""

    def __init__(self, runtime: Runtime, serving: Serving) -> None:
        self._runtime = runtime
        self._serving = serving
        self._lookout = Lookout()
        self._open: Counter[Hashable] = Counter()

    @property
    def connections(self) -> int:
        """How many sockets and streams are open."""
        return self._open[None]

    async def get(self, request: Request) -> ASGIApp:
        """The answer to a query in the parameters; the GraphiQL page for a browser."""
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page(), headers=PAGE_HEADERS)
        try:
            asked = from_parameters(request.query_params)
        except BadRequest as refusal:
            return refused(refusal.status, str(refusal))
        headers = dict(reversed(request.scope["headers"]))
        return await self._respond(headers, request.receive, asked, queries_only=True)

    async def websocket(self, websocket: WebSocket) -> None:
        """Operations over one connection, by graphql-transport-ws."""
        await LiveSocket(self._runtime, websocket, self, self._held).serve()

    def _held(self, *whose: Hashable) -> contextlib.ExitStack:
        """Count a connection for all (None) and for somebody; raises Close where it is too many."""
        most, of_one = self._serving.most_connections, self._serving.most_connections_of_one
        for one in whose:
            whom, allowed = ("This server has", most) if one is None else ("You have", of_one)
            if self._open[one] >= allowed:
                raise Close(1013, f"{whom} {allowed:,} connections open. Close one or try later.")
        self._open.update(whose)
        held = contextlib.ExitStack()
        held.callback(isub, self._open, Counter(whose))
        return held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the one document of a POST and answer with its JSON.

        This is ASGI itself: Starlette's Request costs more than all else that is done here.
        """
        headers, body = dict(reversed(scope["headers"])), await whole_body(receive)
        response: ASGIApp
        if body is None:
            response = Response(status_code=CLIENT_LEFT)
        elif len(body) > LARGEST_BODY:
            response = refused(413, f"A request has at most {LARGEST_BODY} bytes.")
        else:
            try:
                asked = from_body(_text(headers, b"content-type"), body)
            except BadRequest as refusal:
                response = refused(refusal.status, str(refusal))
            else:
                response = await self._respond(headers, receive, asked, queries_only=False)
        await response(scope, receive, send)

    async def schema(self, request: Request) -> Response:
        """The schema as SDL or as the answer to the introspection query, with an ETag."""
        try:
            secret = bearer(request.headers.get("authorization"))
            who, _ = await self._runtime.tokens.who(secret, fresh=True)
        except UnknownToken:
            return _not_signed_in()
        if who.user_id is None and not self._serving.development:
            return refused(403, "Sign in to look at the schema.", code="FORBIDDEN")
        texts = await asyncio.to_thread(SchemaTexts.of, self._runtime.generation)
        headers = {"etag": texts.etag, "cache-control": "private, no-cache"}
        if texts.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if request.url.path.endswith(".json"):
            return Response(texts.introspection, 200, headers, "application/json")
        return Response(texts.sdl, 200, headers, "text/plain")

    async def _respond(
        self, headers: Headers, receive: Receive, asked: Asked, *, queries_only: bool
    ) -> ASGIApp:
        if self._runtime.failure is not None:
            said = "This server is not ready; another one may be."
            return refused(503, said, {"retry-after": "1"}, "NOT_READY")
        reads = Watched(self._runtime.reads, receive, self._lookout)
        accept = _text(headers, b"accept")
        try:
            sent = headers.get(b"authorization")
            secret = bearer(sent and sent.decode("latin-1"))
            if EVENT_STREAM in accept and _wants_stream(accept, asked):
                who, _ = await self._runtime.tokens.who(secret)
                door = OnlySubscriptions(self) if queries_only else self
                told = results(self._runtime, secret, asked, door)
                return EventStream(told, self._held(None, who.user_id or "nobody"))
            language = _text(headers, b"accept-language")
            result = await self._answer(
                secret, asked, reads, queries_only=queries_only, language=language
            )
        except UnknownToken:
            return _not_signed_in()
        except Close as full:
            return refused(503, full.reason, {"retry-after": "10"}, "TOO_MANY_CONNECTIONS")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not reads.left or (task and task.uncancel()):
                raise
            return Response(status_code=CLIENT_LEFT)
        kind, status = dressed(accept, result.status)
        if status == 405:
            return Response(result.body, status, {"allow": "POST"}, kind)
        return Bytes(result.body, status, kind)

    async def answer(self, secret: str | None, asked: Asked) -> Answer:
        """Answer a query or a mutation that came over a stream. Raises UnknownToken."""
        return await self._answer(secret, asked, self._runtime.reads, queries_only=False)

    async def _answer(
        self,
        secret: str | None,
        asked: Asked,
        reads: Reads,
        *,
        queries_only: bool,
        language: str = "",
    ) -> Answer:
        """Run the document; again when the generation or the asker's rights changed meanwhile."""
        runtime = self._runtime
        fresh = False
        for _ in range(TRIES):
            generation = runtime.generation
            who, epoch = await runtime.tokens.who(secret, fresh=fresh)
            if language and not who.language and (spoken := accepted(language)) != SOURCE:
                who = replace(who, language=spoken or "")
            document = await self.document(asked, epoch)
            if isinstance(document, Answer):
                return document
            try:
                return await answer(
                    generation,
                    who,
                    epoch,
                    query=document,
                    operation_name=asked.operation_name,
                    variables=asked.variables,
                    reads=reads,
                    mutations=runtime.mutations,
                    queries_only=queries_only,
                    development=self._serving.development,
                    look_up=partial(runtime.tokens.who, secret, fresh=True),
                )
            except EpochChanged:
                fresh = True
            except GenerationChanged:
                await runtime.catch_up(generation)
        return Answer(503, error_body("What is installed keeps changing. Try again.", "BUSY"))

    async def document(self, asked: Asked, epoch: int) -> str | Answer:
        """The document's text, or why it is not run."""
        if asked.query is None or self._serving.only_trusted:
            key = asked.document_id if asked.query is None else id_of(asked.query)
            known = await self._runtime.trusted.text(str(key), epoch)
            if known is None and asked.query is None:
                said = "PersistedQueryNotFound"  # the word that clients look for
                return Answer(400, error_body(said, "PERSISTED_QUERY_NOT_FOUND"))
            if known is None:
                said = "This server runs registered documents only: dougong documents add."
                return Answer(403, error_body(said, "NOT_TRUSTED"))
            noted().trusted = True
            return known
        return asked.query


class OnlySubscriptions:
    """A door for GET: what is no subscription runs by POST."""

    def __init__(self, endpoint: GraphQLEndpoint) -> None:
        self.document = endpoint.document

    async def answer(self, secret: str | None, asked: Asked) -> Answer:
        """Refuse."""
        return Answer(405, error_body("By GET only subscriptions stream: use POST.", "POST_ONLY"))


async def whole_body(receive: Receive) -> bytes | bytearray | None:
    """The body of a request, or its beginning if it is too large; None when the client has left."""
    message = await receive()
    body: bytes | bytearray = message.get("body", b"")
    if message.get("more_body"):
        body = bytearray(body)
    while message.get("more_body") and len(body) <= LARGEST_BODY:
        message = await receive()
        body += message.get("body", b"")
    return None if message["type"] == "http.disconnect" else body


def _wants_stream(accept: str, asked: Asked) -> bool:
    """Whether who takes events gets them; who takes JSON too gets it, but for subscriptions."""
    return "json" not in accept or asked.query is None or "subscription" in asked.query


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")


def _not_signed_in() -> Response:
    said = "The token is unknown, expired or revoked. Sign in again."
    return refused(401, said, {"www-authenticate": "Bearer"}, "NOT_SIGNED_IN")


def refused(
    status: int, message: str, headers: dict[str, str] | None = None, code: str = "BAD_REQUEST"
) -> Response:
    """An HTTP refusal in the shape of a GraphQL error."""
    return Response(error_body(message, code), status, headers, "application/json")
