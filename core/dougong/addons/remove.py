"""Removing add-ons: out of service first, then archived, then dropped; each step can be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, text, update
from sqlalchemy.dialects.postgresql import insert

from dougong.addons.archive import Archive, write_archive
from dougong.addons.migrations import quoted
from dougong.addons.plans import RemovePlan, check_outsiders, plan_remove
from dougong.addons.preparing import agree, log, prepared, undo, unlink
from dougong.addons.state import (
    PartState,
    RecordedPart,
    absent,
    addon,
    current_generation,
    high_water,
    next_generation,
    recorded_parts,
)
from dougong.addons.workers import WAIT, fence, wait_for_workers
from dougong.db.catalogue import has_schema, last_id, tables_of
from dougong.db.locks import Busy, briefly, exclusively, lifecycle
from dougong.errors import SetupError


@dataclass(frozen=True)
class Removed:
    """What a removal did."""

    number: int
    """The generation that is without the parts."""
    parts: tuple[str, ...]
    archive: Archive


def remove(
    engine: Engine,
    names: Iterable[str],
    plan_hash: str,
    archives: Path,
    *,
    wait: float = WAIT,
    force: bool = False,
) -> Removed:
    """Carry out the plan that `plan_remove` made for these add-ons and that has this hash.

    Waits up to `wait` seconds for every live worker to build what is left, and again to serve it.
    Raises SetupError with nothing changed when the plan does not hold any more, or a worker cannot
    go along; and when one stays behind later: then the add-ons are out of service, and
    `finish_removals` does the rest. With `force` such a worker is ended instead.
    """
    with lifecycle(engine):
        undo(engine)
        _finish(engine, archives, wait, force)
        plan = plan_remove(engine, names)
        if plan.hash != plan_hash:
            raise SetupError(
                f"The plan {plan_hash} does not hold any more: what is installed has changed "
                f"since, or the hash is another one's.",
                fix=f"read the new plan: dougong remove {' '.join(plan.asked)}.",
            )
        with engine.connect() as connection:
            left = recorded_parts(connection).keys() - {part.name for part in plan.parts}
        with prepared(engine, sorted(left)) as candidate:
            agree(engine, candidate, None, wait=wait, force=force)
            exclusively(engine, lambda c: _take_out_of_service(c, plan, candidate))
        log.info("%s out of service", ", ".join(part.name for part in plan.parts))
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


def _take_out_of_service(connection: Connection, plan: RemovePlan, candidate: int) -> None:
    names = [part.name for part in plan.parts]
    connection.execute(
        update(addon).where(addon.c.name.in_(names)).values(state=PartState.REMOVING)
    )
    rows = [{"api_name": name, "addon": whose} for name, whose in plan.vanishing.items()]
    if rows:
        connection.execute(insert(absent).on_conflict_do_nothing(), rows)
    next_generation(connection, candidate)


def _finish(engine: Engine, archives: Path, wait: float, force: bool = False) -> Removed | None:
    """Archive and drop what is out of service, once nobody serves it any more."""
    with engine.connect() as connection:
        parts = list(recorded_parts(connection, PartState.REMOVING).values())
        number = current_generation(connection)
    if not parts:
        return None
    names = [part.name for part in parts]
    behind = wait_for_workers(engine, number, patience=wait)
    log.info("served by all but %s workers", len(behind))
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
    archive = write_archive(engine, parts, archives)
    log.info("archived %s", ", ".join(names))
    unlink(engine, names)
    briefly(engine, lambda connection: _drop(connection, parts))
    log.info("dropped %s", ", ".join(names))
    return Removed(number, tuple(names), archive)


def _drop(connection: Connection, parts: Sequence[RecordedPart]) -> None:
    """Drop the parts' schemas, and only those; their last ids are remembered."""
    names = [part.name for part in parts]
    check_outsiders(connection, names)
    for name in names:
        for table in tables_of(connection, name):
            last = last_id(connection, table)
            if last is not None:
                _remember(connection, name, table.name, last)
    there = [quoted(connection, name) for name in names if has_schema(connection, name)]
    if there:
        connection.execute(text(f"drop schema {', '.join(there)} cascade"))
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
