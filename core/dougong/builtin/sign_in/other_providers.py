"""/sign-in/with/…: the way by other providers, and linking who somebody is there."""

from __future__ import annotations

import dataclasses
import re
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dougong.access.context import Context
from dougong.access.principal import ANONYMOUS
from dougong.builtin.sign_in import identities
from dougong.builtin.sign_in.browser import LOGIN, cookie_of, set_cookie
from dougong.builtin.sign_in.client import client
from dougong.builtin.sign_in.door import Door, as_json
from dougong.builtin.sign_in.openid import Begun, Identity, OpenIdProvider
from dougong.builtin.sign_in.sessions import SignedIn, begin_session
from dougong.errors import Forbidden
from dougong.workflow import event_log

LOGIN_SECONDS = 600
"""How long somebody may take at the other provider."""


class OtherProviders:
    """What is served at /sign-in/with/PROVIDER."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.found = {one.name: OpenIdProvider(one) for one in door.known.providers}

    def routes(self) -> list[Route]:
        """For the application."""
        json, at = self._door.json, "/sign-in/with/{provider}"
        return [
            Route(at, json(self.go), methods=["GET"]),
            Route(f"{at}/link", json(self.link), methods=["POST"]),
            Route(f"{at}/back", json(self.back), methods=["GET"]),
        ]

    async def go(self, request: Request) -> Response:
        """Send the browser to the provider."""
        return await self._sent(request, "")

    async def link(self, request: Request) -> Response:
        """Where to send the browser, so that what it brings back is linked to who is signed in."""
        who = await self._door.who(request)
        if who.token_id is None:
            raise Forbidden("not_signed_in")
        sent = await self._sent(request, str(who.token_id))
        response = as_json({"url": sent.headers["location"]})
        response.headers["set-cookie"] = sent.headers["set-cookie"]
        return response

    async def _sent(self, request: Request, link: str) -> Response:
        provider = self._provider(request)
        self._door.check_cookies(request)
        back_to = request.query_params.get("next", "/graphql")
        if not re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", back_to) or "\\" in back_to:
            back_to = "/graphql"  # only a page of ours
        url, begun = await provider.begin(self._address(request), back_to, link)
        response = RedirectResponse(url, 302, {"cache-control": "no-store"})
        kept = urlencode(dataclasses.asdict(begun))
        set_cookie(response, request.scope, self._door.known, kept, LOGIN_SECONDS, LOGIN)
        return response

    async def back(self, request: Request) -> Response:
        """Sign in whom the provider has sent back, or link who that is there."""
        provider = self._provider(request)
        kept = cookie_of(request.scope, self._door.known, LOGIN)
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

            self._door.keep(request, response, await self._door.do(ANONYMOUS, work))
        set_cookie(response, request.scope, self._door.known, "", 0, LOGIN)
        return response

    async def _link(self, request: Request, begun: Begun, found: Identity) -> None:
        """Link only to the session that asked for it, which must be the browser's still."""
        who = await self._door.who(request)
        if who.user_id is None or str(who.token_id) != begun.link:
            raise Forbidden("not_signed_in")
        user_id = who.user_id

        def work(ctx: Context) -> None:
            identities.link(ctx.session, user_id, found.issuer, found.subject, ctx.now)
            _write_event(ctx, "dougong.link_identity", user_id, found)

        await self._door.do(who, work)

    def _provider(self, request: Request) -> OpenIdProvider:
        found = self.found.get(request.path_params["provider"])
        if found is None:
            raise Forbidden("no_such_provider")
        return found

    def _address(self, request: Request) -> str:
        """Where the provider sends the browser back to; the same when it was begun."""
        base = self._door.known.public_url or str(request.base_url).rstrip("/")
        return f"{base}/sign-in/with/{request.path_params['provider']}/back"


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
