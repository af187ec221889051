"""What goes wrong in a GraphQL request, and what the caller is told of it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

import orjson
from graphql import FieldNode, GraphQLError

from dougong.errors import DougongError

log = logging.getLogger("dougong.graphql")


class EpochChanged(DougongError):
    """Rules or tokens changed since the caller was looked up: look the caller up and repeat."""


def bad_input(code: str, message: str, nodes: Sequence[FieldNode] | None = None) -> GraphQLError:
    """An error about something that the caller wrote; `code` is for programs."""
    return GraphQLError(message, nodes, extensions={"code": code})


def located(error: GraphQLError, nodes: Sequence[FieldNode], path: Sequence[str]) -> GraphQLError:
    """The same error, with the place in the document where it arose."""
    if error.path is not None:
        return error
    return GraphQLError(
        error.message, list(nodes), path=list(path), extensions=dict(error.extensions or {})
    )


def masked(problem: BaseException) -> GraphQLError:
    """What the caller is told of a bug: an id under which the log has the rest."""
    number = secrets.token_hex(6)
    log.error("Request failed, id %s", number, exc_info=problem)
    return GraphQLError(
        f"Something went wrong on our side. The log has it under {number}.",
        extensions={"code": "INTERNAL", "id": number},
    )


def body_of(errors: Sequence[GraphQLError], *, with_data: bool) -> bytes:
    """The response for errors; `with_data` says `"data": null`, for errors while executing."""
    answer: dict[str, Any] = {"data": None} if with_data else {}
    answer["errors"] = [error.formatted for error in errors]
    return orjson.dumps(answer)
