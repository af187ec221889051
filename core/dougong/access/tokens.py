"""Sessions and API keys: who a token stands for, asked once per epoch and then remembered."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from dougong.access.lookup import ABOUT, principal_of
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.users import token

WHO = f"""
select (select number from dougong.epoch)::bigint, t.id::bigint,
       extract(epoch from least(t.expires_at, date_trunc('day', now()) + '1 day'))::float8,
       array_to_json(t.roles)::text,
       case when not t.second_factor
            then (select coalesce(json_agg(role), '[]') from dougong.second_factor_role) end::text,
       t.read_only,
       {ABOUT}
  from (select 1) one
  left join dougong.token t
    on t.sha256 = $1::text and t.revoked_at is null and t.expires_at > now()
  left join dougong."user" u on u.id = t.user_id and u.active
"""
REMEMBERED = 10_000
TOKEN_LIFE = timedelta(days=30)


def fingerprint(secret: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    session: Session | Connection,
    user_id: int,
    now: datetime,
    *,
    life: timedelta = TOKEN_LIFE,
    prefix: str = "",
    **columns: Any,
) -> str:
    """A new token; only its hash is kept. `columns` are more of the table's, such as `kind`."""
    secret = prefix + secrets.token_urlsafe(32)
    row = {"user_id": user_id, "created_at": now, "expires_at": now + life, **columns}
    session.execute(token.insert().values(sha256=fingerprint(secret), **row))
    return secret


class Reader(Protocol):
    """Somebody who runs one statement and returns its one row."""

    async def fetchrow(self, sql: str, *arguments: object) -> tuple[object, ...]:
        """The row."""
        ...


@dataclass(frozen=True)
class Known:
    """A principal, and the epoch at which it was true."""

    who: Principal
    epoch: int
    until: float


class UnknownToken(Exception):
    """The token is unknown, expired or revoked."""


class Tokens:
    """What this process remembers of tokens."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: OrderedDict[str, Known] = OrderedDict()
        self.used: set[int] = set()
        """The tokens that came since somebody last took this set away to write it down."""

    async def who(self, secret: str | None, *, fresh: bool = False) -> tuple[Principal, int]:
        """The principal of a token and the epoch of that knowledge; no token is ANONYMOUS.

        `fresh` asks the database again. Raises UnknownToken.
        """
        key = secret or ""
        known = self._known.get(key)
        if known is None or fresh or known.until < time.time():
            known = await self._ask(key)
            self._remember(key, known)
        if secret and known.who is ANONYMOUS:
            raise UnknownToken
        if known.who.token_id is not None:
            self.used.add(known.who.token_id)
        return known.who, known.epoch

    async def _ask(self, secret: str) -> Known:
        key = fingerprint(secret) if secret else ""
        row = await self._reader.fetchrow(WHO, key)
        epoch, token_id, until, scope, without, read_only, about = row
        who = principal_of(_text(about), None if token_id is None else _int(token_id))
        if who is None:
            return Known(ANONYMOUS, _int(epoch), float("inf"))
        only, not_these = _names(scope), _names(without)
        who = replace(who, scoped=only is not None, read_only=bool(read_only))
        who = who.limited(
            lambda role: (only is None or role in only) and role not in (not_these or ())
        )
        return Known(who, _int(epoch), float(str(until)))

    def _remember(self, key: str, known: Known) -> None:
        if key and known.who is ANONYMOUS:
            return
        self._known[key] = known
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode()
    return None if value is None else str(value)


def _names(value: object) -> list[str] | None:
    said = _text(value)
    return None if said is None else json.loads(said)
