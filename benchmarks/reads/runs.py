"""What was measured, and what is asked of it: the ratios that issue and README promise."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One server, one query, one concurrency, one round; latencies in ms, CPU in µs per answer."""

    server: str
    query: str
    clients: int
    round: int
    answers: int
    rate: float
    p50: float
    p99: float
    server_cpu: float
    database_cpu: float
    load: float
    """How many processes wanted to run just before."""

    @property
    def cpu(self) -> float:
        """Server and database together."""
        return self.server_cpu + self.database_cpu


def chosen(runs: Iterable[Run], server: str, query: str, clients: int | None = None) -> list[Run]:
    """The runs of one server and query."""
    return [
        run
        for run in runs
        if run.server == server and run.query == query and clients in (None, run.clients)
    ]


def median(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The middle value."""
    return statistics.median(of(run) for run in runs)


@dataclass(frozen=True)
class Ratio:
    """How a server compares with another, round by round."""

    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        return statistics.median(self.values)

    @property
    def is_noisy(self) -> bool:
        """Whether the rounds differ so much that their median says little."""
        return max(self.values) > NOISE * min(self.values)

    def __str__(self) -> str:
        return f"{self.middle:.2f} [{min(self.values):.2f}–{max(self.values):.2f}]"


def ratio(
    mine: Sequence[Run], theirs: Sequence[Run], of: Callable[[Run, Run], float]
) -> Ratio | None:
    """Compare runs of the same round and concurrency; None where there are none."""
    others = {(run.round, run.clients): run for run in theirs}
    pairs = [(run, others[key]) for run in mine if (key := (run.round, run.clients)) in others]
    return Ratio(tuple(of(one, other) for one, other in pairs)) if pairs else None


def by_rate(mine: Run, theirs: Run) -> float:
    """How many answers we give in the time of one of theirs."""
    return mine.rate / theirs.rate


def by_cpu(mine: Run, theirs: Run) -> float:
    """The same, were CPU the only limit: their cost for an answer over ours."""
    return theirs.cpu / mine.cpu


NOISE = 1.3
"""Rounds may differ by this factor before CPU decides."""
ADDED_TO_Q1 = 60
"""Microseconds of CPU that Dougong may add to the bare endpoint on Q1."""
TARGETS = {
    "limit A": {"Q2": 0.85, "Q3": 0.9, "Q4": 0.85, "Q5": 0.85},
    "limit B": {"Q2": 0.75, "Q3": 0.75, "Q4": 0.75, "Q5": 0.75},
    "strawberry": {"Q1": 5.0, "Q2": 8.0, "Q3": 25.0, "Q4": 2.0, "Q5": 1.2},
    "PostGraphile": {"Q1": 1.5, "Q2": 1.3, "Q3": 2.0, "Q4": 1.0},
}
"""How many times as fast Dougong is meant to be, at concurrency 1."""
