"""One field of a mutation document: done in a thread, in one transaction, read back, committed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from dougong.access.context import Context
from dougong.access.rules import Principal
from dougong.db.constraints import refusal_of
from dougong.db.engine import POOL_SIZE
from dougong.db.naming import camel
from dougong.db.session import in_transaction
from dougong.errors import Refused
from dougong.generation import Generation
from dougong.graphql.mutations.declared import Mutation, Outcome

ReadBack = Callable[[Context, Outcome], bytes]


class MutationRunner:
    """Runs mutations on a bounded pool of threads, as many as the database has connections for."""

    def __init__(
        self,
        engine: Engine,
        threads: int = POOL_SIZE,
        *,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`committed` is told when a mutation has been done, in the event loop."""
        self._engine = engine
        self._committed = committed
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="mutation")

    async def run(
        self,
        generation: Generation,
        who: Principal,
        mutation: Mutation,
        arguments: Mapping[str, Any],
        read_back: ReadBack,
    ) -> tuple[bytes | None, list[Refused]]:
        """Do one mutation; its payload as JSON, or the refusals that the person shall see.

        `read_back` reads the payload's selection on the mutation's own connection.
        Raises GenerationChanged when it must be tried again in the next generation; anything else
        that it raises is a bug, and nothing was written.
        """
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(
            self._threads, self._do, generation, who, mutation, arguments, read_back
        )
        self._committed()
        return done

    def _do(
        self,
        generation: Generation,
        who: Principal,
        mutation: Mutation,
        arguments: Mapping[str, Any],
        read_back: ReadBack,
    ) -> tuple[bytes | None, list[Refused]]:
        def work(ctx: Context) -> bytes:
            outcome = mutation.act(ctx, arguments)
            ctx.session.flush()
            return read_back(ctx, outcome)

        try:
            return in_transaction(self._engine, generation, who, work), []
        except Refused as refusal:
            return None, list(refusal.several)
        except DBAPIError as problem:
            known = refusal_of(problem, generation)
            if known is None:
                raise
            return None, [known]

    def close(self) -> None:
        """Wait for what runs and end the threads."""
        self._threads.shutdown(wait=True)


def user_error(generation: Generation, refusal: Refused) -> dict[str, Any]:
    """A refusal as a UserError of the API."""
    return {
        "path": [camel(str(step)) for step in refusal.at],
        "code": refusal.code,
        "message": generation.sentence(refusal),
        "params": {name: showable(value) for name, value in refusal.params.items()},
    }


def showable(value: Any) -> Any:
    """A value as JSON shows it in a payload."""
    match value:
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case None | bool() | int() | str() | float():
            return value
        case _:
            return str(value)


def as_json(value: Any) -> bytes:
    """A payload's value as JSON text."""
    return json.dumps(showable(value), ensure_ascii=False).encode()
