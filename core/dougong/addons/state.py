"""What the database knows of the installation: parts, generation, epoch, workers, what was here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Integer,
    Table,
    Text,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

CHANNEL = "dougong_generation"
"""Where PostgreSQL notifies everybody that a new generation holds."""

_core = registry_of(CORE).metadata


class PartState(StrEnum):
    """How a part stands in this database."""

    INSTALLED = "INSTALLED"
    REMOVING = "REMOVING"


class Rows(StrEnum):
    """What becomes of the rows of an add-on that is removed."""

    ARCHIVE = "ARCHIVE"
    """They are written to files, and can be restored."""
    KEEP = "KEEP"
    """They are set aside in the database, and can be restored."""
    DELETE = "DELETE"
    """They are lost."""


addon = Table(
    "addon",
    _core,
    Column("name", Text, primary_key=True),
    Column("package", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("needs", ARRAY(Text), nullable=False),
    Column("state", Text, nullable=False),
    Column("installed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("rows", Text),
    CheckConstraint("kind in ('ADDON', 'BRIDGE')", name="kind"),
    CheckConstraint("state in ('INSTALLED', 'REMOVING')", name="state"),
    CheckConstraint("rows in ('ARCHIVE', 'KEEP', 'DELETE')", name="rows"),
)
"""The add-ons and bridges that are installed. A removed one has no row.

`rows` says what becomes of the rows of one that is being removed.
"""


def _single_row() -> Column[bool]:
    """The key of a table that has one row."""
    return Column("single", Boolean, primary_key=True, server_default=text("true"))


generation = Table(
    "generation",
    _core,
    _single_row(),
    Column("number", BigInteger, nullable=False),
    CheckConstraint("single", name="single"),
)
"""Rises whenever something is installed, removed or restored."""

epoch = Table(
    "epoch",
    _core,
    _single_row(),
    Column("number", BigInteger, nullable=False),
    Column("structure", BigInteger, nullable=False, server_default="1"),
    CheckConstraint("single", name="single"),
)
"""Rises, in the same transaction, with the generation and with who may do what (triggers)."""

worker = Table(
    "worker",
    _core,
    Column("id", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("heartbeat", DateTime(timezone=True), nullable=False),
)
"""The processes that answer requests, and the generation that each has."""

absent = Table(
    "absent",
    _core,
    Column("api_name", Text, primary_key=True),
    Column("addon", Text, primary_key=True),
)
"""What removed add-ons had in the API: `StockMove`, `Lead.score`."""

high_water = Table(
    "high_water",
    _core,
    Column("schema", Text, primary_key=True),
    Column("table", Text, primary_key=True),
    Column("last_id", BigInteger, nullable=False),
)
"""The highest id that a removed table ever gave out; ids are never used twice."""


@dataclass(frozen=True)
class RecordedPart:
    """An add-on or bridge as the database knows it, whether or not its code is still there."""

    name: str
    package: str
    version: str
    title: str
    kind: str
    needs: tuple[str, ...]
    state: PartState

    @property
    def is_bridge(self) -> bool:
        """Whether it joins two add-ons."""
        return self.kind == "BRIDGE"


def recorded_parts(connection: Connection, *states: PartState) -> dict[str, RecordedPart]:
    """The parts in these states (default: all) by name, what is depended on first."""
    kinds = states or tuple(PartState)
    rows = connection.execute(
        select(
            addon.c.name,
            addon.c.package,
            addon.c.version,
            addon.c.title,
            addon.c.kind,
            addon.c.needs,
            addon.c.state,
        )
        .where(addon.c.state.in_(kinds))
        .order_by(addon.c.name)
    )
    waiting = [RecordedPart(*row[:5], tuple(row[5]), PartState(row[6])) for row in rows]
    known = {part.name for part in waiting}
    done: dict[str, RecordedPart] = {}
    while waiting:
        ready = [p for p in waiting if all(n in done for n in p.needs if n in known)]
        done.update((part.name, part) for part in ready or waiting)
        waiting = [part for part in waiting if part.name not in done]
    return done


def current_generation(connection: Connection) -> int:
    """The number of the generation that holds."""
    return int(connection.execute(select(generation.c.number)).scalar_one())


def next_generation(connection: Connection) -> int:
    """Begin a new generation and epoch; everybody is told when the transaction commits.

    Returns the new generation's number.
    """
    number = connection.execute(
        update(generation).values(number=generation.c.number + 1).returning(generation.c.number)
    ).scalar_one()
    connection.execute(update(epoch).values(number=epoch.c.number + 1))
    connection.execute(select(func.pg_notify(CHANNEL, str(number))))
    return int(number)
