"""Preparing a change of what is installed: workers build it before it holds, or it is undone."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, Engine, delete, select, text

from dougong.addons.manifest import Part
from dougong.addons.migrations import create_schema, quoted
from dougong.addons.state import (
    PartState,
    addon,
    generation,
    propose,
    record,
    recorded_parts,
)
from dougong.addons.workers import Built, Worker, fence, live_workers, wait_until
from dougong.db.catalogue import ForeignKey, foreign_keys_of
from dougong.db.locks import Busy, briefly, lifecycle
from dougong.errors import SetupError

log = logging.getLogger("dougong.lifecycle")
"""Is told each time that something has been committed, and at the end of a phase."""


@contextmanager
def prepared(engine: Engine, parts: Sequence[str], new: Sequence[Part] = ()) -> Iterator[int]:
    """Propose a generation of these parts, with schemas for those that are new.

    The block gets the candidate's number and commits the change; unless it ends well, all is
    undone. Raises SetupError when there is a schema already that is not ours.
    """

    def begin(connection: Connection) -> int:
        for part in new:
            create_schema(connection, part)
            record(connection, part, PartState.PREPARING)
        return propose(connection, parts)

    candidate = briefly(engine, begin)
    log.info("proposed %s", ", ".join(parts))
    try:
        yield candidate
    except BaseException:
        undo(engine)
        raise


def undo_killed(engine: Engine) -> tuple[str, ...]:
    """Undo what a process has prepared that was killed since; which add-ons these were.

    Nothing while a process is preparing something.
    """
    with engine.connect() as connection:
        if connection.execute(select(generation.c.candidate_parts)).scalar_one() is None:
            return ()
    try:
        with lifecycle(engine, patience=0):
            return undo(engine)
    except Busy:
        return ()


def undo(engine: Engine) -> tuple[str, ...]:
    """Take back what was proposed, and the tables of parts that nobody serves yet."""
    with engine.connect() as connection:
        names = tuple(recorded_parts(connection, PartState.PREPARING))
        if connection.execute(select(generation.c.candidate_parts)).scalar_one() is None:
            return ()
    unlink(engine, names)

    def drop(connection: Connection) -> None:
        for name in names:
            connection.execute(text(f"drop schema {quoted(connection, name)} cascade"))
        connection.execute(delete(addon).where(addon.c.state == PartState.PREPARING))
        propose(connection, None)

    briefly(engine, drop)
    log.info("undone: %s", ", ".join(names))
    return names


def unlink(engine: Engine, schemas: Sequence[str]) -> None:
    """Drop the foreign keys of schemas."""
    with engine.connect() as connection:
        keys = [key for name in schemas for key in foreign_keys_of(connection, name)]
    drop_one_by_one(engine, keys)


def drop_one_by_one(engine: Engine, keys: Sequence[ForeignKey]) -> None:
    """Drop foreign keys: each blocks its two tables, for readers too, but for a moment only."""
    for key in keys:
        drop = text(f"alter table {key.table} drop constraint if exists {key.name}")
        briefly(engine, partial(Connection.execute, statement=drop))
        log.info("dropped the foreign key %s of %s", key.name, key.table)


def agree(
    engine: Engine, candidate: int, sdl: str | None, *, wait: float, force: bool = False
) -> None:
    """Wait until every live worker has built the candidate, with an API of this hash (or one).

    Raises SetupError, naming the workers, when one cannot, has other code, or has not done so
    after `wait` seconds; with `force` these are fenced instead.
    """

    def settled(one: Worker) -> bool:
        return one.built.candidate == candidate

    behind = wait_until(engine, settled, patience=wait)
    with engine.connect() as connection:
        ready = [one for one in live_workers(connection) if settled(one)]
    sdl = sdl or next((one.built.sdl for one in ready if one.built.sdl), None)
    wrong = dict.fromkeys(behind, f"has not built it within {wait:g} seconds")
    wrong |= {one: why for one in ready if (why := _objection(one.built, sdl))}
    if wrong and not force:
        said = "; ".join(f"{one} {why}" for one, why in wrong.items())
        raise SetupError(
            f"Nothing was changed, because not every server could go along: {said}.",
            fix="restart these processes with the code that is installed now, or leave them out "
            "with --force, which ends them.",
        )
    fence(engine, wrong)
    log.info("%s servers have built candidate %s", len(ready), candidate)


def _objection(built: Built, sdl: str | None) -> str:
    """Why a worker cannot go along; empty when it can."""
    if built.problem is not None:
        return f"cannot build it: {built.problem.removesuffix('.')}"
    return "" if built.sdl == sdl else "has other code: its API would be another one"
