"""What administrators do about how others sign in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.permissions import Permission
from dougong.access.reach import role_holder
from dougong.access.users import User, second_factor_role, token
from dougong.builtin.sign_in import second_factor as factor
from dougong.builtin.sign_in.passwords import end_tokens, make_link
from dougong.builtin.sign_in.settings import settings
from dougong.builtin.sign_in.tables import credential, password_link
from dougong.errors import Forbidden, Invalid, Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret

LOOK_AFTER_USERS = Permission(
    "dougong.look_after_users", "Help others to sign in, and keep out who has left."
)


@dataclass(frozen=True)
class PasswordLink:
    """A link to hand over, by a way that reaches the person alone."""

    link: Secret
    """Opens the page to choose a password; without a public URL only the link's secret."""
    expires_at: datetime
    """Until when it works."""


@action(needs=LOOK_AFTER_USERS)
def reset_password(user: User, ctx: Context) -> PasswordLink:
    """Make a link with which somebody can choose a password, once.

    The password from before no longer works, and where the person is signed in, that ends.
    """
    check_rank(ctx, user)
    link, until = new_link(ctx.session, user.id, ctx.now)
    return PasswordLink(link, until)


def new_link(connection: Connection | Session, user_id: int, now: datetime) -> tuple[str, datetime]:
    """A link to choose a password, and until when it works; ends what went before."""
    secret = secrets.token_urlsafe(32)
    until = make_link(connection, user_id, secret, now)
    connection.execute(delete(credential).where(credential.c.user_id == user_id))
    end_tokens(connection, user_id)
    base = settings().public_url
    return (f"{base}/sign-in#link={secret}" if base else secret), until


@action(needs=LOOK_AFTER_USERS)
def deactivate_user(user: User, ctx: Context) -> User:
    """Keep somebody out: no signing in, and where the person is signed in, that ends."""
    check_rank(ctx, user)
    if user.id == ctx.principal.user_id:
        raise Refused("not_oneself", at="user")
    user.active = False
    end_tokens(ctx.session, user.id)
    ctx.session.execute(delete(password_link).where(password_link.c.user_id == user.id))
    return user


@action(needs=LOOK_AFTER_USERS)
def activate_user(user: User, ctx: Context) -> User:
    """Let somebody sign in again, but not with a session from before."""
    check_rank(ctx, user)
    user.active = True
    return user


@action(needs=LOOK_AFTER_USERS)
def end_sessions_of(user: User, ctx: Context) -> int:
    """End all sessions and keys of somebody; how many there were."""
    check_rank(ctx, user)
    return end_tokens(ctx.session, user.id)


@action(needs=LOOK_AFTER_USERS)
def remove_second_factor_of(user: User, ctx: Context) -> None:
    """Help somebody who has lost authenticator and recovery codes; their sessions end."""
    check_rank(ctx, user)
    factor.remove(ctx.session, user.id)
    end_tokens(ctx.session, user.id, kind="SESSION")


@action(needs=LOOK_AFTER_USERS)
def require_second_factor(ctx: Context, *, role: str) -> None:
    """Let a role count only in sessions that were begun with a second factor.

    It holds at once: whoever has none keeps signed in, but without the role, and can enrol.
    """
    if role not in ctx.generation.access.roles:
        raise Invalid("unknown_role", at="role", role=role[:100])
    if not settings().secret_keys:
        raise Refused("no_secret_key")
    strong = select(token.c.second_factor).where(token.c.id == ctx.principal.token_id)
    if ctx.principal.token_id is not None and not ctx.session.scalar(strong):
        raise Refused("second_factor_first")
    ctx.session.execute(insert(second_factor_role).values(role=role).on_conflict_do_nothing())


@action(needs=LOOK_AFTER_USERS)
def stop_requiring_second_factor(ctx: Context, *, role: str) -> None:
    """Let a role count in every session again."""
    ctx.session.execute(delete(second_factor_role).where(second_factor_role.c.role == role))


def check_rank(ctx: Context, user: User) -> None:
    """Raise Forbidden where somebody would get at more than their own rights.

    Who resets a password can become that person: so only who may everything does it to those.
    """
    held = ctx.session.scalars(
        select(role_holder.c.role).where(role_holder.c.user_id == user.id)
    ).all()
    roles = ctx.generation.access.roles
    if any(role.everything for role in ctx.generation.access.held(ctx.principal)):
        return
    if any(name in roles and roles[name].everything for name in held):
        raise Forbidden("outranks_you", at="user")
