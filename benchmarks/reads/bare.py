"""The limits: a bare Starlette endpoint that sends one statement to asyncpg and answers its text.

/planner runs the SQL that Dougong's planner makes for the document and the seller, /by_hand the
SQL of sql_by_hand.py. There is no token, no document to parse, no limit, no epoch to check.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dougong.access.principal import Principal
from dougong.addons.installed import load_generation
from dougong.db.engine import open_database
from dougong.generation import Generation
from dougong.graphql.document import GraphQLRequest, read_document
from dougong.graphql.plan.arguments import FromVariable, Given, Slot
from dougong.graphql.plan.plans import Plans
from reads.queries import QUERIES
from reads.sql_by_hand import BY_HAND

CONNECTIONS = 8
READ: dict[str, Callable[[str], Any]] = {
    "ID": lambda text: int(text.partition(":")[2]),
    "Decimal": Decimal,
    "Date": date.fromisoformat,
}
"""How the value of a variable is read, by the name of its type."""


class Connections:
    """A few connections, without anything that is not needed for a benchmark."""

    def __init__(self) -> None:
        self._free: deque[Any] = deque()
        self._waiting: deque[asyncio.Future[Any]] = deque()

    async def open(self, url: str) -> None:
        for _ in range(CONNECTIONS):
            connection = await asyncpg.connect(
                url, server_settings={"TimeZone": "UTC", "jit": "off"}
            )
            await connection.set_type_codec(
                "text", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
            )
            self._free.append(connection)

    async def fetchrow(self, sql: str, arguments: Sequence[Any]) -> Any:
        if self._free:
            connection = self._free.pop()
        else:
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            connection = await future
        try:
            return await connection.fetchrow(sql, *arguments)
        finally:
            if self._waiting:
                self._waiting.popleft().set_result(connection)
            else:
                self._free.append(connection)


Prepared = tuple[str, Callable[[dict[str, Any]], Sequence[Any]], Callable[[Any], bytes]]


def planned(generation: Generation, me: int, roles: frozenset[str]) -> dict[str, Prepared]:
    """The planner's statement for every query, how its arguments are made, and the answer."""
    who = Principal(me, "Seller", roles)
    plans = Plans(generation, generation.schema)
    return {name: _planned(generation, plans, who, name) for name in QUERIES}


def _planned(generation: Generation, plans: Plans, who: Principal, name: str) -> Prepared:
    query = QUERIES[name]
    document = read_document(query.document, generation.schema, {}, anonymous=False)
    requested = document.request(GraphQLRequest(query.document, None, query.variables[0]))
    plan = plans.of_query(who, requested)
    given = Given(who.user_id, requested.variables.coerced, datetime.now(UTC))
    ready = plan.statement.arguments(given)
    varying = [
        (place, value.source.path[0], READ[value.source.kind])
        for place, value in enumerate(plan.statement.values)
        if isinstance(value, Slot) and isinstance(value.source, FromVariable)
    ]

    def arguments(variables: dict[str, Any]) -> Sequence[Any]:
        made = ready.copy()
        for place, variable, read in varying:
            made[place] = read(variables[variable])
        return made

    ((key, _),) = plan.parts
    before = f'{{"data":{{"{key}":'.encode()
    return plan.statement.numbered, arguments, lambda row: before + (row[1] or b"null") + b"}}"


def application() -> Starlette:
    """The two endpoints; the environment names the database and the seller."""
    url, me = os.environ["READS_URL"], int(os.environ["READS_ME"])
    roles = frozenset(os.environ["READS_ROLES"].split(","))
    connections = Connections()
    engine = open_database(url, pool_size=None)
    by_planner = planned(load_generation(engine), me, roles)
    by_hand: dict[str, Prepared] = {
        name: (sql, lambda variables, make=make: make(me, variables), lambda row: row[0])
        for name, (sql, make) in BY_HAND.items()
    }

    def endpoint(prepared: dict[str, Prepared]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            sent = orjson.loads(await request.body())
            sql, arguments, body = prepared[sent["query"]]
            row = await connections.fetchrow(sql, arguments(sent["variables"]))
            return Response(body(row), media_type="application/json")

        return answer

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await connections.open(url)
        yield

    routes = [
        Route("/planner", endpoint(by_planner), methods=["POST"]),
        Route("/by_hand", endpoint(by_hand), methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
