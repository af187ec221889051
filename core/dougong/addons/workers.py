"""The processes that answer requests: who lives, and which generation each has."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from dougong.addons.state import worker

ALIVE = 15.0
"""Seconds after its last heartbeat at which a worker counts as dead."""
HEARTBEAT_EVERY = 3.0
"""Seconds between two heartbeats; a worker also sends one when it has swapped."""

_now = func.clock_timestamp()


@dataclass(frozen=True)
class Worker:
    """One process, as it last reported itself."""

    id: str
    pid: int
    host: str
    generation: int

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} (generation {self.generation})"


def heartbeat(connection: Connection, worker_id: str, generation: int) -> None:
    """Report that this process lives and which generation it answers with; also the first time."""
    row = insert(worker).values(
        id=worker_id,
        pid=os.getpid(),
        host=socket.gethostname(),
        generation=generation,
        heartbeat=_now,
    )
    renewed = {"generation": row.excluded.generation, "heartbeat": row.excluded.heartbeat}
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=renewed))


def leave(connection: Connection, worker_id: str) -> None:
    """Report that this process ends; rows of dead ones go with it."""
    connection.execute(
        delete(worker).where((worker.c.id == worker_id) | (worker.c.heartbeat < _oldest(3600)))
    )


def live_workers(connection: Connection) -> list[Worker]:
    """The processes that have reported themselves lately."""
    rows = connection.execute(
        select(worker.c.id, worker.c.pid, worker.c.host, worker.c.generation)
        .where(worker.c.heartbeat >= _oldest(ALIVE))
        .order_by(worker.c.id)
    )
    return [Worker(*row) for row in rows]


def wait_for_workers(engine: Engine, generation: int, *, patience: float) -> list[Worker]:
    """Wait until every live worker has this generation or a later one.

    Returns those that still have not after `patience` seconds; none is what one hopes for.
    """
    deadline = time.monotonic() + patience
    while True:
        with engine.connect() as connection:
            behind = [one for one in live_workers(connection) if one.generation < generation]
        if not behind or time.monotonic() >= deadline:
            return behind
        time.sleep(0.05)


def _oldest(seconds: float) -> object:
    return _now - text(f"interval '{seconds} seconds'")
