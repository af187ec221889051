"""The processes that answer requests: who lives, which generation each has, what each has built."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from dougong.addons.state import worker

ALIVE = 15.0
"""Seconds after its last heartbeat at which a worker counts as dead."""
WAIT = 30.0
"""Seconds to wait for live workers, unless somebody says otherwise."""

_now = func.clock_timestamp()


@dataclass(frozen=True)
class Built:
    """The last candidate for the next generation that a worker has built, or failed to."""

    candidate: int = 0
    sdl: str | None = None
    """The hash of its API as text."""
    problem: str | None = None
    """Why it cannot be built."""


@dataclass(frozen=True)
class Worker:
    """One process, as it last reported itself."""

    id: str
    pid: int
    host: str
    generation: int
    built: Built

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (generation {self.generation})"


def heartbeat(
    connection: Connection, worker_id: str, generation: int, built: Built | None = None
) -> bool:
    """Report that this process lives and which generation it answers with; also the first time.

    Returns whether it has been fenced: then it must not answer any more.
    """
    built = built or Built()
    row = insert(worker).values(
        id=worker_id,
        pid=os.getpid(),
        host=socket.gethostname(),
        generation=generation,
        heartbeat=_now,
        candidate=built.candidate,
        sdl=built.sdl,
        problem=built.problem,
    )
    names = ("generation", "heartbeat", "candidate", "sdl", "problem")
    renewed = {name: row.excluded[name] for name in names}
    said = row.on_conflict_do_update(index_elements=["id"], set_=renewed).returning(worker.c.fenced)
    return bool(connection.execute(said).scalar_one())


def leave(connection: Connection, worker_id: str) -> None:
    """Report that this process ends; rows of dead ones go with it."""
    connection.execute(
        delete(worker).where((worker.c.id == worker_id) | (worker.c.heartbeat < _oldest(3600)))
    )


def fence(engine: Engine, those: Iterable[Worker]) -> None:
    """Have workers end, and wait for them no longer; what they write is refused already."""
    with engine.begin() as connection:
        ids = [one.id for one in those]
        connection.execute(update(worker).where(worker.c.id.in_(ids)).values(fenced=True))


def live_workers(connection: Connection) -> list[Worker]:
    """The processes that have reported themselves lately, without those that are fenced."""
    columns = (worker.c.id, worker.c.pid, worker.c.host, worker.c.generation)
    rows = connection.execute(
        select(*columns, worker.c.candidate, worker.c.sdl, worker.c.problem)
        .where(worker.c.heartbeat >= _oldest(ALIVE), ~worker.c.fenced)
        .order_by(worker.c.id)
    )
    return [Worker(*row[:4], Built(*row[4:])) for row in rows]


def wait_for_workers(engine: Engine, generation: int, *, patience: float) -> list[Worker]:
    """Wait until every live worker has this generation or a later one.

    Returns those that still have not after `patience` seconds; none is what one hopes for.
    """
    return wait_until(engine, lambda one: one.generation >= generation, patience=patience)


def wait_until(engine: Engine, done: Callable[[Worker], bool], *, patience: float) -> list[Worker]:
    """Wait until something holds for every live worker; those for whom it does not in the end."""
    deadline = time.monotonic() + patience
    while True:
        with engine.connect() as connection:
            behind = [one for one in live_workers(connection) if not done(one)]
        if not behind or time.monotonic() >= deadline:
            return behind
        time.sleep(0.02)


def _oldest(seconds: float) -> object:
    return _now - text(f"interval '{seconds} seconds'")
