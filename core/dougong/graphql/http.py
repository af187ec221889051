"""GraphQL over HTTP: what a request asks for, how its answer is dressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from dougong.access.tokens import UnknownToken
from dougong.builtin.watching.noted import noted
from dougong.errors import DougongError

LARGEST_BODY = 1_000_000
MOST_PARTS = 60_000
"""Commas and opening brackets, of which texts have some too."""
JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


class Asked(NamedTuple):
    """What a client sends: a document or the id of a trusted one, and what belongs to it."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: Mapping[str, Any] | None


class BadRequest(DougongError):
    """The request is not one of GraphQL over HTTP; `status` is the answer's."""

    def __init__(self, message: str, status: int = 400, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status = status
        self.headers = headers


def from_body(content_type: str, body: bytes | bytearray) -> Asked:
    """What the body of a POST asks for; raises BadRequest."""
    if content_type != JSON and content_type.partition(";")[0].strip().lower() != JSON:
        raise BadRequest("Send JSON: Content-Type: application/json.", 415)
    if len(body) > MOST_PARTS and sum(map(body.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise BadRequest(f"The JSON has more than {MOST_PARTS:,} values: send it in parts.", 413)
    try:
        return asked_by(orjson.loads(body))
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"The body is not JSON: {problem}.") from None


def from_parameters(given: Mapping[str, str]) -> Asked:
    """What the parameters of a GET ask for; variables and extensions are JSON in them.

    Raises BadRequest.
    """
    sent: dict[str, Any] = dict(given)
    for name in ("variables", "extensions"):
        if name in sent:
            try:
                sent[name] = orjson.loads(sent[name])
            except orjson.JSONDecodeError as problem:
                raise BadRequest(f"“{name}” is not JSON: {problem}.") from None
    return asked_by(sent)


def asked_by(sent: object) -> Asked:
    """What an envelope asks for; raises BadRequest when something in it is of a wrong type."""
    if not isinstance(sent, dict):
        raise BadRequest("The body is one JSON object with “query” and, where needed, “variables”.")
    query, variables = sent.get("query"), sent.get("variables")
    if len(sent) == 2 and type(query) is str and type(variables) is dict:
        return Asked(query, None, None, variables)  # as nearly all are: soon read
    query = _text(sent, "query", "the GraphQL document as text")
    document_id = _text(sent, "documentId", "the id of a trusted document")
    operation_name = _text(sent, "operationName", "text")
    variables = _object(sent, "variables")
    persisted = (_object(sent, "extensions") or {}).get("persistedQuery")
    if document_id is None and isinstance(persisted, dict):
        document_id = _text(persisted, "sha256Hash", "the id of a trusted document")
    if query is None and document_id is None:
        raise BadRequest("“query” is missing; it is the GraphQL document as text.")
    return Asked(query, document_id, operation_name, variables)


def _text(sent: Mapping[str, Any], name: str, says: str) -> str | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"“{name}” is {says}.")
    return value


def _object(sent: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = sent.get(name)
    if value is not None and not isinstance(value, dict):
        raise BadRequest(f"“{name}” is a JSON object.")
    return value


def bearer(header: object) -> str | None:
    """The secret of an Authorization header; None where there is no header.

    Raises UnknownToken for anything else.
    """
    if header is None:
        return None
    scheme, _, secret = str(header).partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret:
        raise UnknownToken
    return secret


def dressed(accept: str, status: int) -> tuple[str, int]:
    """The media type of an answer, and its status for a client that accepts this.

    Who asks for application/json alone is told by the body, not by the status, that a document is
    wrong; so the specification wants it for clients that came before its own media type.
    """
    if GRAPHQL_RESPONSE in accept:
        return GRAPHQL_RESPONSE, status
    return JSON, 200 if status == 400 and JSON in accept else status


def error_body(message: str, code: str) -> bytes:
    """A response that has no data but one error."""
    noted().refused(code)
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
