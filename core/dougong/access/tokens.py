"""Sessions and API keys: who a token stands for, asked once per epoch and then remembered."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from dougong.access.rules import ANONYMOUS, Principal
from dougong.access.users import token

WHO = """
select (select number from dougong.epoch)::bigint,
       t.id::bigint, u.id::bigint, u.name::text,
       extract(epoch from t.expires_at)::float8,
       (select coalesce(string_agg(h.role, ','), '') from dougong.role_holder h
         where h.user_id = u.id and (t.roles is null or h.role = any(t.roles))
           and (t.second_factor or h.role not in (select role from dougong.second_factor_role))
       )::text,
       t.read_only
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
        key = fingerprint(secret) if secret else ""
        known = self._known.get(key)
        if known is None or fresh or known.until < time.time():
            known = await self._ask(key)
            self._remember(key, known)
        if secret and known.who is ANONYMOUS:
            raise UnknownToken
        if known.who.token_id is not None:
            self.used.add(known.who.token_id)
        return known.who, known.epoch

    async def _ask(self, key: str) -> Known:
        row = await self._reader.fetchrow(WHO, key)
        epoch, token_id, user_id, name, until, roles, read_only = row
        if user_id is None:
            return Known(ANONYMOUS, _int(epoch), float("inf"))
        held = frozenset(role for role in _text(roles).split(",") if role)
        who = Principal(_int(user_id), _text(name), held, _int(token_id), bool(read_only))
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


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
