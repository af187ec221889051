"""What this process has counted since it began; written by who works, read by who scrapes."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import Final

from dougong.builtin.watching.noted import Noted

BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the buckets, in seconds."""
MOST_OPERATIONS = 500
"""More names of trusted documents are counted as `(others)`."""
OTHERS = "(others)"
PLACES = ("files", "sign-in", "health", "ready", "metrics")
"""What is served beside GraphQL, by the first part of its path."""


class Durations:
    """A histogram."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def took(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


Many = defaultdict[tuple[str, ...], Durations]
requests: Many = defaultdict(Durations)
"""By kind and outcome."""
operations: Many = defaultdict(Durations)
"""By the names of trusted documents' operations."""
statements: Many = defaultdict(Durations)
"""By what they were run for: read, write."""
jobs: Many = defaultdict(Durations)
"""By job and outcome."""
under_way: defaultdict[str, int] = defaultdict(int)
"""Requests, sockets and operations of sockets that are being answered."""


def kind_of(noted: Noted, place: str) -> str:
    """What a request was: few words, however many addresses and documents there are."""
    if noted.requested is not None:
        return noted.kind
    if place == "graphql":
        return "document"
    return place if place in PLACES else "other"


def outcome_of(noted: Noted, status: int) -> str:
    """How a request went: `ok`, `refused` (the caller's doing), `failed` (ours), or `left`."""
    if status >= 500 or "INTERNAL" in noted.codes:
        return "failed"
    if status == 499:
        return "left"
    return "refused" if status >= 400 or noted.codes else "ok"


def count(noted: Noted, kind: str, outcome: str, seconds: float) -> None:
    """Count an answered request."""
    requests[kind, outcome].took(seconds)
    if noted.trusted and noted.operation:
        known = (noted.operation,) in operations or len(operations) < MOST_OPERATIONS
        operations[(noted.operation if known else OTHERS,)].took(seconds)
