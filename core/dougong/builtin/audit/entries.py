"""What the audit keeps: an entry for each row that was written, and the seals over them.

Triggers write it (`dougong.audit_rows`), so nothing that reaches a table goes past it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of
from dougong.workflow.event_log import THIS_ERA, THIS_TRANSACTION

_core = registry_of(CORE).metadata

entry = Table(
    "audit_entry",
    _core,
    Column("era", Integer, primary_key=True, autoincrement=False, server_default=text(THIS_ERA)),
    Column(
        "xid",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        server_default=text(THIS_TRANSACTION),
    ),
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("entity", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("record_id", BigInteger),
    Column("what", Text, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("by", JSONB, nullable=False),
    Index("ix_audit_entry_record", "entity", "record_id", "id"),
)
"""No foreign keys: an entry outlives the user, the record and the add-on that it speaks of.

`era` and `xid` are the transaction; an era begins where an installation is recovered on another
server, whose transactions are counted anew. `entity` is whose change it is, `part` the table that
was written: the entity's own or an extension's. `changes` has, by columns, `[from, to]` of what was
UPDATED, and the values of what was CREATED or DELETED; of a secret only that it changed, `[]`. `by`
says who did it: `user`, `label`, `addon`, `verb`, `elevation`, and in which `request`; or, past the
product, the database's user and program.
"""

seal = Table(
    "audit_seal",
    _core,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("log", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("last_era", Integer, nullable=False),
    Column("last_xid", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
    Column("hashes", ARRAY(LargeBinary), nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""A link of the chain: which rows of a log it seals, the hash of each, and of the seal before."""


retention = Table(
    "audit_retention",
    _core,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("entity", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("years", Integer, nullable=False),
    UniqueConstraint("entity", "kind"),
    CheckConstraint("years between 0 and 100", name="years"),
)
"""For how many years entries are kept; 0: for ever. Empty: of every entity, of every kind."""

removal = Table(
    "audit_removal",
    _core,
    Column("event", BigInteger, primary_key=True, autoincrement=False),
    Column("seal", BigInteger, primary_key=True, autoincrement=False),
    Column("ids", ARRAY(BigInteger), nullable=False),
)
"""Which entries of a seal are removed, as an event decides that has the hash of all of these."""

removed = Table(
    "audit_removed",
    _core,
    Column("event", BigInteger, primary_key=True, autoincrement=False),
    Column("seal", BigInteger, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""Of which seals what was decided is done."""


def audit_changes(connection: Connection, part: str) -> None:
    """Have the tables of a part audited as they are now."""
    connection.execute(text("select dougong.audit_changes(:part)"), {"part": part})
