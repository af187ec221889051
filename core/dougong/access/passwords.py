"""Passwords and tokens: how they are made, kept and checked."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dougong.access.users import User, credential, token
from dougong.errors import Invalid

TOKEN_LIFE = timedelta(days=30)
SHORTEST = 8
_hasher = PasswordHasher()


def set_password(connection: Connection | Session, user_id: int, password: str) -> None:
    """Give a user a password; raises Invalid when it is shorter than eight characters."""
    if len(password) < SHORTEST:
        raise Invalid("password_too_short", at="password", shortest=SHORTEST)
    hashed = _hasher.hash(password)
    connection.execute(
        insert(credential)
        .values(user_id=user_id, password_hash=hashed)
        .on_conflict_do_update(index_elements=["user_id"], set_={"password_hash": hashed})
    )


def check_password(session: Session, email: str, password: str) -> User | None:
    """The active user with this address and password, or None.

    An unknown address takes as long as a wrong password, so that nobody can tell them apart.
    """
    row = session.execute(
        select(User, credential.c.password_hash)
        .join(credential, credential.c.user_id == User.id)
        .where(User.email == email.strip().lower(), User.active)
    ).first()
    hashed = row.password_hash if row else _hash_of_nobody()
    try:
        _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return None
    if row is None:
        return None
    if _hasher.check_needs_rehash(hashed):
        set_password(session, row.User.id, password)
    return row.User  # type: ignore[no-any-return]


def _hash_of_nobody() -> str:
    """A hash that no password has; checking one against it takes as long as against a real one."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${digest}"


def fingerprint(secret: str) -> str:
    """What is kept of a token: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(session: Session, user_id: int, now: datetime) -> str:
    """A new bearer token, good for thirty days; only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    session.execute(
        token.insert().values(
            user_id=user_id,
            sha256=fingerprint(secret),
            created_at=now,
            expires_at=now + TOKEN_LIFE,
        )
    )
    return secret


def revoke_token(session: Session, token_id: int, now: datetime) -> None:
    """End a token; every worker refuses it from its next request."""
    session.execute(update(token).where(token.c.id == token_id).values(revoked_at=now))
