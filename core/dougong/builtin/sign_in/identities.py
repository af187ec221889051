"""Who somebody is at an OpenID Connect provider, and how the two come together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.access.users import User
from dougong.builtin.sign_in.administering import LOOK_AFTER_USERS, check_rank
from dougong.builtin.sign_in.sessions import in_a_session
from dougong.builtin.sign_in.tables import credential, identity
from dougong.errors import Forbidden, Refused
from dougong.verbs.action import action


def user_of(session: Session, issuer: str, subject: str) -> int | None:
    """The active user whose identity this is."""
    return session.scalar(
        select(User.id)
        .join(identity, identity.c.user_id == User.id)
        .where(identity.c.issuer == issuer, identity.c.subject == subject, User.active)
    )


def is_linked(session: Session, issuer: str, subject: str) -> bool:
    """Whether the identity is somebody's, also of somebody who is not active."""
    mine = (identity.c.issuer == issuer) & (identity.c.subject == subject)
    return session.scalar(select(func.count()).select_from(identity).where(mine)) != 0


def user_with_address(session: Session, email: str) -> int | None:
    """The active user with an address."""
    return session.scalar(select(User.id).where(User.email == email.strip().lower(), User.active))


def link(session: Session, user_id: int, issuer: str, subject: str, now: datetime) -> None:
    """Let an identity stand for a user; raises Forbidden when either has another already."""
    row = {"issuer": issuer, "subject": subject, "user_id": user_id, "linked_at": now}
    made = insert(identity).values(row).on_conflict_do_nothing().returning(identity.c.user_id)
    if session.execute(made).first() is None and user_of(session, issuer, subject) != user_id:
        raise Forbidden("identity_taken")


@action(needs=SIGNED_IN)
def unlink_identity(ctx: Context, *, issuer: str) -> None:
    """No longer sign in by a provider; you need a password, or another provider, to do without."""
    user_id = in_a_session(ctx)
    others = ctx.session.scalar(
        select(func.count())
        .select_from(identity)
        .where(identity.c.user_id == user_id, identity.c.issuer != issuer)
    )
    password = select(credential.c.user_id).where(credential.c.user_id == user_id)
    if not others and ctx.session.scalar(password) is None:
        raise Refused("last_way_in")
    _unlink(ctx, user_id, issuer)


@action(needs=LOOK_AFTER_USERS)
def link_identity_of(user: User, ctx: Context, *, issuer: str, subject: str) -> None:
    """Let somebody sign in by a provider, who is known there by this number."""
    check_rank(ctx, user)
    link(ctx.session, user.id, issuer, subject, ctx.now)


@action(needs=LOOK_AFTER_USERS)
def unlink_identity_of(user: User, ctx: Context, *, issuer: str) -> None:
    """No longer let somebody sign in by a provider."""
    check_rank(ctx, user)
    _unlink(ctx, user.id, issuer)


def _unlink(ctx: Context, user_id: int, issuer: str) -> None:
    mine = (identity.c.user_id == user_id) & (identity.c.issuer == issuer)
    gone = ctx.session.execute(delete(identity).where(mine).returning(identity.c.user_id))
    if gone.first() is None:
        raise Refused("not_found", id=issuer[:100])
