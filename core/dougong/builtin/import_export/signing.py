"""Addresses at which somebody downloads a table for some minutes."""

from __future__ import annotations

from datetime import timedelta

from dougong.access.context import Context
from dougong.builtin.files.signing import signed
from dougong.builtin.files.verbs import address

REFUSED = "refused"
EXPORT = "export"
URL_LIFE = timedelta(minutes=10)


def address_for(ctx: Context, what: str, number: int) -> str:
    """Where the asker downloads something, as long as their session lasts; ten minutes at most."""
    until = int((ctx.now + URL_LIFE).timestamp())
    whose = ctx.principal.user_id, ctx.principal.token_id, until
    return address(what, signed(what, number, *whose))
