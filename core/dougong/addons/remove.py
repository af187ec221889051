"""Removing add-ons: out of service first, then archived, then dropped; each step can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from dougong.addons.archive import Archive
from dougong.addons.archiving import check_space, write_archive
from dougong.addons.kept import forget_kept, kept_parts, let_go, set_aside
from dougong.addons.leaving import check_outsiders, plan_remove
from dougong.addons.migrations import quoted
from dougong.addons.plans import Plan
from dougong.addons.preparing import agree, drop_one_by_one, log, prepared, undo, unlink
from dougong.addons.state import (
    PartState,
    RecordedPart,
    Rows,
    absent,
    addon,
    current_generation,
    high_water,
    next_generation,
    recorded_parts,
)
from dougong.addons.workers import WAIT, fence, wait_for_workers
from dougong.builtin.files.moving import forget_files
from dougong.builtin.jobs.queue import call_off
from dougong.db.catalogue import has_schema, last_id, tables_of
from dougong.db.locks import Busy, briefly, exclusively, lifecycle
from dougong.errors import SetupError


@dataclass(frozen=True)
class Removed:
    """What a removal did."""

    number: int
    """The generation that is without the parts."""
    parts: tuple[str, ...]
    rows: Rows
    archive: Archive | None
    """Where the rows are, if they were archived."""


def remove(
    engine: Engine,
    names: Iterable[str],
    plan_hash: str,
    archives: Path,
    *,
    wait: float = WAIT,
    force: bool = False,
    rows: Rows = Rows.ARCHIVE,
    accept_breaking: bool = False,
) -> Removed:
    """Carry out the plan that `plan_remove` made for these add-ons and `rows`, with this hash.

    Waits up to `wait` seconds for every live worker to build what is left, and again to serve it.
    Raises SetupError with nothing changed when the plan does not hold any more, or a worker cannot
    go along; and when one stays behind later: then the add-ons are out of service, and
    `finish_removals` does the rest. With `force` such a worker is ended instead, and what is under
    way goes too.
    """
    with lifecycle(engine):
        undo(engine)
        _finish(engine, archives, wait, force)
        plan = plan_remove(engine, names, rows=rows)
        plan.check(plan_hash, accept_breaking=accept_breaking, force=force)
        with engine.connect() as connection:
            installed = recorded_parts(connection)
            kept = [one for name, one in kept_parts(connection).items() if name in plan.names]
        if not set(plan.names) & set(installed):  # what is removed already, and was kept
            exclusively(engine, lambda connection: forget_kept(connection, kept))
            return Removed(plan.generation, plan.names, rows, None)
        if rows is Rows.ARCHIVE:
            check_space(engine, plan.names, archives)
        with prepared(engine, sorted(installed.keys() - set(plan.names))) as candidate:
            agree(engine, candidate, None, wait=wait, force=force)
            exclusively(
                engine,
                lambda connection: next_generation(connection, candidate),
                first=lambda connection: _take_out_of_service(connection, plan, rows),
            )
        log.info("%s out of service", ", ".join(plan.names))
        removed = _finish(engine, archives, wait, force)
        assert removed is not None
        return removed


def finish_removals(engine: Engine, archives: Path, *, wait: float = 0.0) -> Removed | None:
    """Finish what a removal that was killed has begun; None when there is nothing to finish.

    Also None when another process is at it. Raises WorkersBehind when processes still serve it
    after `wait` seconds: then it is left for the next time.
    """
    with engine.connect() as connection:
        if not recorded_parts(connection, PartState.REMOVING):
            return None
    try:
        with lifecycle(engine, patience=0):
            return _finish(engine, archives, wait)
    except Busy:
        return None


class WorkersBehind(SetupError):
    """Processes still serve what is being removed."""


def _take_out_of_service(connection: Connection, plan: Plan, rows: Rows) -> None:
    leaving = update(addon).where(addon.c.name.in_(plan.names))
    connection.execute(leaving.values(state=PartState.REMOVING, rows=rows))
    lost = [{"api_name": name, "addon": whose} for name, whose in plan.vanishing.items()]
    if lost:
        connection.execute(insert(absent).on_conflict_do_nothing(), lost)


def _finish(engine: Engine, archives: Path, wait: float, force: bool = False) -> Removed | None:
    """Archive and drop what is out of service, once nobody serves it any more."""
    with engine.connect() as connection:
        parts = list(recorded_parts(connection, PartState.REMOVING).values())
        number = current_generation(connection)
        said = connection.scalar(select(addon.c.rows).where(addon.c.state == PartState.REMOVING))
    if not parts:
        return None
    names = [part.name for part in parts]
    behind = wait_for_workers(engine, number, patience=wait)
    log.info("served by all but %s servers", len(behind))
    if force:
        fence(engine, behind)
    elif behind:
        raise WorkersBehind(
            f"{', '.join(names)} is out of service, but its tables are still there, because "
            f"{', '.join(map(str, behind))} has not taken up generation {number}.",
            fix="look at the log of that process or end it (--force does); then run any dougong "
            "command: it finishes the removal.",
        )
    with engine.connect() as connection:
        check_outsiders(connection, names)
    rows = Rows(said or Rows.ARCHIVE)
    archive = write_archive(engine, parts, archives) if rows is Rows.ARCHIVE else None
    if archive is not None:
        log.info("archived %s", ", ".join(names))
    if rows is Rows.KEEP:
        keys = briefly(engine, lambda c: [key for part in parts for key in let_go(c, part)])
        drop_one_by_one(engine, keys)
    else:
        unlink(engine, names)
    briefly(engine, lambda connection: _drop(connection, parts, rows))
    log.info("dropped %s", ", ".join(names))
    return Removed(number, tuple(names), rows, archive)


def _drop(connection: Connection, parts: Sequence[RecordedPart], rows: Rows) -> None:
    """Drop the parts' schemas or set them aside, and only those; their last ids are remembered."""
    names = [part.name for part in parts]
    check_outsiders(connection, names)
    for name in names:
        for table in tables_of(connection, name):
            last = last_id(connection, table)
            if last is not None:
                _remember(connection, name, table.name, last)
    if rows is Rows.KEEP:
        for part in reversed(parts):
            set_aside(connection, part)
    there = [quoted(connection, name) for name in names if has_schema(connection, name)]
    if there:
        connection.execute(text(f"drop schema {', '.join(there)} cascade"))
    if rows is Rows.DELETE:
        call_off(connection, names)
    if rows is not Rows.KEEP:
        forget_files(connection, names)
    connection.execute(delete(addon).where(addon.c.name.in_(names)))


def _remember(connection: Connection, schema: str, table: str, last: int) -> None:
    row = insert(high_water).values(schema=schema, table=table, last_id=last)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["schema", "table"],
            set_={"last_id": row.excluded.last_id},
            where=high_water.c.last_id < row.excluded.last_id,
        )
    )
