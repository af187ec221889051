"""Installing add-ons: tried in a process of its own, prepared while all work, then done at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, delete

from dougong.addons.collect import contents_of
from dougong.addons.discovery import available, parts_of
from dougong.addons.extension_rows import complete, fill
from dougong.addons.manifest import Part
from dougong.addons.migrations import current, head, line_of, place_of_revisions, upgrade
from dougong.addons.preparing import agree, log, prepared, undo
from dougong.addons.rehearsal import rehearse
from dougong.addons.state import (
    PartState,
    RecordedPart,
    absent,
    high_water,
    next_generation,
    record,
    recorded_parts,
)
from dougong.addons.workers import WAIT, fence, wait_for_workers
from dougong.builtin.audit.entries import audit_changes
from dougong.db.catalogue import continue_after, tables_of
from dougong.db.locks import briefly, exclusively, lifecycle
from dougong.db.naming import CORE, host_of
from dougong.entity.base import Extension
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
    late: tuple[str, ...] = ()
    """Servers that have not taken it up in time."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is new."""
        return (*self.asked, *self.needed, *self.bridges)


def install(
    engine: Engine,
    names: Iterable[str],
    *,
    wait: float = WAIT,
    force: bool = False,
    agreed: Callable[[], object] = lambda: None,
) -> Installed:
    """Install add-ons and all that they need; one that is there already is brought up to its code.

    The database must be prepared. Tables are made and filled while everybody works on; then every
    live worker builds what will be, for up to `wait` seconds, and it holds for all at once. Raises
    SetupError, with nothing changed, when an add-on is not there, does not fit, its tables cannot
    be made, a worker cannot go along (with `force` such a worker is ended instead), or `agreed` says
    so: it is called once nothing else can be installed any more.
    """
    wanted = tuple(dict.fromkeys(names))
    check_available(wanted)
    with lifecycle(engine):
        undo(engine)
        agreed()
        with engine.connect() as connection:
            before = recorded_parts(connection)
        check_not_removing(before)
        there = {part.name for part in before.values() if not part.is_bridge}
        tried = rehearse({*there, *wanted}, [one for one in before if host_of(one) not in wanted])
        log.info("tried %s", ", ".join(wanted))
        parts = parts_of(tried.addons)
        new = [part for part in parts if part.name not in before and part.name != CORE]
        behind = [p for p in parts if p.name in before and host_of(p.name) in wanted]
        with engine.connect() as connection:
            behind = [part for part in behind if current(connection, part.name) != head(part)]
        number = None
        if behind:
            number = exclusively(engine, lambda connection: _bring_up(connection, behind))
            log.info("brought the tables of %s to their code", ", ".join(p.name for p in behind))
        if new:
            with prepared(engine, [part.name for part in parts], new) as candidate:
                seen = _prepare(engine, new)
                agree(engine, candidate, tried.sdl, wait=wait, force=force)
                number = _commit(engine, new, seen, candidate)
        if number is not None:
            log.info("generation %s holds", number)
        late = wait_for_workers(engine, number, patience=wait) if new and number else []
        if new:
            log.info("served by all but %s servers", len(late))
        if force:
            fence(engine, late)
    return Installed(
        number,
        tuple(part for part in new if part.name in wanted),
        tuple(part for part in new if part.name not in wanted and not part.is_bridge),
        tuple(part for part in new if part.is_bridge),
        tuple(behind),
        tuple(map(str, late)),
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


def _bring_up(connection: Connection, behind: Sequence[Part]) -> int:
    for part in behind:
        bring_to_code(connection, part)
    return next_generation(connection)


def _prepare(engine: Engine, new: Sequence[Part]) -> Sequence[tuple[type[Extension[Any]], int]]:
    """Make and fill the tables of new parts, while others write.

    Returns each extension with the oldest transaction whose records may have no row in it yet.
    """
    for part in new:
        for revision in line_of(part):
            briefly(engine, partial(upgrade, part=part, revision=revision))
            log.info("made the tables of %s at %s", part.name, revision)
    with engine.connect() as connection:
        for part in new:
            _check_tables(connection, part)
    seen = [(one, fill(engine, one)) for part in new for one in contents_of(part).extensions]
    for part in new:
        briefly(engine, partial(_continue, part=part))
    log.info("made %s ready", ", ".join(part.name for part in new))
    return seen


def _commit(
    engine: Engine,
    new: Sequence[Part],
    seen: Sequence[tuple[type[Extension[Any]], int]],
    candidate: int,
) -> int:
    """Have it hold; only for the rows of the newest records nobody may write meanwhile."""

    def hold(connection: Connection) -> None:
        for part in new:
            _hold(connection, part)

    def begin(connection: Connection) -> int:
        for extension, since in seen:
            complete(connection, extension, since)
        return next_generation(connection, candidate)

    return exclusively(engine, begin, first=hold)


def bring_to_code(connection: Connection, part: Part) -> None:
    """Make a part's tables what its entities need, and write down that it is installed."""
    upgrade(connection, part)
    _check_tables(connection, part)
    for extension in contents_of(part).extensions:
        complete(connection, extension)
    _continue(connection, part)
    _hold(connection, part)


def _hold(connection: Connection, part: Part) -> None:
    record(connection, part, PartState.INSTALLED)
    connection.execute(delete(absent).where(absent.c.addon == part.name))


def _check_tables(connection: Connection, part: Part) -> None:
    """Raise SetupError when a part's tables are not what its entities need."""
    from dougong.addons.revisions import disagreements  # and Alembic, which no worker needs

    wrong = disagreements(connection, part)
    if wrong:
        raise SetupError(
            f"The entities and the migrations of {part.name} differ: {'; '.join(wrong)}. "
            f"The last revision: {place_of_revisions(part)}.",
            fix=f'write the missing revision: dougong migration {part.name} "what changed".',
        )


def _continue(connection: Connection, part: Part) -> None:
    """Have tables give out ids where those of the same names once stopped, and log changes."""
    rows = connection.execute(high_water.select().where(high_water.c.schema == part.name))
    last = {row["table"]: row["last_id"] for row in rows.mappings()}
    for table in tables_of(connection, part.name):
        if table.name in last:
            continue_after(connection, table, last[table.name])
    log_changes(connection, part.name)
    audit_changes(connection, part.name)
