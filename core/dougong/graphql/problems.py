"""What goes wrong in a GraphQL request, and what the caller is told of it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

import orjson
from graphql import FieldNode, GraphQLError
from sqlalchemy.exc import DBAPIError, OperationalError

from dougong.builtin.watching.noted import noted
from dougong.errors import DougongError

UNREACHABLE = ("57P01", "57P02", "57P03", "53300")
"""SQLSTATEs of a server that stops, starts, or has no connection left."""
STRUCTURE_CHANGED = ("42P01", "42703", "3F000")
"""SQLSTATEs of a table, a column or a schema that is gone: something was removed."""
LONGEST_MESSAGE = 500
TOO_LONG = "The query took too long: ask for less, or page by page."
log = logging.getLogger("dougong.graphql")


class EpochChanged(DougongError):
    """Rules or tokens changed since the caller was looked up: look the caller up and repeat."""


class Unreachable(DougongError):
    """The database cannot be reached, and nothing of the request has been done."""

    says = "The database cannot be reached: ask again in a moment."


def bad_input(code: str, message: str, nodes: Sequence[FieldNode] | None = None) -> GraphQLError:
    """An error about something that the caller wrote; `code` is for programs."""
    return GraphQLError(message, nodes, extensions={"code": code})


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The same error; with the code where it has none, its message cut where it is very long."""
    if len(error.message) > LONGEST_MESSAGE:
        error.message = f"{error.message[:LONGEST_MESSAGE]}…"
    if "code" not in (error.extensions or {}):
        error.extensions = {**(error.extensions or {}), "code": code}
    return error


def located(error: GraphQLError, nodes: Sequence[FieldNode], path: Sequence[Any]) -> GraphQLError:
    """The same error, with the place in the document where it arose."""
    if error.path is not None:
        return error
    return GraphQLError(
        error.message, list(nodes), path=list(path), extensions=dict(error.extensions or {})
    )


def masked(problem: BaseException) -> GraphQLError:
    """What the caller is told of a bug: an id under which the log has the rest."""
    return internal(logged(problem))


def logged(problem: BaseException) -> str:
    """The id under which the log now has a bug: the request's."""
    number = noted().id or secrets.token_hex(6)
    log.error("Request failed, id %s", number, exc_info=problem)
    return number


def internal(number: str, path: Sequence[str | int] | None = None) -> GraphQLError:
    """The error that names the log's entry."""
    return GraphQLError(
        f"Something went wrong on our side. The log has it under {number}.",
        path=path,
        extensions={"code": "INTERNAL", "id": number},
    )


def of_database(problem: Exception) -> GraphQLError | None:
    """What the caller is told when a mutation could not be done for now; None for a bug."""
    if isinstance(problem, Unreachable):
        return bad_input("UNREACHABLE", Unreachable.says)
    if not isinstance(problem, DBAPIError):
        return None
    state = getattr(problem.orig, "sqlstate", None) or ""
    if state == "57014":
        said = "This took too long and was given up: ask for less at a time."
        return bad_input("TIMEOUT", said)
    if state in ("55P03", "40P01", "40001"):
        return bad_input("BUSY", "Somebody else is changing the same records: try again.")
    lost = problem.connection_invalidated or state.startswith("08") or state in UNREACHABLE
    if lost or (not state and isinstance(problem, OperationalError)):
        log.warning("The database cannot be reached: %s", problem.orig)
        return bad_input("UNREACHABLE", Unreachable.says)
    return None


def of_read(problem: Exception) -> Exception:
    """The same for what only reads: EpochChanged, Unreachable, what the caller is told, or a bug."""
    if getattr(getattr(problem, "orig", None), "sqlstate", None) in STRUCTURE_CHANGED:
        return EpochChanged(str(problem))
    found = of_database(problem)
    if found is None:
        return problem
    lost = (found.extensions or {})["code"] == "UNREACHABLE"
    return Unreachable(str(problem)) if lost else bad_input("TIMEOUT", TOO_LONG)


def body_of(errors: Sequence[GraphQLError], *, with_data: bool) -> bytes:
    """The response for errors; `with_data` says `"data": null`, for errors while executing."""
    answer: dict[str, Any] = {"data": None} if with_data else {}
    answer["errors"] = _formatted(errors)
    return orjson.dumps(answer)


def errors_of(errors: Sequence[GraphQLError]) -> bytes:
    """The member `errors` of an answer, with a comma behind it; nothing where there are none."""
    return b'"errors":%b,' % orjson.dumps(_formatted(errors)) if errors else b""


def _formatted(errors: Sequence[GraphQLError]) -> list[Any]:
    noted().refused(*(str((error.extensions or {}).get("code")) for error in errors))
    return [error.formatted for error in errors]
