"""OpenID Connect: the code flow with PKCE, state and nonce, by Authlib, for any provider."""

from __future__ import annotations

import asyncio
import hmac
import importlib.util
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dougong.builtin.sign_in.settings import Provider
from dougong.errors import Forbidden, SetupError

log = logging.getLogger("dougong.sign_in")
SECONDS = 10
"""How long a provider may take to answer."""
KNOWN_SECONDS = 600
"""How long its addresses and keys are remembered."""
SCOPE = "openid email profile"
SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures by the provider's own key; never `none`, never by the secret that both know."""


class ProviderProblem(Exception):
    """The provider cannot be reached, or what it says does not hold; the text is for the log."""


@dataclass(frozen=True)
class Begun:
    """What the browser keeps, in a cookie that no page can read, until it comes back."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back_to: str
    link: str = ""
    """Says that an identity is to be linked to the session that this belongs to."""


@dataclass(frozen=True)
class Identity:
    """Whom a provider has sent."""

    issuer: str
    subject: str
    email: str | None
    """The address, where the provider says that it has been verified."""


@dataclass
class _Known:
    metadata: Mapping[str, Any]
    keys: Any
    at: float = field(default_factory=time.monotonic)


class OpenIdProvider:
    """One provider as a worker knows it."""

    def __init__(self, provider: Provider) -> None:
        """Raises SetupError without the extra `dougong[oidc]`."""
        if importlib.util.find_spec("authlib") is None:
            raise SetupError(
                f"{provider.label} needs Authlib, which is not installed.",
                fix="pip install 'dougong[oidc]', or take it out of DOUGONG_OIDC.",
            )
        self.provider = provider
        self._known: _Known | None = None
        self._asking = asyncio.Lock()

    async def begin(self, redirect_uri: str, back_to: str, link: str = "") -> tuple[str, Begun]:
        """Where to send the browser, and what it has to keep; raises ProviderProblem."""
        known = await self._metadata()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client(redirect_uri) as client:
            url, state = client.create_authorization_url(
                known.metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        return url, Begun(self.provider.name, state, nonce, verifier, back_to, link)

    async def finish(self, begun: Begun, redirect_uri: str, answer: Mapping[str, str]) -> Identity:
        """Who came back with a provider's answer.

        Raises Forbidden (`provider_refused`) when it does not belong to what was begun or the
        provider said no, and ProviderProblem.
        """
        same = hmac.compare_digest(begun.state.encode(), answer.get("state", "").encode())
        if not same or begun.provider != self.provider.name or not answer.get("code"):
            raise Forbidden("provider_refused")
        if answer.get("iss", self.provider.issuer) != self.provider.issuer:
            raise Forbidden("provider_refused")  # RFC 9207: another provider's answer
        token = await self._exchange(begun, redirect_uri, answer["code"])
        claims = await self._claims(token, begun.nonce)
        verified = claims.get("email_verified") in (True, "true")
        return Identity(
            self.provider.issuer, str(claims["sub"]), claims.get("email") if verified else None
        )

    async def _exchange(self, begun: Begun, redirect_uri: str, code: str) -> Mapping[str, Any]:
        from authlib.integrations.base_client import OAuthError

        known = await self._metadata()
        try:
            async with self._client(redirect_uri) as client:
                token: Mapping[str, Any] = await client.fetch_token(
                    known.metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=begun.verifier,
                )
        except OAuthError as refusal:
            log.warning("%s refused a code: %s", self.provider.name, refusal)
            raise Forbidden("provider_refused") from refusal
        except Exception as problem:
            raise ProviderProblem(f"no token: {problem!r}") from problem
        return token

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """What the signed id token says; raises ProviderProblem when something of it is wrong."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError
        from joserfc.jws import JWSRegistry

        registry = JWSRegistry(algorithms=list(SIGNED_BY), strict_check_header=False)
        provider = self.provider
        options = {"iss": {"value": provider.issuer}, "aud": {"value": provider.client_id}}
        more = {"nonce": nonce, "client_id": provider.client_id}
        try:
            known = await self._metadata()
            try:
                decoded = jwt.decode(token["id_token"], known.keys, registry=registry)
            except InvalidKeyIdError:  # the provider has taken a new key
                known = await self._metadata(older_than=known)
                decoded = jwt.decode(token["id_token"], known.keys, registry=registry)
            more["access_token"] = token.get("access_token", "")
            claims = CodeIDToken(decoded.claims, decoded.header, options, more)
            claims.validate(leeway=60)
        except (JoseError, KeyError, ValueError, TypeError) as problem:
            raise ProviderProblem(f"the id token does not hold: {problem!r}") from problem
        return claims  # type: ignore[no-any-return]

    async def _metadata(self, older_than: _Known | None = None) -> _Known:
        """The provider's addresses and keys; raises ProviderProblem."""
        async with self._asking:
            known = self._known
            fresh = known is not None and time.monotonic() - known.at < KNOWN_SECONDS
            if known is None or not fresh or known is older_than:
                known = self._known = await self._discover()
            return known

    async def _discover(self) -> _Known:
        import httpx2
        from joserfc.jwk import KeySet

        issuer = self.provider.issuer
        try:
            async with httpx2.AsyncClient(timeout=SECONDS) as client:
                place = issuer.rstrip("/") + "/.well-known/openid-configuration"
                metadata = (await client.get(place)).raise_for_status().json()
                if metadata["issuer"] != issuer:
                    raise ValueError(f"it calls itself {metadata['issuer']}")
                keys = (await client.get(metadata["jwks_uri"])).raise_for_status().json()
            return _Known(metadata, KeySet.import_key_set(keys))
        except Exception as problem:
            raise ProviderProblem(f"{issuer} cannot be used: {problem!r}") from problem

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client

        return AsyncOAuth2Client(
            self.provider.client_id,
            self.provider.client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=SECONDS,
        )
