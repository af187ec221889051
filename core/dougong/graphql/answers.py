"""What is sent back for a document: a status and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from graphql import GraphQLError

from dougong.graphql.document import Requested
from dougong.graphql.limits import MOST_RECORDS
from dougong.graphql.plan.plans import Plan
from dougong.graphql.problems import errors_of


class Answer(NamedTuple):
    """The HTTP status and the JSON of a response."""

    status: int
    body: bytes


def answered(data: bytes, errors: Sequence[GraphQLError], extensions: bytes) -> Answer:
    """An answer with data; `extensions` as `extensions_of` makes them."""
    return Answer(200, b'{"data":%b,%b%b}' % (data, errors_of(errors), extensions))


def extensions_of(records: int, plan: Plan | None, requested: Requested) -> bytes:
    """The member `extensions` of an answer: how many records it could have, of how many allowed.

    In development also how it was read: see Plan.explained.
    """
    cost = b'"cost":{"records":%d,"most":%d}' % (records, MOST_RECORDS)
    if plan is None or not requested.explained:
        return b'"extensions":{%b}' % cost
    return b'"extensions":{%b,"plan":%b}' % (cost, orjson.dumps(plan.explained))
