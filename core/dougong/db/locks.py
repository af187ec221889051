"""The two locks of the life cycle: who changes what is installed, and when others pause for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from dougong.errors import SetupError

R = TypeVar("R")

ENTER = 4_611_000_001
"""Shared by every business transaction (`dougong.enter`), exclusive while what is installed changes."""
LIFECYCLE = 4_611_000_002
"""Held by the one process that is installing, removing or restoring, all the time it takes."""

LOCK_TIMEOUT = "100ms"
AFTER = 8
LONGER = "1200ms"
"""After so many tries: PostgreSQL's autovacuum lets go for who has waited a second for it."""
LOCK_NOT_AVAILABLE = ("55P03", "40P01")
PATIENCE = 60.0  # seconds


class Busy(SetupError):
    """Another process is installing or removing."""


@contextmanager
def lifecycle(engine: Engine, *, patience: float = PATIENCE) -> Iterator[None]:
    """Be the only one who installs or removes; the lock ends with the process at the latest.

    Raises Busy when another process holds it for longer than `patience` seconds.
    """
    deadline = time.monotonic() + patience
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(
            text("select pg_try_advisory_lock(:key)"), {"key": LIFECYCLE}
        ).scalar_one():
            if time.monotonic() >= deadline:
                raise Busy(
                    "Another process is installing or removing add-ons.",
                    fix="wait until it is done, then try again.",
                )
            time.sleep(0.1)
        try:
            yield
        finally:
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": LIFECYCLE})


def exclusively(
    engine: Engine,
    work: Callable[[Connection], R],
    *,
    first: Callable[[Connection], object] = lambda _connection: None,
) -> R:
    """Do the work in one transaction while no business transaction runs, and commit it.

    What can be done beside them is done `first`, in the same transaction: nobody waits for it.
    Raises SetupError when that was not possible within PATIENCE seconds.
    """

    def alone(connection: Connection) -> R:
        first(connection)
        timeout = connection.scalar(text("show lock_timeout"))
        connection.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ENTER})
        connection.execute(text(f"set local lock_timeout = '{timeout}'"))
        return work(connection)

    return briefly(engine, alone)


def briefly(engine: Engine, work: Callable[[Connection], R], *, patience: float = PATIENCE) -> R:
    """Do the work in one transaction beside all others, and commit it.

    Every lock is waited for only briefly, so that nobody queues behind us for long; then the
    work is undone and begun again. Raises SetupError when that took longer than `patience`.
    """
    deadline = time.monotonic() + patience
    pause = 0.05
    turn = 0
    while True:
        timeout = LOCK_TIMEOUT if turn < AFTER else LONGER
        try:
            with engine.begin() as connection:
                connection.execute(text(f"set local lock_timeout = '{timeout}'"))
                return work(connection)
        except OperationalError as problem:
            if getattr(problem.orig, "sqlstate", None) not in LOCK_NOT_AVAILABLE:
                raise
            if time.monotonic() + pause >= deadline:
                raise SetupError(
                    f"The database was too busy for {patience:.0f} seconds: long transactions "
                    "hold what has to change.",
                    fix="try again when imports and long jobs are done.",
                ) from problem
        time.sleep(pause)
        pause = min(pause * 1.5, 2.0)
        turn += 1
