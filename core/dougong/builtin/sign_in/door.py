"""What all of /sign-in shares: who asks, what was sent, transactions, cookies, JSON."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from dougong.access.context import Context
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.tokens import UnknownToken
from dougong.builtin.language.languages import accepted
from dougong.builtin.sign_in.browser import may_keep_session, set_cookie
from dougong.builtin.sign_in.openid import ProviderProblem
from dougong.builtin.sign_in.sessions import SignedIn
from dougong.builtin.sign_in.settings import settings
from dougong.errors import GenerationChanged, Invalid, Refused
from dougong.graphql.http import LARGEST_BODY, bearer, error_body
from dougong.graphql.mutations.run import Stopped
from dougong.graphql.problems import Unreachable

if TYPE_CHECKING:
    from dougong.runtime import Runtime

log = logging.getLogger("dougong.sign_in")
R = TypeVar("R")
Answering = Callable[[Request], Awaitable[Response]]
TRIES = 8


class Door:
    """Where browsers come to sign in: a running installation, and what its operator has set."""

    def __init__(self, runtime: Runtime) -> None:
        """Raises SetupError when something is set wrongly."""
        self.runtime = runtime
        self.known = settings()

    def json(self, answer: Answering) -> Answering:
        """The same, with what is refused as JSON."""

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except Refused as refusal:
                language = accepted(request.headers.get("accept-language", ""))
                said = self.runtime.generation.sentence(refusal, language or "")
                return _said(refusal.code, said, 403)
            except ProviderProblem as problem:
                log.error("Signing in by another provider failed: %s", problem)  # noqa: TRY400
                return _said("provider_problem", "The provider cannot be used at present.", 502)
            except UnknownToken:
                return _said("NOT_SIGNED_IN", "Sign in first.", 401)
            except Unreachable:
                return _said("UNREACHABLE", Unreachable.says, 503)

        return answered

    async def who(self, request: Request, *, or_nobody: bool = False) -> Principal:
        """Who asks, looked up anew; raises UnknownToken for a session that has ended."""
        try:
            secret = bearer(request.headers.get("authorization"))
            return (await self.runtime.tokens.who(secret, fresh=True))[0]
        except UnknownToken:
            if or_nobody:
                return ANONYMOUS
            raise

    async def do(self, who: Principal, work: Callable[[Context], R]) -> R:
        """Do something in a transaction, again where something was installed meanwhile."""
        done: list[R] = []

        def task(ctx: Context) -> bytes:
            done[:] = [work(ctx)]
            return b""

        for _ in range(TRIES):
            generation = self.runtime.generation
            try:
                await self.runtime.mutations.run(generation, who, [task], keep=True)
                return done[0]
            except GenerationChanged:
                await self.runtime.catch_up(generation)
            except Stopped as stopped:
                raise stopped.problem from None
        raise Refused("busy")

    def check_cookies(self, request: Request) -> None:
        """Raise Refused (`no_https`) where others could read a cookie."""
        if not may_keep_session(request.scope, self.known):
            raise Refused("no_https")

    def keep(self, request: Request, response: Response, signed_in: SignedIn) -> None:
        """Let the browser keep its new session."""
        seconds = int(self.known.session_life.total_seconds())
        set_cookie(response, request.scope, self.known, signed_in.token, seconds)


async def texts_of(request: Request, *names: str) -> dict[str, str]:
    """The texts of a JSON object; raises Invalid."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > LARGEST_BODY:
            raise Invalid("not_json")
    try:
        sent: Any = orjson.loads(body) if kind == "application/json" else None
    except orjson.JSONDecodeError:
        sent = None
    if not isinstance(sent, Mapping):
        raise Invalid("not_json")
    values = {name: sent.get(name, "") for name in names}
    if not all(isinstance(value, str) for value in values.values()):
        raise Invalid("not_json")
    return values


def as_json(value: Mapping[str, Any]) -> Response:
    """An answer that nobody keeps."""
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(value), 200, headers, "application/json")


def _said(code: str, message: str, status: int) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(error_body(message, code), status, headers, "application/json")
