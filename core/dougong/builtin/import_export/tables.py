"""What is remembered of imports that are too large for one transaction: the rows, in portions."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dougong.access.users import User
from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

_core = registry_of(CORE).metadata


class ImportState(StrEnum):
    """How far an import has come."""

    CHECKING = "CHECKING"
    WRITING = "WRITING"
    UNDOING = "UNDOING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


class PortionState(StrEnum):
    """How far a portion of it has come."""

    WAITING = "WAITING"
    CHECKED = "CHECKED"
    DONE = "DONE"
    UNDONE = "UNDONE"


CALLED_OFF = "cancelled"
"""Why an import ends that somebody has stopped."""
GOES_ON = (ImportState.CHECKING, ImportState.WRITING, ImportState.UNDOING)


def _one_of(name: str, kind: type[StrEnum]) -> CheckConstraint:
    return CheckConstraint(f"{name} in ({', '.join(repr(one.value) for one in kind)})", name=name)


import_run = Table(
    "import_run",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("entity", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("user_id", BigInteger, nullable=False),
    Column("how", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("began_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    Column("said", Text),
    _one_of("state", ImportState),
    Index("ix_import_run_user_id", "user_id"),
)
"""One import. `how` has the mapping and the options; `said` is why it ended, where it is not done."""

import_portion = Table(
    "import_portion",
    _core,
    Column("run", BigInteger, ForeignKey(import_run.c.id, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("lines", LargeBinary),
    Column("records", ARRAY(BigInteger)),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("bad", Integer, nullable=False, server_default="0"),
    Column("problems", JSONB(none_as_null=True)),
    Column("refused", LargeBinary),
    _one_of("state", PortionState),
)
"""Some rows of its file (`lines`, JSON), and what came of them, written in the same transaction.

`refused` has the rows that were not taken, as `lines` has all of them.
"""


def _of_somebody() -> Column[int]:
    user = ForeignKey(User.__table__.c.id, ondelete="CASCADE")
    return Column("user_id", BigInteger, user, nullable=False)


import_upload = Table(
    "import_upload",
    _core,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _of_somebody(),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("header", JSONB, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("kept_until", DateTime(timezone=True), nullable=False),
    Index("ix_import_upload_user_id", "user_id"),
)
"""A table that somebody has uploaded, to import it; its number is that of the upload."""

import_upload_part = Table(
    "import_upload_part",
    _core,
    Column(
        "upload", BigInteger, ForeignKey(import_upload.c.id, ondelete="CASCADE"), primary_key=True
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("lines", LargeBinary, nullable=False),
)
"""Some of its rows, as a portion of an import has them."""

export_asked = Table(
    "export_asked",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    _of_somebody(),
    Column("file", Text, nullable=False),
    Column("asked", JSONB, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("ix_export_asked_user_id", "user_id"),
)
"""An export that somebody may download for some minutes: what is asked, not what is in it."""
