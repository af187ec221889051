"""What an operator sets about signing in: environment variables, read in this one place."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from dougong.errors import SetupError

PROXIES = "DOUGONG_TRUSTED_PROXIES"
ORIGINS = "DOUGONG_ALLOWED_ORIGINS"
PUBLIC_URL = "DOUGONG_PUBLIC_URL"
SECRET_KEY = "DOUGONG_SECRET_KEY"  # noqa: S105 - the variable's name
SESSION_DAYS = "DOUGONG_SESSION_DAYS"
PASSWORD_MEMORY = "DOUGONG_PASSWORD_MEMORY"  # noqa: S105 - the variable's name
PROVIDERS = "DOUGONG_OIDC"
SHORTEST_KEY = 32
USUAL_MEMORY = 19_456
LEAST_MEMORY = 8
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Provider:
    """Somebody else who can say who a person is, by OpenID Connect."""

    name: str
    """What addresses call it: lower case letters, digits, hyphens."""
    issuer: str
    client_id: str
    client_secret: str
    label: str
    """What the sign-in page calls it."""
    link_by_email: bool
    """Whether a verified address there is enough to be the user with that address here."""
    second_factor: bool
    """Whether the provider has asked for a second factor itself."""


@dataclass(frozen=True)
class Settings:
    """All of them; the defaults are for development on this machine."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose word is taken for who the client is and whether it came by https."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of web pages, other than our own, that may use the API in a browser."""
    public_url: str = ""
    """Where people reach this installation: `https://erp.company.example`."""
    secret_keys: tuple[str, ...] = ()
    """The first encrypts what must be kept readable; the others are from before."""
    session_life: timedelta = timedelta(days=30)
    providers: tuple[Provider, ...] = ()
    password_memory: int = USUAL_MEMORY
    """KiB that hashing a password takes; less only for tests."""

    def provider(self, name: str) -> Provider | None:
        """The provider of this name."""
        return next((one for one in self.providers if one.name == name), None)


def settings(variables: Mapping[str, str] = os.environ) -> Settings:
    """What is set now; raises SetupError for what cannot be."""
    keys = _listed(variables, SECRET_KEY)
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise SetupError(
            f"A key in {SECRET_KEY} has less than {SHORTEST_KEY} characters.",
            fix="make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'.",
        )
    return Settings(
        _listed(variables, PROXIES),
        tuple(_origin(ORIGINS, one) for one in _listed(variables, ORIGINS)),
        _public_url(variables),
        keys,
        timedelta(days=_days(variables)),
        tuple(_provider(variables, name) for name in _listed(variables, PROVIDERS)),
        _memory(variables),
    )


def _listed(variables: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in variables.get(name, "").split(",") if part.strip())


def _days(variables: Mapping[str, str]) -> int:
    said = variables.get(SESSION_DAYS) or "30"
    if not said.isdigit() or not 1 <= int(said) <= 365:
        raise SetupError(f"{SESSION_DAYS} is “{said}”.", fix="write a number of days, 1 to 365.")
    return int(said)


def _memory(variables: Mapping[str, str]) -> int:
    said = variables.get(PASSWORD_MEMORY) or str(USUAL_MEMORY)
    if not said.isdigit() or not LEAST_MEMORY <= int(said) <= 4_194_304:
        fix = f"leave it out, or write a number of KiB, {LEAST_MEMORY} at least."
        raise SetupError(f"{PASSWORD_MEMORY} is “{said}”.", fix=fix)
    return int(said)


def _origin(name: str, said: str) -> str:
    """An origin as browsers write it; raises SetupError."""
    parts = urlsplit(said.rstrip("/"))
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not secure or not parts.hostname or parts.path or parts.query:
        raise SetupError(
            f"{name} has “{said}”, which is not the origin of a secure page.",
            fix="write it as https://erp.company.example, with the port if there is one.",
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def _public_url(variables: Mapping[str, str]) -> str:
    said = variables.get(PUBLIC_URL, "").strip()
    return _origin(PUBLIC_URL, said) if said else ""


def _provider(variables: Mapping[str, str], name: str) -> Provider:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise SetupError(
            f"{PROVIDERS} names “{name}”.", fix="use lower case letters, digits and hyphens."
        )
    prefix = f"{PROVIDERS}_{name.upper().replace('-', '_')}_"

    def value(what: str, default: str | None = None) -> str:
        said = variables.get(prefix + what, "").strip() or default
        if said is None:
            raise SetupError(
                f"{prefix}{what} is not set.", fix=f"set it, or take {name} out of {PROVIDERS}."
            )
        return said

    issuer = value("ISSUER")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SetupError(f"{prefix}ISSUER is “{issuer}”.", fix="name a provider that has https.")
    return Provider(
        name,
        issuer,
        value("CLIENT_ID"),
        value("CLIENT_SECRET"),
        value("LABEL", name),
        value("LINK_BY_EMAIL", "no") == "yes",
        value("SECOND_FACTOR", "no") == "yes",
    )
