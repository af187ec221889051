"""People who sign in, the roles they hold, and the tokens they carry."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, Index, Table, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.fields import Email
from dougong.entity.registry import registry_of


class User(Entity, by_hand=False):
    """Somebody who can sign in."""

    email: Mapped[Email] = mapped_column(unique=True)
    """The address that the person signs in with; lower case."""
    name: Mapped[str]
    """What colleagues call this person."""
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether the person may sign in."""


_core = registry_of(CORE).metadata
_user = User.__table__.c.id

credential = Table(
    "credential",
    _core,
    Column("user_id", BigInteger, ForeignKey(_user, ondelete="CASCADE"), primary_key=True),
    Column("password_hash", Text, nullable=False),
)
"""How a person proves who they are (argon2id); never part of the API."""

token = Table(
    "token",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("user_id", BigInteger, ForeignKey(_user, ondelete="CASCADE"), nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Index("ix_token_user_id", "user_id"),
)
"""Bearer tokens, kept only as hashes."""
