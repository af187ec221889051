"""How a query is answered: its document and plan, one statement, and what Python adds to it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
from graphql import GraphQLError, GraphQLSchema

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.access.reach import Reach
from dougong.access.reached import Reached, StructureChanged
from dougong.builtin.watching.noted import noted
from dougong.builtin.watching.spans import span
from dougong.errors import GenerationChanged
from dougong.graphql.answers import Answer, answered, extensions_of
from dougong.graphql.computed_values import Use
from dougong.graphql.document import (
    Document,
    GraphQLRequest,
    Requested,
    RequestErrors,
    read_document,
)
from dougong.graphql.limits import check_introspection, check_records
from dougong.graphql.marks import filled, marked, told
from dougong.graphql.mutation_document import Mutations
from dougong.graphql.plan.arguments import Given
from dougong.graphql.plan.plans import Plan, Plans
from dougong.graphql.problems import TOO_LONG, EpochChanged, Unreachable, bad_input, body_of
from dougong.graphql.recent import Recent
from dougong.graphql.resolving import Resolving, introspected
from dougong.graphql.resolving import answered as resolved
from dougong.verbs.computed import Asking

if TYPE_CHECKING:
    from dougong.generation import Generation

MOST_DOCUMENTS = 500
MOST_INTROSPECTED = 20
MOST_SAMPLES = 50
LONGEST_SAMPLE = 10_000
"""In bytes of its variables, about: what imports send is not kept."""
STRUCTURE_CHANGED = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidCachedStatementError,
)
DROPPED_MEANWHILE = ("could not open relation", "cache lookup failed")
"""How PostgreSQL says (as an internal error) that a table went while it was being read."""
UNREACHABLE = (
    OSError,
    Unreachable,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
)


class Reads(Protocol):
    """Who runs one read-only statement: the read pool."""

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The statement's one row; text comes as bytes."""
        ...


class Remembered:
    """The documents and plans of one generation; they go when it goes."""

    def __init__(self, generation: Generation) -> None:
        self.documents: Recent[Document] = Recent(MOST_DOCUMENTS)
        self.samples: Recent[tuple[Principal, GraphQLRequest]] = Recent(MOST_SAMPLES)
        """For the documents read last, one who asked and with what; the next generation plans
        them before it serves."""
        self.plans = Plans(generation, generation.schema)
        self.reached = Reached()
        self._introspected: Recent[dict[str, bytes]] = Recent(MOST_INTROSPECTED)
        self._introspecting = asyncio.Lock()

    @classmethod
    def of(cls, generation: Generation) -> Remembered:
        """What is remembered for a generation."""
        kept = generation.schema.extensions
        if "remembered" not in kept:
            kept["remembered"] = cls(generation)
        found: Remembered = kept["remembered"]
        return found

    async def introspect(
        self, schema: GraphQLSchema, plan: Plan, requested: Requested
    ) -> dict[str, bytes]:
        """The fields that ask about the schema: once, in a thread, one request after the other."""
        key = (requested.key, repr(requested.sent))
        async with self._introspecting:
            return await asyncio.to_thread(
                self._introspected.get, key, lambda: introspected(schema, plan, requested)
            )


def read_request(
    generation: Generation, who: Principal, request: GraphQLRequest
) -> tuple[Remembered, Requested]:
    """The operation that is asked for, and what is remembered for its generation.

    Raises RequestErrors.
    """
    known, one = Remembered.of(generation), noted()
    one.who = who
    anonymous = who.user_id is None and not request.development

    def read() -> Document:
        absent = getattr(generation, "absent", {})
        document = read_document(request.query, generation.schema, absent, anonymous=anonymous)
        if len(repr(request.variables)) <= LONGEST_SAMPLE:
            known.samples.get((request.query, anonymous), lambda: (who, request))
        return document

    with span("document"):
        document = known.documents.get((request.query, anonymous), read)
        one.requested = requested = document.request(request)
    return known, requested


async def query(
    generation: Generation,
    known: Remembered,
    who: Principal,
    epoch: int,
    requested: Requested,
    reads: Reads,
    mutations: Mutations,
    *,
    closed: bool,
) -> Answer:
    """Answer a query; where introspection is `closed`, without it.

    Raises EpochChanged, GenerationChanged, RequestErrors and what `answer` tells the caller.
    """
    try:
        with span("plan"):
            plan = known.plans.of_query(who, requested)
        reached: Mapping[Reach, Any] = {}
        if plan.reaches:
            plan, reached = await _reached(known, plan, who, epoch, requested, reads)
        variables, now = requested.variables.coerced, datetime.now(UTC)
        given = Given.by(who, variables, now, reached=reached)
        arguments = plan.statement.arguments(given)
        one = noted()
        one.plan, one.records = plan, (records := plan.records(variables))
        check_records(records)
        check_introspection(plan.introspects)
    except GraphQLError as error:
        if (error.extensions or {}).get("code") in ("FORBIDDEN", "TIMEOUT"):
            return Answer(200, body_of([error], with_data=True))
        raise RequestErrors([error]) from None
    if plan.introspects and closed:
        said = "Sign in to look at the schema."
        return Answer(200, body_of([bad_input("FORBIDDEN", said)], with_data=True))
    try:
        row = await _row(reads, epoch, plan.statement.numbered, *arguments)
        if row[0] != epoch:
            raise EpochChanged
        schema: Mapping[str, bytes] = {}
        if plan.introspects:
            schema = await known.introspect(generation.schema, plan, requested)
        if plan.resolves:
            by_hand = partial(_by_hand, plan, requested, row, schema)
            data, resolving = await mutations.read(generation, who, epoch, by_hand)
            data, faults = told(data)
            extensions = extensions_of(records + resolving.records, plan, requested)
            return answered(data, [*resolving.errors, *faults], extensions)
        data = plan.answer(row, schema)
        if marked(data):
            data = await completed(
                generation, who, epoch, mutations, requested, data, plan.computed, now
            )
    except GraphQLError as error:
        return Answer(200, body_of([error], with_data=True))
    data, faults = told(data)
    return answered(data, faults, extensions_of(records, plan, requested))


def _by_hand(
    plan: Plan,
    requested: Requested,
    row: Sequence[Any],
    schema: Mapping[str, bytes],
    ctx: Context,
) -> tuple[bytes, Resolving]:
    return resolved(ctx, plan, requested, row, schema)


async def _reached(
    known: Remembered,
    plan: Plan,
    who: Principal,
    epoch: int,
    requested: Requested,
    reads: Reads,
) -> tuple[Plan, Mapping[Reach, Any]]:
    """The units and colleagues that the plan's statement is given; another plan where too many."""
    try:
        reached = await known.reached.by(who, plan.reaches, partial(_row, reads, epoch))
    except StructureChanged:
        raise EpochChanged from None
    if reached is None:
        return known.plans.of_query(who, requested, reaches=False), {}
    return plan, reached


async def _row(reads: Reads, epoch: int, sql: str, *arguments: Any) -> tuple[Any, ...]:
    """A statement's one row. Raises GenerationChanged, RequestErrors and GraphQLError (TIMEOUT)."""
    try:
        return await reads.fetchrow(sql, *arguments)
    except STRUCTURE_CHANGED as problem:
        raise GenerationChanged from problem
    except asyncpg.InternalServerError as problem:
        if str(problem).startswith(DROPPED_MEANWHILE):
            raise GenerationChanged from problem
        raise
    except asyncpg.QueryCanceledError:
        await _check_epoch(reads, epoch)
        raise bad_input("TIMEOUT", TOO_LONG) from None
    except asyncpg.NumericValueOutOfRangeError:
        await _check_epoch(reads, epoch)
        said = "A number in the request is larger than the database can compare."
        raise RequestErrors([bad_input("BAD_NUMBER", said)]) from None


async def _check_epoch(reads: Reads, epoch: int) -> None:
    """A statement that failed has not said whether the asker still has these rights."""
    if (await reads.fetchrow("SELECT number FROM dougong.epoch"))[0] != epoch:
        raise EpochChanged


async def completed(
    generation: Generation,
    who: Principal,
    epoch: int,
    mutations: Mutations,
    requested: Requested,
    text: bytes,
    uses: Sequence[Use],
    now: datetime,
) -> bytes:
    """A statement's text, with what Python adds to it that is not by hand; see `filled`.

    Raises EpochChanged, Unreachable, and GraphQLError (TIMEOUT).
    """
    if not marked(text):
        return text
    asking = Asking(now, who.user_id, who.token_id)
    if not any(use.reads for use in uses):
        return await asyncio.to_thread(filled, text, uses, asking)
    made: bytes = await mutations.read(
        generation, who, epoch, lambda ctx: filled(text, uses, asking, Resolving(ctx, requested))
    )
    return made
