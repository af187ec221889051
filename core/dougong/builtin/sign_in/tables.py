"""What is remembered of how people sign in; nothing of it is an entity of the API."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from dougong.access.users import User
from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

_core = registry_of(CORE).metadata


def _of_user(*, key: bool = True) -> Column[int]:
    user = ForeignKey(User.__table__.c.id, ondelete="CASCADE")
    return Column("user_id", BigInteger, user, primary_key=key, nullable=False, autoincrement=False)


def _when(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


credential = Table("credential", _core, _of_user(), Column("password_hash", Text, nullable=False))
"""How a person proves who they are (argon2id); who has no row signs in by other means."""

throttle = Table(
    "sign_in_throttle",
    _core,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    _when("next_at"),
    _when("last_at"),
)
"""Wrong attempts in a row by account, by address, and by both; when the next one is looked at."""

place = Table(
    "sign_in_place",
    _core,
    _of_user(),
    Column("address", Text, primary_key=True),
    _when("seen_at"),
    Index("ix_sign_in_place_address", "address"),
)
"""From where somebody has signed in: whom a stranger elsewhere cannot lock out."""

password_link = Table(
    "password_link",
    _core,
    _of_user(),
    Column("sha256", Text, nullable=False, unique=True),
    _when("expires_at"),
)
"""The one link with which somebody may choose a password, kept as a hash."""

second_factor = Table(
    "second_factor",
    _core,
    _of_user(),
    Column("secret", Text, nullable=False),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    _when("confirmed_at", nullable=True),
)
"""The secret of an authenticator, encrypted; no code of `last_step` or before counts any more."""

recovery_code = Table("recovery_code", _core, _of_user(), Column("sha256", Text, primary_key=True))
"""Codes for who has lost the authenticator, kept as hashes; one that was used is gone."""

identity = Table(
    "identity",
    _core,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _of_user(key=False),
    _when("linked_at"),
    Unique("issuer", "user_id"),
)
"""Who somebody is at an OpenID Connect provider."""
