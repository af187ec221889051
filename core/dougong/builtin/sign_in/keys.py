"""API keys: how programs sign in, with no more rights than they need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.access.tokens import issue_token
from dougong.access.users import token
from dougong.builtin.sign_in.sessions import end_own, in_a_session
from dougong.errors import Invalid
from dougong.verbs.action import action
from dougong.verbs.verb import Secret

PREFIX = "dougong_"
"""So that programs which look for leaked secrets know one."""
LONGEST_LIFE = timedelta(days=366)
LONGEST_NAME = 100


@dataclass(frozen=True)
class ApiKey:
    """What somebody gets who has made a key."""

    id: str
    """By which it is revoked."""
    secret: Secret
    """What the program sends as `Authorization: Bearer …`; it is shown only now."""
    expires_at: datetime
    """When it ends."""


@action(needs=SIGNED_IN)
def create_api_key(
    ctx: Context,
    *,
    name: str,
    expires_at: datetime | None = None,
    read_only: bool = False,
    roles: list[str] | None = None,
) -> ApiKey:
    """Make a key with which a program acts as you, a year at most.

    It may be kept to reading, and to some of your roles: what you lose, it loses too.
    """
    user_id = in_a_session(ctx)
    latest = ctx.now + LONGEST_LIFE
    ends = expires_at or latest
    if not name.strip() or len(name) > LONGEST_NAME:
        raise Invalid("bad_key_name", at="name", longest=LONGEST_NAME)
    if not ctx.now < ends <= latest:
        raise Invalid("bad_expiry", at="expires_at", latest=latest.date())
    missing = sorted(set(roles or ()) - ctx.principal.roles)
    if missing:
        raise Invalid("role_not_held", at="roles", role=", ".join(missing)[:100])
    strong = select(token.c.second_factor).where(token.c.id == ctx.principal.token_id)
    secret = issue_token(
        ctx.session,
        user_id,
        ctx.now,
        life=ends - ctx.now,
        prefix=PREFIX,
        kind="KEY",
        name=name.strip(),
        read_only=read_only,
        roles=None if roles is None else sorted(set(roles)),
        second_factor=bool(ctx.session.scalar(strong)),
    )
    number = ctx.session.scalar(
        select(token.c.id).where(token.c.user_id == user_id).order_by(token.c.id.desc()).limit(1)
    )
    return ApiKey(str(number), secret, ends)


@action(needs=SIGNED_IN)
def revoke_api_key(ctx: Context, *, key: str) -> None:
    """End one of your keys, by its id."""
    end_own(ctx, key, "KEY")
