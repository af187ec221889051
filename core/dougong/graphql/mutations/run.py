"""Mutations that belong together: done in a thread, in one transaction, read back, committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.builtin.audit.acting import BY_CORE, Doing
from dougong.builtin.watching.noted import noted
from dougong.db.constraints import refusal_of
from dougong.db.engine import POOL_SIZE
from dougong.db.naming import camel
from dougong.db.session import find, in_transaction
from dougong.errors import DougongError, GenerationChanged, Refused
from dougong.generation import Generation
from dougong.graphql.problems import EpochChanged, of_read
from dougong.graphql.scalars import DATE_TIME, DECIMAL

R = TypeVar("R")
Task = Callable[[Context], bytes]
"""One mutation, ready to be done: does it, and reads what its payload shows as JSON."""


class Stopped(DougongError):
    """One of the mutations that belong together could not be done, so none of them was.

    `position` is its number among them; `problem` is a Refused, or what else was raised.
    """

    def __init__(self, position: int, problem: Exception) -> None:
        super().__init__(f"mutation {position}: {problem}")
        self.position = position
        self.problem = problem


class MutationRunner:
    """Runs mutations on a bounded pool of threads, as many as the database has connections for."""

    def __init__(
        self,
        engine: Engine,
        reads: Any,
        threads: int = POOL_SIZE,
        *,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`committed` is told, in the event loop; `reads` is for what comes before it all."""
        self.engine = engine
        self.reads = reads
        self._committed = committed
        self._most, self._under_way = threads, 0
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="mutation")

    async def run(
        self,
        generation: Generation,
        who: Principal,
        together: Sequence[Task],
        *,
        keep: bool,
        doing: Doing = BY_CORE,
    ) -> list[bytes]:
        """Do some mutations in order, in one transaction that begins with `doing`; the payloads.

        Without `keep` everything is undone at the end. Raises Stopped when one could not be done;
        then nothing was written. GenerationChanged and EpochChanged come as they are: the request
        must be tried again.
        """
        done = await self._in_thread(self._do, generation, who, together, keep, doing)
        if keep:
            self._committed()
        return done

    def _do(
        self,
        generation: Generation,
        who: Principal,
        together: Sequence[Task],
        keep: bool,
        doing: Doing,
    ) -> list[bytes]:
        payloads: list[bytes] = []

        def work(ctx: Context) -> None:
            payloads.clear()
            # each counts its changes by itself, as if it were alone
            payloads.extend(
                task(Context(generation, ctx.session, who, ctx.now)) for task in together
            )

        try:
            in_transaction(self.engine, generation, who, work, keep=keep, doing=doing)
        except (GenerationChanged, EpochChanged):
            raise
        except Exception as problem:
            at = min(len(payloads), len(together) - 1)
            raise Stopped(at, _refusal(problem, generation)) from problem
        return payloads

    async def read(
        self, generation: Generation, who: Principal, epoch: int, work: Callable[[Context], R]
    ) -> R:
        """Do some work that only reads, in a transaction of its own, on one of the threads.

        Raises EpochChanged when rights, what is installed or the day changed meanwhile; Unreachable;
        GraphQLError (TIMEOUT); and what the work raises.
        """

        def checked(ctx: Context, now: int) -> R:
            if now != epoch or not who.is_of(ctx.session.info["today"]):
                raise EpochChanged
            return work(ctx)

        try:
            return await self._in_thread(find, self.engine, generation, who, checked)
        except DBAPIError as problem:
            raise of_read(problem) from problem

    async def _in_thread(self, work: Callable[..., R], *arguments: Any) -> R:
        """Do something on one of the threads, for the request that is being answered."""
        loop, run = asyncio.get_running_loop(), copy_context().run
        self._under_way += 1
        try:
            return await loop.run_in_executor(self._threads, lambda: run(work, *arguments))
        finally:
            self._under_way -= 1

    @property
    def waiting(self) -> int:
        """How many wait for a thread."""
        return max(0, self._under_way - self._most)

    def close(self) -> None:
        """Wait for what runs and end the threads."""
        self._threads.shutdown(wait=True)


def _refusal(problem: Exception, generation: Generation) -> Exception:
    known = refusal_of(problem, generation) if isinstance(problem, DBAPIError) else None
    return known or problem


def user_error(generation: Generation, refusal: Refused, language: str) -> dict[str, Any]:
    """A refusal as a UserError of the API, in a language."""
    noted().refused(refusal.code)
    return {
        "path": [camel(str(step)) for step in refusal.at],
        "code": refusal.code,
        "message": generation.sentence(refusal, language),
        "params": {name: showable(value) for name, value in refusal.params.items()},
    }


def showable(value: Any) -> Any:
    """A value as JSON shows it in a payload."""
    match value:
        case Decimal():
            return DECIMAL.coerce_output_value(value)
        case datetime():
            return DATE_TIME.coerce_output_value(value)
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(str(showable(one)) for one in value)
        case StrEnum():
            return value.name
        case None | bool() | int() | str() | float():
            return value
        case _:
            return str(value)


def as_json(value: Any) -> bytes:
    """A payload's value as JSON text."""
    return json.dumps(showable(value), ensure_ascii=False).encode()
