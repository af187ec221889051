"""Signing in and out, and the sessions in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.permissions import EVERYONE, SIGNED_IN
from dougong.access.reach import role_holder
from dougong.access.tokens import issue_token
from dougong.access.users import User, second_factor_role, token
from dougong.builtin.sign_in.client import Client
from dougong.builtin.sign_in.passwords import end_tokens
from dougong.builtin.sign_in.proving import Proof, prove, wrong
from dougong.builtin.sign_in.settings import settings
from dougong.builtin.sign_in.tables import place
from dougong.errors import Forbidden, Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret


@dataclass(frozen=True)
class SignedIn:
    """What somebody gets who has signed in."""

    token: Secret
    """The secret to send as `Authorization: Bearer …`; it is shown only now."""
    expires_at: datetime
    """When the session ends at the latest."""
    needs_second_factor: bool
    """Whether the person holds roles that count only in a session with a second factor."""


@action(needs=EVERYONE, first=prove)
def sign_in(ctx: Context, *, email: str, password: Secret, code: Secret = "") -> SignedIn:
    """Prove who you are with e-mail address and password, and get a token.

    Whoever has a second factor adds the code of the authenticator, or a recovery code.
    """
    if not isinstance(ctx.found, Proof):
        raise wrong()
    return begin_session(
        ctx, ctx.found.user_id, ctx.found.by, second_factor=ctx.found.second_factor
    )


def begin_session(ctx: Context, user_id: int, by: Client, *, second_factor: bool) -> SignedIn:
    """A new session of somebody who has proved who they are; raises Forbidden for who is out."""
    session, life = ctx.session, settings().session_life
    active = select(User.id).where(User.id == user_id, User.active).with_for_update(read=True)
    if session.scalar(active) is None:
        raise wrong()
    secret = issue_token(
        session,
        user_id,
        ctx.now,
        life=life,
        address=by.address or None,
        device=by.device or None,
        second_factor=second_factor,
    )
    if by.network:
        seen = insert(place).values(user_id=user_id, address=by.network, seen_at=ctx.now)
        session.execute(
            seen.on_conflict_do_update(
                index_elements=["user_id", "address"], set_={"seen_at": ctx.now}
            )
        )
    return SignedIn(
        secret, ctx.now + life, not second_factor and _asks_for_a_second_factor(session, user_id)
    )


def _asks_for_a_second_factor(session: Session, user_id: int) -> bool:
    held = (role_holder.c.user_id == user_id) & (role_holder.c.role == second_factor_role.c.role)
    return bool(session.scalar(select(exists().where(held))))


@action(needs=SIGNED_IN)
def sign_out(ctx: Context) -> None:
    """End the session or key that this request carries."""
    session, number = ctx.session, ctx.principal.token_id
    if number is not None:
        session.execute(update(token).where(token.c.id == number).values(revoked_at=ctx.now))


@action(needs=SIGNED_IN)
def sign_out_everywhere(ctx: Context) -> int:
    """End all your sessions, this one too; how many there were. Keys go on."""
    return end_tokens(ctx.session, in_a_session(ctx), kind="SESSION")


@action(needs=SIGNED_IN)
def revoke_session(ctx: Context, *, session: str) -> None:
    """End one of your sessions, by its id."""
    end_own(ctx, session, "SESSION")


def end_own(ctx: Context, number: str, kind: str) -> None:
    """End one of the asker's tokens; raises Refused when there is no such one."""
    user_id = in_a_session(ctx)
    ended = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        mine = update(token).where(
            token.c.id == int(number),
            token.c.user_id == user_id,
            token.c.kind == kind,
            token.c.revoked_at.is_(None),
        )
        ended = ctx.session.execute(mine.values(revoked_at=ctx.now).returning(token.c.id)).first()
    if ended is None:
        raise Refused("not_found", id=number[:40])


def in_a_session(ctx: Context) -> int:
    """The asker's number; raises Forbidden for a key, which could make itself a better one."""
    principal = ctx.principal
    if principal.user_id is None:
        raise Forbidden("not_signed_in")
    if principal.token_id is not None:
        found = select(token.c.kind).where(token.c.id == principal.token_id)
        if ctx.session.scalar(found.with_for_update(read=True)) != "SESSION":
            raise Forbidden("needs_session")
    return principal.user_id


def mark_second_factor(ctx: Context) -> None:
    """Let this session count as one that was begun with a second factor."""
    ctx.session.execute(
        update(token).where(token.c.id == ctx.principal.token_id).values(second_factor=True)
    )
