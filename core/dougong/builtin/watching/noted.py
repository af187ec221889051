"""What is noted of a request while it is answered; log, metrics and traces are told it at the end."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from contextvars import ContextVar
from functools import lru_cache
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dougong.access.principal import Principal
    from dougong.graphql.document import Requested
    from dougong.graphql.plan.plans import Plan

WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
"""Ids of requests that are taken from who asks."""
LONGEST_NAME = 100
MOST_CODES = 10
HASHED = 16
"""So many characters of a document's hash are told: enough to find it."""
SHORT = 20_000


class Noted:
    """One request, operation of a socket, or job."""

    __slots__ = ("began", "codes", "id", "plan", "records", "requested", "trusted", "who")

    def __init__(self, number: str = "") -> None:
        """`number` is the id that it came with; without one it gets its own."""
        self.id = number or new_id()
        self.began = perf_counter()
        self.who: Principal | None = None
        self.requested: Requested | None = None
        self.plan: Plan | None = None
        self.records: int | None = None
        """How many records it could have."""
        self.codes: tuple[str, ...] = ()
        self.trusted = False
        """Whether the document has been registered."""

    def forget(self) -> None:
        """Hold nothing of a generation: a connection opened meanwhile keeps this as its context."""
        self.requested = self.plan = None

    def refused(self, *codes: str) -> None:
        """The answer has errors with these codes."""
        self.codes += codes

    @property
    def kind(self) -> str:
        """Query, mutation or subscription, in lower case; empty for none of them."""
        return self.requested.kind.value if self.requested is not None else ""

    @property
    def operation(self) -> str:
        """The name that the document gives the operation; empty where it has none."""
        name = self.requested.operation.name if self.requested is not None else None
        return name.value[:LONGEST_NAME] if name is not None else ""

    def told(self) -> dict[str, Any]:
        """What a line of the log says of it: no values of the request, and no names of people."""
        said: dict[str, Any] = {"request": self.id}
        if self.who is not None:
            said["user"] = self.who.user_id
        if self.requested is not None:
            said["kind"] = self.kind
            if self.operation:
                said["operation"] = self.operation
            said["document"] = _hash(self.requested.text)
        if self.plan is not None:
            said["plan"] = way(self.plan)
        if self.records is not None:
            said["records"] = self.records
        if self.codes:
            said["codes"] = list(dict.fromkeys(self.codes))[:MOST_CODES]
        return said


class _Nothing(Noted):
    """Outside of requests: nothing is noted."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("-")
        object.__setattr__(self, "id", "")

    def __setattr__(self, name: str, value: Any) -> None:
        if not hasattr(self, name):
            object.__setattr__(self, name, value)


NOTHING: Noted = _Nothing()
current: ContextVar[Noted] = ContextVar("noted", default=NOTHING)


def noted() -> Noted:
    """The request that is being answered; one that notes nothing where there is none."""
    return current.get()


_ids = Random()  # noqa: S311
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.seed)  # or two processes would give the same ids


def new_id() -> str:
    """An id of our own; it is no secret, and only tells one request from others."""
    return f"{_ids.getrandbits(64):016x}"


def id_from(headers: Sequence[tuple[bytes, bytes]]) -> str:
    """The well-formed X-Request-ID; empty where there is none."""
    for name, value in headers:
        if name == b"x-request-id":
            said = value.decode("latin-1")
            return said if WELL_FORMED.fullmatch(said) else ""
    return ""


def way(plan: Plan) -> str:
    """How a query is answered: by SQL alone, with computed fields, with resolvers, of the schema."""
    if plan.resolves:
        return "resolvers"
    if plan.computed:
        return "computed"
    return "schema" if plan.introspects else "sql"


def _hash(text: str) -> str:
    return hash_of_short(text) if len(text) < SHORT else hash_of(text)


def hash_of(text: str) -> str:
    """The beginning of the hash by which a document is registered."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASHED]


hash_of_short = lru_cache(200)(hash_of)
