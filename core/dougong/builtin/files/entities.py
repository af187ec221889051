"""What is remembered of files: those that hang on records, the bytes kept, the uploads begun."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from dougong.access.users import User
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.registry import registry_of

_core = registry_of(CORE).metadata

content = Table(
    "content",
    _core,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("used_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""The bytes that the store has, each once; who puts or removes some holds the lock of its row."""

upload = Table(
    "upload",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "user_id", BigInteger, ForeignKey(User.__table__.c.id, ondelete="CASCADE"), nullable=False
    ),
    Column("token_id", BigInteger),
    Column("record", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("begun_at", DateTime(timezone=True)),
    Index("ix_upload_user_id", "user_id"),
)
"""What somebody was allowed to upload, once: `begun_at` is when the address was used."""


class File(Entity, by_hand=False):
    """A file that hangs on a record; who may read the record may read it."""

    __attached__ = "files"

    name: Mapped[str]
    """What people call it, with its ending: `offer.pdf`."""
    size: Mapped[int]
    """How many bytes it has."""
    content_type: Mapped[str]
    """What kind of file it is: `application/pdf`."""
    sha256: Mapped[str] = mapped_column(
        ForeignKey(content.c.sha256, ondelete="RESTRICT"), index=True
    )
    """The hash of its bytes, in hexadecimal."""
    entity: Mapped[str]
    """Of which entity the record is: `crm.lead`."""
    number: Mapped[int] = mapped_column(BigInteger)
    """The number in the record's id."""
    record: Mapped[str]
    """The id of the record that it hangs on."""

    __table_args__ = (Index("ix_file_record", "entity", "number"),)
