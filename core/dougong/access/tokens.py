"""Who a bearer token stands for: asked of the database once per epoch, then remembered."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

from dougong.access.lookup import ABOUT, principal_of
from dougong.access.passwords import fingerprint
from dougong.access.rules import ANONYMOUS, Principal

WHO = f"""
select (select number from dougong.epoch)::bigint, t.id::bigint,
       extract(epoch from least(t.expires_at, date_trunc('day', now()) + '1 day'))::float8,
       {ABOUT}
  from (select 1) one
  left join dougong.token t
    on t.sha256 = $1::text and t.revoked_at is null and t.expires_at > now()
  left join dougong."user" u on u.id = t.user_id and u.active
"""
REMEMBERED = 10_000


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
        return known.who, known.epoch

    async def _ask(self, key: str) -> Known:
        epoch, token_id, until, about = await self._reader.fetchrow(WHO, key)
        who = principal_of(_text(about), token_id and _int(token_id))
        if who is None:
            return Known(ANONYMOUS, _int(epoch), float("inf"))
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
    return value.decode() if isinstance(value, bytes) else value and str(value)
