"""Installing add-ons: tried in a process of its own, then done in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, text
from sqlalchemy.dialects.postgresql import insert

from dougong.addons.collect import contents_of
from dougong.addons.discovery import available, parts_of
from dougong.addons.manifest import Part
from dougong.addons.migrations import (
    create_schema,
    current,
    head,
    place_of_revisions,
    quoted,
    upgrade,
)
from dougong.addons.rehearsal import rehearse
from dougong.addons.revisions import disagreements
from dougong.addons.state import (
    PartState,
    RecordedPart,
    absent,
    addon,
    high_water,
    next_generation,
    recorded_parts,
)
from dougong.db.catalogue import continue_after, tables_of
from dougong.db.locks import exclusively, lifecycle
from dougong.db.naming import CORE, host_of
from dougong.errors import SetupError
from dougong.live.change_log import log_changes


@dataclass(frozen=True)
class Installed:
    """What an install did."""

    number: int | None
    """The new generation; None when there was nothing to do."""
    asked: tuple[Part, ...]
    """New, and asked for."""
    needed: tuple[Part, ...]
    """New, because one that was asked for needs it."""
    bridges: tuple[Part, ...]
    """New, because both sides of it are there now."""
    upgraded: tuple[Part, ...]
    """There before; its code has revisions that its tables had not."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is new."""
        return (*self.asked, *self.needed, *self.bridges)


def install(engine: Engine, names: Iterable[str]) -> Installed:
    """Install add-ons and all that they need; one that is there already is brought up to its code.

    The database must be prepared. Workers swap by themselves. Raises SetupError, with nothing
    changed, when an add-on is not there, does not fit, or its tables cannot be made.
    """
    wanted = tuple(dict.fromkeys(names))
    check_available(wanted)
    with lifecycle(engine):
        with engine.connect() as connection:
            before = recorded_parts(connection)
        check_not_removing(before)
        there = {part.name for part in before.values() if not part.is_bridge}
        addons = rehearse({*there, *wanted})
        parts = parts_of(addons)
        new = [part for part in parts if part.name not in before and part.name != CORE]
        with engine.connect() as connection:
            behind = [
                part
                for part in parts
                if part.name in before
                and host_of(part.name) in wanted
                and current(connection, part.name) != head(part)
            ]
        number = None
        if new or behind:
            number = exclusively(engine, lambda connection: _install(connection, new, behind))
    return Installed(
        number,
        tuple(part for part in new if part.name in wanted),
        tuple(part for part in new if part.name not in wanted and not part.is_bridge),
        tuple(part for part in new if part.is_bridge),
        tuple(behind),
    )


def check_available(names: Iterable[str]) -> None:
    """Raise SetupError when there is no add-on of such a name; imports nothing."""
    points = available()
    unknown = [name for name in names if name not in points]
    if unknown:
        raise SetupError(
            f"There is no add-on {', '.join(unknown)} in this Python environment; there are: "
            f"{', '.join(sorted(points)) or 'none'}.",
            fix="check the spelling, or install the distribution that brings it with pip.",
        )


def check_not_removing(parts: Mapping[str, RecordedPart]) -> None:
    """Raise SetupError while a removal is not finished."""
    leaving = [part.name for part in parts.values() if part.state is PartState.REMOVING]
    if leaving:
        raise SetupError(
            f"The removal of {', '.join(leaving)} is not finished.",
            fix=f"finish it first: dougong remove {' '.join(leaving)}.",
        )


def _install(connection: Connection, new: Sequence[Part], behind: Sequence[Part]) -> int:
    for part in (*behind, *new):
        if part in new:
            create_schema(connection, part)
        bring_to_code(connection, part)
    return next_generation(connection)


def bring_to_code(connection: Connection, part: Part) -> None:
    """Make a part's tables what its entities need, and write down that it is installed."""
    upgrade(connection, part)
    _check_tables(connection, part)
    _continue_ids(connection, part.name)
    _complete_extensions(connection, part)
    log_changes(connection, part.name)
    _record(connection, part)


def _check_tables(connection: Connection, part: Part) -> None:
    """Raise SetupError when a part's tables are not what its entities need."""
    wrong = disagreements(connection, part)
    if wrong:
        raise SetupError(
            f"The entities and the migrations of {part.name} differ: {'; '.join(wrong)}. "
            f"The last revision: {place_of_revisions(part)}.",
            fix=f'write the missing revision: dougong migration {part.name} "what changed".',
        )


def _complete_extensions(connection: Connection, part: Part) -> None:
    """Give every record that a part extends, and that has none yet, its extension row."""
    for extension in contents_of(part).extensions:
        own, target = extension.__table__, extension.__extends__.__table__
        mine = quoted(connection, str(own.schema), own.name)
        theirs = quoted(connection, str(target.schema), target.name)
        connection.execute(
            text(f"insert into {mine} (id) select id from {theirs} on conflict do nothing")
        )


def _continue_ids(connection: Connection, schema: str) -> None:
    """Have a schema's tables go on where tables of the same names once stopped."""
    rows = connection.execute(high_water.select().where(high_water.c.schema == schema)).mappings()
    last = {row["table"]: row["last_id"] for row in rows}
    for table in tables_of(connection, schema):
        if table.name in last:
            continue_after(connection, table, last[table.name])


def _record(connection: Connection, part: Part) -> None:
    """Write down that a part is installed, at the version of its code."""
    row = {
        "package": part.package,
        "version": part.version,
        "title": part.title,
        "kind": "BRIDGE" if part.is_bridge else "ADDON",
        "needs": list(part.needs),
        "state": PartState.INSTALLED,
    }
    connection.execute(
        insert(addon)
        .values(name=part.name, **row)
        .on_conflict_do_update(index_elements=["name"], set_=row)
    )
    connection.execute(delete(absent).where(absent.c.addon == part.name))
