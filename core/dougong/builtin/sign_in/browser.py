"""Browsers: the session in a cookie, and which pages may send it."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dougong.builtin.sign_in.client import request_scope
from dougong.builtin.sign_in.settings import LOOPBACK, Settings, settings
from dougong.graphql.http import error_body

NAME = "dougong"
LOGIN = "dougong-login"
"""Of the cookie that lives while somebody is at another provider."""
SECURE = "__Host-"
"""Browsers take such a cookie only by https, for this host alone, from this host alone."""
OURS = "/sign-in"
CHANGES_NOTHING = ("GET", "HEAD", "OPTIONS")
TRUSTED_ORIGIN = "dougong.trusted_origin"
"""In a request's scope: its page is one of those that the operator has allowed."""
PAGE_HEADERS = {
    "content-security-policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
"""For pages: nobody frames them, and nobody learns what stood in their address."""


def is_secure(scope: Scope, known: Settings) -> bool:
    """Whether the browser has come by https, as far as we can know."""
    return known.public_url.startswith("https:") or scope["scheme"] in ("https", "wss")


def cookie_name(scope: Scope, known: Settings, name: str = NAME) -> str:
    """What a cookie of ours is called in this request."""
    return f"{SECURE}{name}" if is_secure(scope, known) else name


def cookie_of(scope: Scope, known: Settings, name: str = NAME) -> str | None:
    """The value of a cookie of ours."""
    wanted = cookie_name(scope, known, name).encode() + b"="
    for header, value in scope["headers"]:
        if header == b"cookie" and NAME.encode() in value:
            for part in value.split(b";"):
                if part.strip().startswith(wanted):
                    said: str = part.strip()[len(wanted) :].decode("latin-1")
                    return said or None
    return None


def set_cookie(
    response: Response, scope: Scope, known: Settings, value: str, seconds: int, name: str = NAME
) -> None:
    """Let the browser keep a value where no page can read it; no seconds: forget it."""
    response.set_cookie(
        cookie_name(scope, known, name),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(scope, known),
        httponly=True,
        samesite="lax",
    )


def may_keep_session(scope: Scope, known: Settings) -> bool:
    """Whether a cookie is safe here: by https, or on this machine."""
    host = HTTPConnection(scope).url.hostname or ""
    return is_secure(scope, known) or host in LOOPBACK


def own_page(scope: Scope, known: Settings) -> bool:
    """Whether a page of ours, or one that the operator has allowed, sends the request.

    Browsers say so in Sec-Fetch-Site or Origin; who says neither is no browser of today.
    """
    headers = Headers(scope=scope)
    origin = headers.get("origin", "").lower()
    if origin and origin in known.allowed_origins:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin" or (site == "none" and not origin)
    return bool(origin) and (
        urlsplit(origin).netloc == headers.get("host", "").lower() or origin == known.public_url
    )


class BrowserSessions:
    """Makes a bearer token of the session's cookie, for requests that a page of ours sends."""

    def __init__(self, app: ASGIApp, known: Settings) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with who it comes from."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_scope.set(scope)
        names = {name for name, _ in scope["headers"]}
        if b"origin" in names and self._known.allowed_origins:
            origin = Headers(scope=scope)["origin"].lower()
            scope[TRUSTED_ORIGIN] = origin in self._known.allowed_origins
        by_cookie = b"cookie" in names and b"authorization" not in names
        secret = cookie_of(scope, self._known) if by_cookie else None
        changes = scope["type"] == "websocket" or scope["method"] not in CHANGES_NOTHING
        guarded = changes and (secret is not None or scope["path"].startswith(OURS))
        if guarded and not own_page(scope, self._known):
            await _refused(scope, receive, send)
            return
        if secret is None or not (changes or _may_read(scope, self._known)):
            await self._app(scope, receive, send)
            return
        bearer = (b"authorization", b"Bearer " + secret.encode("latin-1"))
        scope = {**scope, "headers": [*scope["headers"], bearer]}
        request_scope.set(scope)
        await self._app(scope, receive, self._forgetting(scope, send))

    def _forgetting(self, scope: Scope, send: Send) -> Send:
        """Let the browser forget a session that has ended; nobody else keeps the answer."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("cache-control", "no-store")
                if message["status"] == 401:
                    emptied = Response()
                    set_cookie(emptied, scope, self._known, "", 0)
                    headers.append("set-cookie", emptied.headers["set-cookie"])
            await send(message)

        return sent


def _may_read(scope: Scope, known: Settings) -> bool:
    """Whether a request that changes nothing gets the session's rights.

    Other sites can make a browser send one. They cannot read the answer, but need not try.
    """
    site = Headers(scope=scope).get("sec-fetch-site")
    return site in (None, "same-origin", "none") or own_page(scope, known)


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "Another site's page"})
        return
    said = "A page of another site sent this. The operator can allow it: DOUGONG_ALLOWED_ORIGINS."
    response = Response(error_body(said, "FOREIGN_ORIGIN"), 403, media_type="application/json")
    await response(scope, receive, send)


def browser_middleware() -> list[Middleware]:
    """What stands before the application; raises SetupError for what is set wrongly."""
    known = settings()
    allowed = [
        Middleware(
            CORSMiddleware,
            allow_origins=known.allowed_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["authorization", "content-type"],
            allow_credentials=True,
            max_age=600,
        )
    ]
    return [*(allowed if known.allowed_origins else ()), Middleware(BrowserSessions, known)]
