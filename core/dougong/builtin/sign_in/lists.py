"""What people see of their own sessions, keys and identities, and administrators of all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Text, cast, false, func, select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.access.users import User, second_factor_role, token
from dougong.builtin.sign_in.administering import LOOK_AFTER_USERS
from dougong.builtin.sign_in.tables import identity, recovery_code, second_factor
from dougong.verbs.report import report

MOST = 500
_number = cast(token.c.id, Text).label("id")
_roles = func.array_to_string(token.c.roles, ", ", type_=Text()).label("roles")


def _valid(ctx: Any) -> Any:
    return token.c.revoked_at.is_(None) & (token.c.expires_at > ctx.now)


@report(needs=SIGNED_IN)
def my_sessions(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Where you are signed in, what was used last first.

    id: By which it is ended.
    current: Whether it is the one that asks.
    device: What the browser or program says that it is.
    address: The address from which it was begun.
    created_at: When it was begun.
    last_used_at: When it was last used, to the minute.
    expires_at: When it ends by itself.
    second_factor: Whether it was begun with a second factor.
    """
    asking: Any = ctx
    return (
        select(
            _number,
            func.coalesce(token.c.id == asking.token, false()).label("current"),
            token.c.device,
            token.c.address,
            token.c.created_at,
            token.c.last_used_at,
            token.c.expires_at,
            token.c.second_factor,
        )
        .where(token.c.user_id == asking.me.id, token.c.kind == "SESSION", _valid(ctx))
        .order_by(func.coalesce(token.c.last_used_at, token.c.created_at).desc(), token.c.id.desc())
        .limit(MOST)
    )


@report(needs=SIGNED_IN)
def my_api_keys(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Your keys, the newest first.

    id: By which it is revoked.
    name: What you called it.
    read_only: Whether it only reads.
    roles: To which of your roles it is kept; null: it has all.
    created_at: When it was made.
    last_used_at: When it was last used, to the minute; null: never.
    expires_at: When it ends by itself.
    """
    asking: Any = ctx
    return (
        select(
            _number,
            token.c.name,
            token.c.read_only,
            _roles,
            token.c.created_at,
            token.c.last_used_at,
            token.c.expires_at,
        )
        .where(token.c.user_id == asking.me.id, token.c.kind == "KEY", _valid(ctx))
        .order_by(token.c.id.desc())
        .limit(MOST)
    )


@report(needs=SIGNED_IN)
def my_second_factor(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Your second factor; no row: you have none.

    confirmed_at: Since when signing in asks for a code; null: the authenticator is not confirmed.
    recovery_codes_left: How many recovery codes have not been used.
    """
    asking: Any = ctx
    left = select(func.count()).where(recovery_code.c.user_id == asking.me.id).scalar_subquery()
    return select(second_factor.c.confirmed_at, left.label("recovery_codes_left")).where(
        second_factor.c.user_id == asking.me.id
    )


@report(needs=SIGNED_IN)
def my_identities(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Who you are at other providers.

    issuer: The provider.
    subject: Your number there.
    linked_at: Since when it may sign in as you.
    """
    asking: Any = ctx
    return (
        select(identity.c.issuer, identity.c.subject, identity.c.linked_at)
        .where(identity.c.user_id == asking.me.id)
        .order_by(identity.c.issuer)
    )


@report(needs=LOOK_AFTER_USERS)
def open_sessions(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Who is signed in, and with what; the last used first.

    email: Whose it is.
    kind: SESSION, or KEY for a program's.
    name: What a key is called.
    device: What the browser or program says that it is.
    address: The address from which it was begun.
    created_at: When it was begun.
    last_used_at: When it was last used, to the minute.
    expires_at: When it ends by itself.
    second_factor: Whether it was begun with a second factor.
    """
    return (
        select(
            User.email,
            token.c.kind,
            token.c.name,
            token.c.device,
            token.c.address,
            token.c.created_at,
            token.c.last_used_at,
            token.c.expires_at,
            token.c.second_factor,
        )
        .join_from(token, User, User.id == token.c.user_id)
        .where(_valid(ctx))
        .order_by(func.coalesce(token.c.last_used_at, token.c.created_at).desc(), token.c.id.desc())
        .limit(MOST)
    )


@report(needs=LOOK_AFTER_USERS)
def second_factor_roles(ctx: Context) -> Select[*tuple[Any, ...]]:
    """The roles that count only in sessions with a second factor.

    role: The role's name.
    """
    return select(second_factor_role.c.role).order_by(second_factor_role.c.role)
