"""What the database knows of the installation: parts, generation, epoch, workers, what was here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

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
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of
from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.addons.manifest import Part

CHANNEL = "dougong_generation"
"""Where PostgreSQL notifies everybody that a new generation holds."""

_core = registry_of(CORE).metadata


class PartState(StrEnum):
    """How a part stands in this database."""

    INSTALLED = "INSTALLED"
    PREPARING = "PREPARING"
    """Its tables are being made and filled; nobody serves it yet."""
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
    CheckConstraint("state in ('INSTALLED', 'PREPARING', 'REMOVING')", name="state"),
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
    Column("candidate", BigInteger, nullable=False, server_default="0"),
    Column("candidate_parts", ARRAY(Text)),
    CheckConstraint("single", name="single"),
)
"""`number` rises whenever something is installed, removed or restored, `candidate` whenever that is
prepared; `candidate_parts` are what the next generation shall have, as long as it is prepared."""

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
    Column("candidate", BigInteger, nullable=False, server_default="0"),
    Column("sdl", Text),
    Column("problem", Text),
    Column("fenced", Boolean, nullable=False, server_default="false"),
)
"""The processes that answer requests, and the generation that each has; the last candidate that it
has built, with the hash of its SDL, and what it cannot build. Who is fenced must not answer any more."""

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


def record(connection: Connection, part: Part, state: PartState) -> None:
    """Write down how a part stands, at the version of its code."""
    row = {
        "package": part.package,
        "version": part.version,
        "title": part.title,
        "kind": "BRIDGE" if part.is_bridge else "ADDON",
        "needs": list(part.needs),
        "state": state,
    }
    added = insert(addon).values(name=part.name, **row)
    connection.execute(added.on_conflict_do_update(index_elements=["name"], set_=row))


def current_generation(connection: Connection) -> int:
    """The number of the generation that holds."""
    return int(connection.execute(select(generation.c.number)).scalar_one())


def propose(connection: Connection, parts: Sequence[str] | None) -> int:
    """Have every worker build a generation of these parts, to swap quickly; None: of nothing.

    Returns the candidate's number.
    """
    number = connection.execute(
        update(generation)
        .values(candidate=generation.c.candidate + 1, candidate_parts=parts)
        .returning(generation.c.candidate)
    ).scalar_one()
    connection.execute(select(func.pg_notify(CHANNEL, "")))
    return int(number)


def next_generation(connection: Connection, candidate: int | None = None) -> int:
    """Begin a new generation and epoch; everybody is told when the transaction commits.

    Returns the new generation's number. Raises SetupError when another `candidate` is prepared.
    """
    held = generation.c.candidate == candidate if candidate is not None else true()
    number = connection.execute(
        update(generation)
        .where(held)
        .values(number=generation.c.number + 1, candidate_parts=None)
        .returning(generation.c.number)
    ).scalar()
    if number is None:
        raise SetupError(
            "Somebody else has ended this preparation: the connection to the database was lost.",
            fix="try again.",
        )
    connection.execute(update(epoch).values(number=epoch.c.number + 1))
    connection.execute(select(func.pg_notify(CHANNEL, str(number))))
    return int(number)
