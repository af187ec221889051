"""The change log: which records each transaction has written, kept for some days.

Triggers write it (`dougong.log_rows`), so nothing that reaches a table goes past it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

CHANNEL = "dougong_change"
"""Where processes tell each other that something was committed; the message says nothing."""
RETENTION_DAYS = 7
"""How long a client may stay away and still be told all that it has missed."""
PORTION = 5_000

change = Table(
    "change",
    registry_of(CORE).metadata,
    Column("entity", Text, primary_key=True),
    Column("xid", BigInteger, primary_key=True, autoincrement=False),
    Column("record_id", BigInteger, primary_key=True, autoincrement=False),
    Column("what", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("ix_change_at", "at", postgresql_using="brin"),
)
"""`xid` is the transaction: those that see each other are ordered by snapshots, not by numbers."""

position_key = Table(
    "position_key",
    registry_of(CORE).metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("secret", LargeBinary, nullable=False),
    CheckConstraint("single", name="single"),
)
"""What the positions that clients are given are encrypted with."""


def log_changes(connection: Connection, part: str) -> None:
    """Have the tables of a part log what is written to them from now on."""
    connection.execute(text("select dougong.log_changes(:part)"), {"part": part})


def forget_oldest(engine: Engine) -> bool:
    """Delete a portion of what is too old to be asked for; whether there may be more.

    A day longer than clients may ask for it is kept, for those who are reading it just then.
    """
    statement = text(
        f"delete from dougong.change where ctid = any(array(select ctid from dougong.change "
        f"where at < now() - interval '{RETENTION_DAYS + 1} days' limit {PORTION}))"
    )
    with engine.begin() as connection:
        return connection.execute(statement).rowcount == PORTION
