"""How a request runs: limits, document, plan, one statement, bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import asyncpg
import orjson
from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationType,
)

from dougong.access.principal import Principal
from dougong.access.reach import Reach
from dougong.access.reached import Reached, StructureChanged
from dougong.db.read_pool import TooBusy
from dougong.errors import GenerationChanged
from dougong.graphql.computed_values import Use
from dougong.graphql.document import (
    Document,
    GraphQLRequest,
    Requested,
    RequestErrors,
    read_document,
)
from dougong.graphql.limits import MOST_RECORDS, check_introspection, check_records
from dougong.graphql.marks import filled, marked, told
from dougong.graphql.mutation_document import LookUp, MutationDocument, Mutations
from dougong.graphql.plan.arguments import Given, records_in
from dougong.graphql.plan.plans import Plan, Plans
from dougong.graphql.problems import (
    TOO_LONG,
    EpochChanged,
    Unreachable,
    bad_input,
    body_of,
    errors_of,
    log,
    masked,
    of_database,
)
from dougong.graphql.recent import Recent
from dougong.graphql.resolving import Resolving, answered, introspected
from dougong.verbs.computed import Asking

if TYPE_CHECKING:
    from dougong.generation import Generation

__all__ = ["Answer", "EpochChanged", "GraphQLRequest", "Reads", "answer"]

MOST_DOCUMENTS = 500
MOST_INTROSPECTED = 20
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


class Answer(NamedTuple):
    """The HTTP status and the JSON of a response."""

    status: int
    body: bytes


class Reads(Protocol):
    """Who runs one read-only statement: the read pool."""

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The statement's one row; text comes as bytes."""
        ...


class Remembered:
    """The documents and plans of one generation; they go when it goes."""

    def __init__(self, generation: Generation) -> None:
        self.documents: Recent[Document] = Recent(MOST_DOCUMENTS)
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


async def answer(
    generation: Generation,
    who: Principal,
    epoch: int,
    *,
    query: str,
    operation_name: str | None = None,
    variables: Mapping[str, Any] | None = None,
    reads: Reads,
    mutations: Mutations,
    queries_only: bool = False,
    development: bool = False,
    look_up: LookUp | None = None,
) -> Answer:
    """Run one document for somebody, whose rights were looked up at `epoch`.

    `queries_only` refuses mutations (405); in `development` everybody may look at the schema;
    `look_up` looks the asker up where a mutation has changed what the next one may do.
    Raises EpochChanged (look the asker up again and repeat) and GenerationChanged (repeat in the
    next generation); everything else is in the answer: 200 with data, with errors where a field
    could not be answered; 400 for a request that cannot be run; 403, 503 and 500 as usual.
    """
    request = GraphQLRequest(query, operation_name, variables, queries_only, development)
    try:
        return await _answer(generation, who, epoch, request, reads, mutations, look_up)
    except RequestErrors as refused:
        return Answer(400, body_of(refused.errors, with_data=False))
    except TooBusy:
        said = "The server is busy: ask again in a moment."
        return Answer(503, body_of([bad_input("BUSY", said)], with_data=False))
    except UNREACHABLE as problem:
        log.warning("The database cannot be reached: %s", problem)
        return Answer(503, body_of([bad_input("UNREACHABLE", Unreachable.says)], with_data=False))
    except (EpochChanged, GenerationChanged):
        raise
    except Exception as problem:  # noqa: BLE001 - the caller sees an id, the log has the rest
        known = of_database(problem)
        return Answer(503 if known else 500, body_of([known or masked(problem)], with_data=False))


async def _answer(
    generation: Generation,
    who: Principal,
    epoch: int,
    request: GraphQLRequest,
    reads: Reads,
    mutations: Mutations,
    look_up: LookUp | None,
) -> Answer:
    known, requested = read_request(generation, who, request)
    if requested.kind is OperationType.QUERY:
        closed = who.user_id is None and not request.development
        return await _query(
            generation, known, who, epoch, requested, reads, mutations, closed=closed
        )
    if request.queries_only:
        said = "GET runs queries only: send this document by POST."
        return Answer(405, body_of([bad_input("POST_ONLY", said)], with_data=False))
    if requested.kind is OperationType.MUTATION:
        try:
            run = MutationDocument(generation, known.plans, who, epoch, requested, look_up)
            data, errors = await run.run(mutations)
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        return _answered(data, errors, _extensions(run.records, None, requested))
    where = "Subscribe over a WebSocket (graphql-transport-ws), or with Accept: text/event-stream."
    raise RequestErrors([bad_input("NEEDS_STREAM", where)])


def read_request(
    generation: Generation, who: Principal, request: GraphQLRequest
) -> tuple[Remembered, Requested]:
    """The operation that is asked for, and what is remembered for its generation.

    Raises RequestErrors.
    """
    known = Remembered.of(generation)
    anonymous = who.user_id is None and not request.development
    document = known.documents.get(
        (request.query, anonymous),
        lambda: read_document(
            request.query,
            generation.schema,
            getattr(generation, "absent", {}),
            anonymous=anonymous,
        ),
    )
    return known, document.request(request)


async def _query(
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
    try:
        plan, reached = await _planned(known, who, epoch, requested, reads)
        variables, day = requested.variables.coerced, who.day
        now = datetime.now(UTC)
        given = Given(who.user_id, variables, now, (), who.token_id, day, reached)
        arguments = plan.statement.arguments(given)
        records = records_in(plan.lists, given.variables)
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
        introspects = plan.introspects
        schema = await known.introspect(generation.schema, plan, requested) if introspects else {}
        errors: list[GraphQLError] = []
        if plan.resolves:
            data, resolving = await mutations.read(
                generation, who, epoch, lambda ctx: answered(ctx, plan, requested, row, schema)
            )
            records, errors = records + resolving.records, resolving.errors
        else:
            data = plan.answer(row, schema)
            data = await completed(
                generation, who, epoch, mutations, requested, data, plan.computed, given.now
            )
    except GraphQLError as error:
        return Answer(200, body_of([error], with_data=True))
    data, faults = told(data)
    return _answered(data, [*errors, *faults], _extensions(records, plan, requested))


async def _planned(
    known: Remembered, who: Principal, epoch: int, requested: Requested, reads: Reads
) -> tuple[Plan, Mapping[Reach, Any]]:
    """The plan, and the units and colleagues that its statement is given."""
    plan = known.plans.of_query(who, requested)
    if not plan.reaches:
        return plan, {}
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


def _answered(data: bytes, errors: Sequence[GraphQLError], extensions: bytes) -> Answer:
    return Answer(200, b'{"data":%b,%b%b}' % (data, errors_of(errors), extensions))


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
    asking = Asking(now, who.user_id)
    if not any(use.reads for use in uses):
        return await asyncio.to_thread(filled, text, uses, asking)
    made: bytes = await mutations.read(
        generation, who, epoch, lambda ctx: filled(text, uses, asking, Resolving(ctx, requested))
    )
    return made


def _extensions(records: int, plan: Plan | None, requested: Requested) -> bytes:
    """The member `extensions` of an answer: how many records it could have, of how many allowed.

    In development also how it was read: see Plan.explained.
    """
    cost = b'"cost":{"records":%d,"most":%d}' % (records, MOST_RECORDS)
    if plan is None or not requested.explained:
        return b'"extensions":{%b}' % cost
    return b'"extensions":{%b,"plan":%b}' % (cost, orjson.dumps(plan.explained))
