"""/sign-in: the page, the browser's session, and the way by other providers."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dougong.access.context import Context
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.tokens import UnknownToken
from dougong.builtin.sign_in import identities
from dougong.builtin.sign_in.browser import (
    LOGIN,
    PAGE_HEADERS,
    cookie_of,
    may_keep_session,
    set_cookie,
)
from dougong.builtin.sign_in.client import client
from dougong.builtin.sign_in.openid import Begun, Identity, OpenIdProvider, ProviderProblem
from dougong.builtin.sign_in.own_password import choose_password
from dougong.builtin.sign_in.proving import prove
from dougong.builtin.sign_in.sessions import SignedIn, begin_session, sign_in, sign_out
from dougong.builtin.sign_in.settings import settings
from dougong.errors import Forbidden, GenerationChanged, Invalid, Refused
from dougong.graphql.http import LARGEST_BODY, bearer, error_body
from dougong.graphql.mutations.run import Stopped
from dougong.workflow import event_log

if TYPE_CHECKING:
    from dougong.runtime import Runtime

log = logging.getLogger("dougong.sign_in")
R = TypeVar("R")
LOGIN_SECONDS = 600
"""How long somebody may take at the other provider."""
TRIES = 8


class SignInRoutes:
    """What is served at /sign-in."""

    def __init__(self, runtime: Runtime) -> None:
        """Raises SetupError when something is set wrongly."""
        self._runtime = runtime
        self._known = settings()
        self._providers = {one.name: OpenIdProvider(one) for one in self._known.providers}

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/sign-in", self.page),
            Route("/sign-in/session", self._json(self.whose), methods=["GET"]),
            Route("/sign-in/session", self._json(self.begin), methods=["POST"]),
            Route("/sign-in/session", self._json(self.end), methods=["DELETE"]),
            Route("/sign-in/password", self._json(self.choose), methods=["POST"]),
            Route("/sign-in/with/{provider}", self._json(self.go), methods=["GET"]),
            Route("/sign-in/with/{provider}/link", self._json(self.link), methods=["POST"]),
            Route("/sign-in/with/{provider}/back", self._json(self.back), methods=["GET"]),
        ]

    async def page(self, _request: Request) -> Response:
        """A page to sign in, and to choose a password with a link."""
        file = resources.files("dougong.builtin.sign_in") / "page.html"
        return HTMLResponse(file.read_text("utf-8"), headers=PAGE_HEADERS)

    def _json(
        self, answer: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except Refused as refusal:
                said = self._runtime.generation.sentence(refusal)
                return _said(refusal.code, said, 403)
            except ProviderProblem as problem:
                log.error("Signing in by another provider failed: %s", problem)  # noqa: TRY400
                return _said("provider_problem", "The provider cannot be used at present.", 502)
            except UnknownToken:
                return _said("NOT_SIGNED_IN", "Sign in first.", 401)

        return answered

    # The browser's session -------------------------------------------------------------------

    async def whose(self, request: Request) -> Response:
        """Who is signed in, if anybody, and by which providers one can."""
        who = await self._who(request, or_nobody=True)
        ways = [
            {"name": name, "label": one.provider.label, "url": f"/sign-in/with/{name}"}
            for name, one in self._providers.items()
        ]
        user = None
        if who.user_id is not None:
            user = {"id": f"User:{who.user_id}", "name": who.label, "roles": sorted(who.roles)}
        return _answered({"user": user, "providers": ways})

    async def begin(self, request: Request) -> Response:
        """Sign in with e-mail address, password and, where needed, a code; the cookie is set."""
        given = await _given(request, "email", "password", "code")
        self._check_cookies(request)
        who = await self._who(request, or_nobody=True)
        proof = await prove(self._runtime.engine, who, given)

        def work(ctx: Context) -> SignedIn:
            ctx.found = proof
            return sign_in(ctx, email=given["email"], password="")

        signed_in = await self._do(ANONYMOUS, work)
        response = _answered({"needsSecondFactor": signed_in.needs_second_factor})
        self._keep(request, response, signed_in)
        return response

    async def end(self, request: Request) -> Response:
        """Sign out; the cookie goes."""
        who = await self._who(request, or_nobody=True)
        if who.token_id is not None:
            await self._do(dataclasses.replace(who, read_only=False), sign_out)
        response = _answered({})
        set_cookie(response, request.scope, self._known, "", 0)
        return response

    async def choose(self, request: Request) -> Response:
        """Choose a password with the secret of a link."""
        given = await _given(request, "link", "password")
        await self._do(ANONYMOUS, lambda ctx: choose_password(ctx, **given))
        return _answered({})

    # Other providers -------------------------------------------------------------------------

    async def go(self, request: Request) -> Response:
        """Send the browser to the provider."""
        return await self._sent(request, "")

    async def link(self, request: Request) -> Response:
        """Where to send the browser, so that what it brings back is linked to who is signed in."""
        who = await self._who(request)
        if who.token_id is None:
            raise Forbidden("not_signed_in")
        sent = await self._sent(request, str(who.token_id))
        response = _answered({"url": sent.headers["location"]})
        response.headers["set-cookie"] = sent.headers["set-cookie"]
        return response

    async def _sent(self, request: Request, link: str) -> Response:
        provider = self._provider(request)
        self._check_cookies(request)
        back_to = request.query_params.get("next", "/graphql")
        if not re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", back_to) or "\\" in back_to:
            back_to = "/graphql"  # only a page of ours
        url, begun = await provider.begin(self._address(request), back_to, link)
        response = RedirectResponse(url, 302, {"cache-control": "no-store"})
        kept = urlencode(dataclasses.asdict(begun))
        set_cookie(response, request.scope, self._known, kept, LOGIN_SECONDS, LOGIN)
        return response

    async def back(self, request: Request) -> Response:
        """Sign in whom the provider has sent back, or link who that is there."""
        provider = self._provider(request)
        kept = cookie_of(request.scope, self._known, LOGIN)
        begun = Begun(**_fields(kept)) if kept else None
        if begun is None:
            raise Forbidden("provider_refused")
        found = await provider.finish(begun, self._address(request), request.query_params)
        response = RedirectResponse(begun.back_to, 303, {"cache-control": "no-store"})
        if begun.link:
            await self._link(request, begun, found)
        else:
            by, provided = client(), provider.provider

            def work(ctx: Context) -> SignedIn:
                user_id = _user(ctx, found, by_email=provided.link_by_email)
                _write_event(ctx, "dougong.sign_in_by_provider", user_id, found)
                return begin_session(ctx, user_id, by, second_factor=provided.second_factor)

            self._keep(request, response, await self._do(ANONYMOUS, work))
        set_cookie(response, request.scope, self._known, "", 0, LOGIN)
        return response

    async def _link(self, request: Request, begun: Begun, found: Identity) -> None:
        """Link only to the session that asked for it, which must be the browser's still."""
        who = await self._who(request)
        if who.user_id is None or str(who.token_id) != begun.link:
            raise Forbidden("not_signed_in")
        user_id = who.user_id

        def work(ctx: Context) -> None:
            identities.link(ctx.session, user_id, found.issuer, found.subject, ctx.now)
            _write_event(ctx, "dougong.link_identity", user_id, found)

        await self._do(who, work)

    def _provider(self, request: Request) -> OpenIdProvider:
        found = self._providers.get(request.path_params["provider"])
        if found is None:
            raise Forbidden("no_such_provider")
        return found

    def _address(self, request: Request) -> str:
        """Where the provider sends the browser back to; the same when it was begun."""
        base = self._known.public_url or str(request.base_url).rstrip("/")
        return f"{base}/sign-in/with/{request.path_params['provider']}/back"

    # What they share -------------------------------------------------------------------------

    async def _who(self, request: Request, *, or_nobody: bool = False) -> Principal:
        """Who asks, looked up anew; raises UnknownToken for a session that has ended."""
        try:
            secret = bearer(request.headers.get("authorization"))
            return (await self._runtime.tokens.who(secret, fresh=True))[0]
        except UnknownToken:
            if or_nobody:
                return ANONYMOUS
            raise

    async def _do(self, who: Principal, work: Callable[[Context], R]) -> R:
        """Do something in a transaction, again where something was installed meanwhile."""
        done: list[R] = []

        def task(ctx: Context) -> bytes:
            done[:] = [work(ctx)]
            return b""

        for _ in range(TRIES):
            generation = self._runtime.generation
            try:
                await self._runtime.mutations.run(generation, who, [task], keep=True)
                return done[0]
            except GenerationChanged:
                await self._runtime.catch_up(generation)
            except Stopped as stopped:
                raise stopped.problem from None
        raise Refused("busy")

    def _check_cookies(self, request: Request) -> None:
        if not may_keep_session(request.scope, self._known):
            raise Refused("no_https")

    def _keep(self, request: Request, response: Response, signed_in: SignedIn) -> None:
        seconds = int(self._known.session_life.total_seconds())
        set_cookie(response, request.scope, self._known, signed_in.token, seconds)


def _user(ctx: Context, found: Identity, *, by_email: bool) -> int:
    """Whose identity it is; a new one is linked by its address only where that is set.

    Raises Forbidden, the same for everybody who is not let in.
    """
    session = ctx.session
    user_id = identities.user_of(session, found.issuer, found.subject)
    linked = identities.is_linked(session, found.issuer, found.subject)
    if user_id is None and by_email and found.email and not linked:
        user_id = identities.user_with_address(session, found.email)
        if user_id is not None:
            try:
                identities.link(session, user_id, found.issuer, found.subject, ctx.now)
            except Forbidden:  # the user is somebody else there: no taking over
                user_id = None
    if user_id is None:
        raise Forbidden("nobody_linked")
    return user_id


def _write_event(ctx: Context, verb: str, user_id: int, found: Identity) -> None:
    event_log.append(
        ctx.session,
        verb=verb,
        addon="dougong",
        actor=(user_id, found.subject),
        records=[None],
        at=ctx.now,
        form={"issuer": found.issuer, "subject": found.subject},
    )


def _fields(kept: str) -> dict[str, str]:
    names = {one.name for one in dataclasses.fields(Begun)}
    found = {
        name: value for name, value in parse_qsl(kept, keep_blank_values=True) if name in names
    }
    if found.keys() != names:
        raise Forbidden("provider_refused")
    return found


async def _given(request: Request, *names: str) -> dict[str, str]:
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


def _answered(value: Mapping[str, Any]) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(value), 200, headers, "application/json")


def _said(code: str, message: str, status: int) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(error_body(message, code), status, headers, "application/json")


def sign_in_routes(runtime: Runtime) -> list[Route]:
    """What is served at /sign-in; raises SetupError when something is set wrongly."""
    return SignInRoutes(runtime).routes()
