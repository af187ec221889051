"""People who sign in, the roles they hold, and the tokens they carry."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
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
    language: Mapped[str | None] = mapped_column(default=None)
    """In which language the person is answered: `en`, `zh-CN`; that of the browser without one."""


_core = registry_of(CORE).metadata
_user = User.__table__.c.id


token = Table(
    "token",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("user_id", BigInteger, ForeignKey(_user, ondelete="CASCADE"), nullable=False),
    Column("sha256", Text, nullable=False, unique=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("kind", Text, nullable=False, server_default="SESSION"),
    Column("name", Text),
    Column("address", Text),
    Column("device", Text),
    Column("last_used_at", DateTime(timezone=True)),
    Column("read_only", Boolean, nullable=False, server_default="false"),
    Column("roles", ARRAY(Text)),
    Column("second_factor", Boolean, nullable=False, server_default="false"),
    CheckConstraint("kind in ('SESSION', 'KEY')", name="kind"),
    Index("ix_token_user_id", "user_id"),
)
"""Sessions and API keys, kept only as hashes.

Of the person's roles a token brings those in `roles`, or all where that is null; and of those that
ask for a second factor only what was begun with one (`second_factor`) brings any.
"""

second_factor_role = Table("second_factor_role", _core, Column("role", Text, primary_key=True))
"""The roles that count only in sessions that were begun with a second factor."""
