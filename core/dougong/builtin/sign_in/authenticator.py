"""Codes of a second factor: those of an authenticator (RFC 6238), and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
import time
from typing import TYPE_CHECKING

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.orm import Session

from dougong.access.tokens import fingerprint
from dougong.builtin.sign_in.settings import settings
from dougong.builtin.sign_in.tables import recovery_code, second_factor
from dougong.errors import Refused

if TYPE_CHECKING:  # a thirtieth of what a server imports, for those who have a second factor
    from cryptography.fernet import MultiFernet

log = logging.getLogger("dougong.sign_in")
RECOVERY_CODES = 10
STEP_SECONDS = 30
ISSUER = "Dougong"


def _cipher() -> MultiFernet:
    """What encrypts the secrets; raises Refused (`no_secret_key`) when no key is set."""
    from cryptography.fernet import Fernet, MultiFernet

    keys = settings().secret_keys
    if not keys:
        raise Refused("no_secret_key")
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys]
    )


def new_secret() -> tuple[str, str]:
    """A new secret: as the authenticator needs it, and encrypted; raises Refused."""
    cipher = _cipher()
    secret = random_base32()
    return secret, cipher.encrypt(secret.encode()).decode()


def uri(secret: str, email: str) -> str:
    """The secret as authenticators scan it."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def use_code(connection: Connection | Session, user_id: int, code: str) -> bool:
    """Whether a code counts; it never does again.

    Either six digits of now, or of half a minute before or after, or a recovery code.
    """
    said = "".join(letter for letter in code if letter.isalnum())
    if len(said) == 6 and said.isdecimal():
        return _use_time_code(connection, user_id, said)
    used = connection.execute(
        delete(recovery_code)
        .where(recovery_code.c.user_id == user_id)
        .where(recovery_code.c.sha256 == fingerprint(said.upper()))
        .returning(recovery_code.c.user_id)
    )
    return used.first() is not None


def _use_time_code(connection: Connection | Session, user_id: int, code: str) -> bool:
    found = select(second_factor.c.secret).where(second_factor.c.user_id == user_id)
    encrypted = connection.scalar(found)
    now = connection.scalar(select(func.extract("epoch", func.clock_timestamp())))
    step = encrypted and _step_of(str(encrypted), code, int(now or time.time()))
    if not step:
        return False
    newer = update(second_factor).where(
        second_factor.c.user_id == user_id, second_factor.c.last_step < step
    )
    done = connection.execute(newer.values(last_step=step).returning(second_factor.c.user_id))
    return done.first() is not None


def _step_of(encrypted: str, code: str, now: int) -> int | None:
    """The half minute whose code this is."""
    from cryptography.fernet import InvalidToken

    try:
        totp = TOTP(_cipher().decrypt(encrypted.encode()).decode())
    except InvalidToken:
        log.error("A second factor was encrypted with a key that is not in DOUGONG_SECRET_KEY.")  # noqa: TRY400
        return None
    except Refused:
        log.error("DOUGONG_SECRET_KEY is not set, but there are second factors.")  # noqa: TRY400
        return None
    current = now // STEP_SECONDS
    steps = (current - 1, current, current + 1)
    fitting = [step for step in steps if secrets.compare_digest(totp.generate_otp(step), code)]
    return max(fitting, default=None)


def new_recovery_codes(connection: Connection | Session, user_id: int) -> list[str]:
    """Ten codes in place of those from before; only their hashes are kept (80 bits each)."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    codes = ["".join(secrets.choice(alphabet) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    connection.execute(delete(recovery_code).where(recovery_code.c.user_id == user_id))
    rows = [{"user_id": user_id, "sha256": fingerprint(code)} for code in codes]
    connection.execute(recovery_code.insert(), rows)
    return ["-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in codes]
