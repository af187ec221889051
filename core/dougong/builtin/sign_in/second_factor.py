"""The second factor: enrolling an authenticator, recovery codes, doing without again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.access.users import token
from dougong.builtin.sign_in import authenticator
from dougong.builtin.sign_in.passwords import end_tokens
from dougong.builtin.sign_in.proving import Proof, prove_own, wrong
from dougong.builtin.sign_in.sessions import in_a_session, mark_second_factor
from dougong.builtin.sign_in.tables import recovery_code, second_factor
from dougong.errors import Refused
from dougong.verbs.action import action
from dougong.verbs.verb import Secret


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator needs."""

    secret: Secret
    """To type, where it cannot be scanned; it is shown only now."""
    uri: Secret
    """The same as an otpauth address, to be shown as a QR code."""


@dataclass(frozen=True)
class RecoveryCodes:
    """Codes to keep on paper."""

    codes: Secret
    """Ten codes, one a line; each counts once in place of the authenticator's."""


@action(needs=SIGNED_IN)
def enrol_second_factor(ctx: Context) -> Enrolment:
    """Begin with an authenticator; nothing changes until a code of it confirms this."""
    user_id = in_a_session(ctx)
    _refuse_when_confirmed(ctx.session, user_id)
    secret, encrypted = authenticator.new_secret()
    row = {"secret": encrypted, "last_step": 0}
    begin = insert(second_factor).values(user_id=user_id, **row)
    ctx.session.execute(
        begin.on_conflict_do_update(
            index_elements=["user_id"], set_=row, where=second_factor.c.confirmed_at.is_(None)
        )
    )
    assert ctx.me is not None
    return Enrolment(secret, authenticator.uri(secret, ctx.me.email))


@action(needs=SIGNED_IN)
def confirm_second_factor(ctx: Context, *, code: Secret) -> RecoveryCodes:
    """Show by a code that the authenticator works; from now on signing in asks for one.

    Your other sessions end.
    """
    user_id = in_a_session(ctx)
    _refuse_when_confirmed(ctx.session, user_id)
    if not authenticator.use_code(ctx.session, user_id, code):
        raise Refused("wrong_code", at="code")
    ctx.session.execute(
        update(second_factor).where(second_factor.c.user_id == user_id).values(confirmed_at=ctx.now)
    )
    mark_second_factor(ctx)
    end_tokens(ctx.session, user_id, kind="SESSION", but=ctx.principal.token_id)
    return RecoveryCodes("\n".join(authenticator.new_recovery_codes(ctx.session, user_id)))


@action(needs=SIGNED_IN, first=prove_own)
def renew_recovery_codes(ctx: Context, *, password: Secret, code: Secret) -> RecoveryCodes:
    """Get ten new recovery codes; those from before no longer count."""
    user_id = _proved(ctx)
    return RecoveryCodes("\n".join(authenticator.new_recovery_codes(ctx.session, user_id)))


@action(needs=SIGNED_IN, first=prove_own)
def give_up_second_factor(ctx: Context, *, password: Secret, code: Secret) -> None:
    """Do without a second factor again; roles that ask for one no longer count."""
    remove(ctx.session, _proved(ctx))


def remove(connection: Connection | Session, user_id: int) -> None:
    """Take somebody's second factor away, and from all sessions and keys that they had one."""
    for table in (second_factor, recovery_code):
        connection.execute(delete(table).where(table.c.user_id == user_id))
    mine = update(token).where(token.c.user_id == user_id, token.c.second_factor)
    connection.execute(mine.values(second_factor=False))


def _proved(ctx: Context) -> int:
    user_id = in_a_session(ctx)
    proof = ctx.found
    if not isinstance(proof, Proof) or proof.user_id != user_id or not proof.second_factor:
        raise wrong()
    return user_id


def _refuse_when_confirmed(session: Session, user_id: int) -> None:
    mine = select(second_factor.c.confirmed_at).where(second_factor.c.user_id == user_id)
    if session.scalar(mine.with_for_update()) is not None:
        raise Refused("second_factor_there")
