"""/sign-in: the page, and the browser's session."""

from __future__ import annotations

import dataclasses
from importlib import resources
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dougong.access.context import Context
from dougong.access.principal import ANONYMOUS
from dougong.builtin.sign_in.browser import PAGE_HEADERS, set_cookie
from dougong.builtin.sign_in.door import Door, as_json, texts_of
from dougong.builtin.sign_in.other_providers import OtherProviders
from dougong.builtin.sign_in.own_password import choose_password
from dougong.builtin.sign_in.proving import prove
from dougong.builtin.sign_in.sessions import SignedIn, sign_in, sign_out

if TYPE_CHECKING:
    from dougong.runtime import Runtime


class SignInRoutes:
    """What is served at /sign-in."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._others = OtherProviders(door)

    def routes(self) -> list[Route]:
        """For the application."""
        json = self._door.json
        return [
            Route("/sign-in", self.page),
            Route("/sign-in/session", json(self.whose), methods=["GET"]),
            Route("/sign-in/session", json(self.begin), methods=["POST"]),
            Route("/sign-in/session", json(self.end), methods=["DELETE"]),
            Route("/sign-in/password", json(self.choose), methods=["POST"]),
            *self._others.routes(),
        ]

    async def page(self, _request: Request) -> Response:
        """A page to sign in, and to choose a password with a link."""
        file = resources.files("dougong.builtin.sign_in") / "page.html"
        return HTMLResponse(file.read_text("utf-8"), headers=PAGE_HEADERS)

    async def whose(self, request: Request) -> Response:
        """Who is signed in, if anybody, and by which providers one can."""
        who = await self._door.who(request, or_nobody=True)
        ways = [
            {"name": name, "label": one.provider.label, "url": f"/sign-in/with/{name}"}
            for name, one in self._others.found.items()
        ]
        user = None
        if who.user_id is not None:
            user = {"id": f"User:{who.user_id}", "name": who.label, "roles": sorted(who.roles)}
        return as_json({"user": user, "providers": ways})

    async def begin(self, request: Request) -> Response:
        """Sign in with e-mail address, password and, where needed, a code; the cookie is set."""
        given = await texts_of(request, "email", "password", "code")
        self._door.check_cookies(request)
        who = await self._door.who(request, or_nobody=True)
        proof = await prove(self._door.runtime, who, given)

        def work(ctx: Context) -> SignedIn:
            ctx.found = proof
            return sign_in(ctx, email=given["email"], password="")

        signed_in = await self._door.do(ANONYMOUS, work)
        response = as_json({"needsSecondFactor": signed_in.needs_second_factor})
        self._door.keep(request, response, signed_in)
        return response

    async def end(self, request: Request) -> Response:
        """Sign out; the cookie goes."""
        who = await self._door.who(request, or_nobody=True)
        if who.token_id is not None:
            await self._door.do(dataclasses.replace(who, read_only=False), sign_out)
        response = as_json({})
        set_cookie(response, request.scope, self._door.known, "", 0)
        return response

    async def choose(self, request: Request) -> Response:
        """Choose a password with the secret of a link."""
        given = await texts_of(request, "link", "password")
        await self._door.do(ANONYMOUS, lambda ctx: choose_password(ctx, **given))
        return as_json({})


def sign_in_routes(runtime: Runtime) -> list[Route]:
    """What is served at /sign-in; raises SetupError when something is set wrongly."""
    return SignInRoutes(Door(runtime)).routes()
