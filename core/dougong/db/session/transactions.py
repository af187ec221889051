"""Work in a transaction of its own: that writes, or that only reads."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.builtin.audit.acting import BY_CORE, Doing, first_said
from dougong.db.session.kinds import ReadSession, WriteSession
from dougong.errors import Forbidden, GenerationChanged
from dougong.generation import Generation

R = TypeVar("R")
GENERATION_CHANGED = "XG001"
DEADLOCKS = ("40P01", "40001")  # or a serialization failure
PAUSES = (0.02, 0.1, 0.3)
"""Seconds before another try."""
LONGEST_WAIT = "10s"
"""How long a mutation waits for others who change the same records, or for an install."""
LONGEST_STATEMENT = "30s"
"""How long one statement of a mutation may take; meanwhile nothing can be installed."""


def in_transaction(
    engine: Engine,
    generation: Generation,
    who: Principal,
    work: Callable[[Context], R],
    *,
    keep: bool = True,
    doing: Doing = BY_CORE,
) -> R:
    """Do some work in one transaction of its own and commit it.

    Without `keep` it is undone instead, once everything has been checked that a commit checks.
    `doing` is who will write first, so that the audit need not be told of it by itself.
    Raises GenerationChanged when something was installed or removed meanwhile, and whatever the
    work raises; then nothing was written. After a deadlock all of it is tried again.
    """
    if who.read_only:
        raise Forbidden("read_only")
    for pause in (*PAUSES, None):
        try:
            with WriteSession(engine, expire_on_commit=False) as session, session.begin() as all_:
                enter(session, generation.number, who, doing)
                result = work(Context(generation, session, who))
                if not keep:
                    session.flush()
                    session.execute(text("set constraints all immediate"))
                    all_.rollback()
                return result
        except DBAPIError as problem:
            state = getattr(problem.orig, "sqlstate", None)
            if state == GENERATION_CHANGED:
                raise GenerationChanged from problem
            if state not in DEADLOCKS or pause is None:
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet again
    raise AssertionError("unreachable")


def enter(session: Session, generation: int, who: Principal, doing: Doing = BY_CORE) -> None:
    """Hold off installs until the transaction ends, and check that the picture is still true.

    `info` says which `epoch` it is and what day `today`, and how many settings of `steps` there are.
    """
    row = session.execute(
        text(
            f"select set_config('lock_timeout', '{LONGEST_WAIT}', true), "
            f"set_config('statement_timeout', '{LONGEST_STATEMENT}', true), "
            "set_config('dougong.by', :by, true), dougong.enter(:number)"
        ),
        {"number": generation, "by": first_said(session, who, doing)},
    ).one()
    epoch, today, steps = row[-1].split()
    session.info.update(epoch=int(epoch), today=today, steps=int(steps))


def find(
    engine: Engine, generation: Generation, who: Principal, work: Callable[[Context, int], R]
) -> R:
    """Do some work that only reads; it is told the epoch, and sees one snapshot throughout."""
    with engine.connect() as connection:
        connection.execution_options(isolation_level="REPEATABLE READ")
        with ReadSession(connection) as session:
            session.connection()
            return work(Context(generation, session, who), session.info["epoch"])


@contextmanager
def looking(ctx: Context) -> Iterator[Context]:
    """The context's transaction as it is now, for code that must not change anything in it."""
    if isinstance(ctx.session, ReadSession):
        yield ctx
        return
    ctx.session.flush()
    within = ctx.session.connection()
    with ReadSession(within, join_transaction_mode="create_savepoint") as session:
        session.connection()
        yield Context(ctx.generation, session, ctx.principal, ctx.now)
