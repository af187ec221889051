"""How a request runs: read as a query, or written as a mutation; what goes wrong is said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, OperationType

from dougong.access.principal import Principal
from dougong.builtin.watching.noted import noted
from dougong.db.read_pool import TooBusy
from dougong.errors import GenerationChanged
from dougong.graphql.answers import Answer, answered, extensions_of
from dougong.graphql.document import GraphQLRequest, RequestErrors
from dougong.graphql.mutation_document import LookUp, MutationDocument, Mutations
from dougong.graphql.problems import (
    EpochChanged,
    Unreachable,
    bad_input,
    body_of,
    log,
    masked,
    of_database,
)
from dougong.graphql.reading import UNREACHABLE, Reads, query, read_request

if TYPE_CHECKING:
    from dougong.generation import Generation

__all__ = ["Answer", "EpochChanged", "GraphQLRequest", "Reads", "answer"]


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
        return await query(
            generation, known, who, epoch, requested, reads, mutations, closed=closed
        )
    if request.queries_only:
        said = "GET runs queries only: send this document by POST."
        return Answer(405, body_of([bad_input("POST_ONLY", said)], with_data=False))
    if requested.kind is OperationType.MUTATION:
        try:
            run = MutationDocument(generation, known.plans, who, epoch, requested, look_up)
            data, errors = await run.run(mutations)
            noted().records = run.records
        except GraphQLError as error:
            raise RequestErrors([error]) from None
        return answered(data, errors, extensions_of(run.records, None, requested))
    where = "Subscribe over a WebSocket (graphql-transport-ws), or with Accept: text/event-stream."
    raise RequestErrors([bad_input("NEEDS_STREAM", where)])
