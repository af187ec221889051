"""Removed add-ons whose tables are kept: set aside under a schema's name that no add-on has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, DateTime, Table, Text, delete, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert

from dougong.addons.migrations import quoted
from dougong.addons.state import PartState, RecordedPart, addon
from dougong.builtin.files.moving import forget_files
from dougong.db.catalogue import ForeignKey, foreign_keys_of, row_count, tables_of
from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

kept = Table(
    "kept",
    registry_of(CORE).metadata,
    Column("name", Text, primary_key=True),
    Column("package", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("foreign_keys", JSONB, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""The parts whose tables are set aside, and the foreign keys that they had to others' tables."""


@dataclass(frozen=True)
class Kept:
    """A part that is kept."""

    name: str
    package: str
    version: str
    foreign_keys: tuple[ForeignKey, ...]
    """Those to other parts' tables, which are not there while it is kept."""
    kept_at: datetime

    @property
    def schema(self) -> str:
        """Where its tables are meanwhile."""
        return f"{self.name}~kept"


def kept_parts(connection: Connection) -> dict[str, Kept]:
    """All that is kept, by name; not yet what is being removed."""
    leaving = select(addon.c.name).where(addon.c.state == PartState.REMOVING)
    asked = select(kept).where(kept.c.name.not_in(leaving)).order_by(kept.c.name)
    found = {}
    for name, package, version, keys, at in connection.execute(asked):
        found[name] = Kept(name, package, version, tuple(map(ForeignKey.from_json, keys)), at)
    return found


def rows_kept(connection: Connection, part: Kept) -> Mapping[str, int]:
    """Its tables, with how many rows are in each."""
    return {one.name: row_count(connection, one) for one in tables_of(connection, part.schema)}


def let_go(connection: Connection, part: RecordedPart) -> Sequence[ForeignKey]:
    """Remember what a part is to come back with; returns the foreign keys that hold it until then.

    These are to be dropped before it is `set_aside`, one by one: each takes a table of others away
    from everybody. They are remembered once, also where a killed process has dropped some already.
    """
    own = f"{quoted(connection, part.name)}."
    keys = [key for key in foreign_keys_of(connection, part.name) if not key.target.startswith(own)]
    row = {"name": part.name, "package": part.package, "version": part.version}
    new = insert(kept).values(**row, foreign_keys=[asdict(key) for key in keys])
    connection.execute(new.on_conflict_do_nothing())
    return keys


def set_aside(connection: Connection, part: RecordedPart) -> None:
    """Give a part's schema, which nothing holds any more, another name."""
    _rename(connection, part.name, f"{part.name}~kept")


def take_back(connection: Connection, part: Kept) -> Sequence[ForeignKey]:
    """Give a kept part its name again; returns the foreign keys to put back."""
    _rename(connection, part.schema, part.name)
    connection.execute(delete(kept).where(kept.c.name == part.name))
    return part.foreign_keys


def forget_kept(connection: Connection, parts: Sequence[Kept]) -> None:
    """Drop what is kept of these."""
    forget_files(connection, [part.name for part in parts])
    for part in parts:
        connection.execute(text(f"drop schema {quoted(connection, part.schema)} cascade"))
        connection.execute(delete(kept).where(kept.c.name == part.name))


def drop_keys(connection: Connection, keys: Sequence[ForeignKey]) -> None:
    """Drop foreign keys, which can be put back by what is known of them."""
    for key in keys:
        connection.execute(text(f"alter table {key.table} drop constraint {key.name}"))


def add_keys(connection: Connection, keys: Sequence[ForeignKey]) -> None:
    """Put foreign keys back; rows are checked by that."""
    for key in keys:
        add = f"alter table {key.table} add constraint {key.name} {key.definition}"
        connection.execute(text(add))


def _rename(connection: Connection, name: str, other: str) -> None:
    names = (quoted(connection, name), quoted(connection, other))
    connection.execute(text("alter schema {} rename to {}".format(*names)))
