"""Passwords: which are good enough, how they are kept, and the link to choose one."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from importlib import resources

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.tokens import fingerprint
from dougong.access.users import User, token
from dougong.builtin.sign_in.hashing import hashes
from dougong.builtin.sign_in.tables import credential, password_link
from dougong.errors import Invalid

SHORTEST, LONGEST = 10, 1_000
LINK_LIFE = timedelta(hours=24)


def check_choice(password: str, email: str) -> None:
    """Raise Invalid for a password that is too short, or among the first that anybody would try.

    Length, and no list of letters, digits and signs: NIST SP 800-63B, 3.1.1.2.
    """
    if len(password) < SHORTEST:
        raise Invalid("password_too_short", at="password", shortest=SHORTEST)
    if len(password) > LONGEST:
        raise Invalid("password_too_long", at="password", longest=LONGEST)
    said = password.lower()
    core = re.sub(r"[\W\d_]+", "", said)
    if said in _commonest() or core in _commonest() or len(set(said)) < 4:
        raise Invalid("password_too_common", at="password")
    if said in (email, email.partition("@")[0]):
        raise Invalid("password_is_address", at="password")


@lru_cache(maxsize=1)
def _commonest() -> frozenset[str]:
    file = resources.files("dougong.builtin.sign_in") / "commonest_passwords.txt"
    return frozenset(file.read_text("utf-8").split())


def set_password(connection: Connection | Session, user_id: int, password: str) -> None:
    """Give a user a password; raises Invalid when it is not good enough."""
    email = connection.scalar(select(User.__table__.c.email).where(User.__table__.c.id == user_id))
    check_choice(password, str(email))
    keep_hash(connection, user_id, hashes.make(password))
    connection.execute(delete(password_link).where(password_link.c.user_id == user_id))


def keep_hash(connection: Connection | Session, user_id: int, hashed: str) -> None:
    """Keep the hash of a user's password."""
    connection.execute(
        insert(credential)
        .values(user_id=user_id, password_hash=hashed)
        .on_conflict_do_update(index_elements=["user_id"], set_={"password_hash": hashed})
    )


def make_link(
    connection: Connection | Session, user_id: int, secret: str, now: datetime
) -> datetime:
    """Let whoever has this secret choose the user's password once; until when.

    A link from before no longer works.
    """
    row = {"sha256": fingerprint(secret), "expires_at": now + LINK_LIFE}
    connection.execute(
        insert(password_link)
        .values(user_id=user_id, **row)
        .on_conflict_do_update(index_elements=["user_id"], set_=row)
    )
    return now + LINK_LIFE


def use_link(session: Session, secret: str, now: datetime) -> int | None:
    """Whose password may be chosen with this secret, which is used up by that; None: nobody's."""
    active = select(User.id).where(User.id == password_link.c.user_id, User.active).exists()
    return session.scalar(
        delete(password_link)
        .where(password_link.c.sha256 == fingerprint(secret))
        .where(password_link.c.expires_at > now, active)
        .returning(password_link.c.user_id)
    )


def end_tokens(
    connection: Connection | Session,
    user_id: int,
    *,
    kind: str | None = None,
    but: int | None = None,
) -> int:
    """End a user's sessions and keys, or those of a kind, all but one; how many there were."""
    valid = update(token).where(token.c.user_id == user_id, token.c.revoked_at.is_(None))
    if kind is not None:
        valid = valid.where(token.c.kind == kind)
    if but is not None:
        valid = valid.where(token.c.id != but)
    ended = connection.execute(valid.values(revoked_at=func.now()).returning(token.c.id))
    return len(ended.all())
