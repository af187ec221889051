"""`python -m reads.added`: the CPU that Dougong adds to the bare endpoint, in one process, in turns.

Both applications get the same request straight as ASGI, and ask the same database; so neither the
network nor who else uses the machine hides a difference of some microseconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import uvloop

from dougong.db.engine import open_database
from dougong.runtime import Runtime
from dougong.web import application
from reads import bare
from reads.company import ROLES
from reads.queries import QUERIES
from reads.servers import Company

Asks = Callable[[int], Awaitable[bytes]]
BLOCK = 200
"""How many requests one of them answers before it is the other's turn."""


def asking(app: Any, path: str, document: str, variables: Sequence[Any], token: str) -> Asks:
    """Sends the requests of a query to an application; returns the body of the n-th's answer."""
    bodies = [orjson.dumps({"query": document, "variables": one}) for one in variables]

    async def ask(number: int) -> bytes:
        body = bodies[number % len(bodies)]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
            "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
            "headers": [
                (b"host", b"localhost"), (b"content-type", b"application/json"),
                (b"accept", b"application/json"), (b"content-length", b"%d" % len(body)),
                (b"authorization", b"Bearer " + token.encode()),
            ],
        }  # fmt: skip
        received = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent: list[bytes] = []

        async def receive() -> Any:
            return next(received)

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        await app(scope, receive, send)
        return b"".join(sent)

    return ask


async def block(ask: Asks, number: int) -> float:
    """Microseconds of this process's CPU for one answer."""
    since = time.process_time()
    for each in range(number):
        await ask(each)
    return 1e6 * (time.process_time() - since) / number


async def compare(company: Company, query: str, rounds: int) -> list[tuple[float, float]]:
    """Dougong's and the bare endpoint's CPU for an answer, in every round."""
    asked = QUERIES[query]
    runtime = Runtime(open_database(company.url, pool_size=None), company.url)
    given = {"READS_URL": company.url, "READS_ME": str(company.me), "READS_ROLES": ",".join(ROLES)}
    os.environ |= given
    ours, theirs = application(runtime), bare.application()
    async with ours.router.lifespan_context(ours), theirs.router.lifespan_context(theirs):
        asks = [
            asking(ours, "/graphql", asked.document, asked.variables, company.token),
            asking(theirs, "/planner", query, asked.variables, company.token),
        ]
        for ask in asks:
            await block(ask, BLOCK * 2)
        return [(await block(asks[0], BLOCK), await block(asks[1], BLOCK)) for _ in range(rounds)]


@dataclass(frozen=True)
class Added:
    """What was measured of one query, in microseconds of CPU: medians, and the middle half."""

    query: str
    ours: float
    theirs: float
    middle: float
    half: tuple[float, float]

    def __str__(self) -> str:
        low, high = self.half
        return f"{self.middle:.0f} [{low:.0f}–{high:.0f}]"


def added(company: Company, query: str, rounds: int = 100) -> Added:
    """Measure one query."""
    found = uvloop.run(compare(company, query, rounds))
    ours, theirs = (statistics.median(one) for one in zip(*found, strict=True))
    first, middle, last = statistics.quantiles([one - other for one, other in found], n=4)
    return Added(query, ours, theirs, middle, (first, last))


def main() -> None:
    """Measure and tell."""
    from reads.__main__ import open_installation  # which has this module measure Q1

    parser = argparse.ArgumentParser(prog="python -m reads.added", description=__doc__)
    parser.add_argument("--queries", default="Q1,Q2")
    parser.add_argument("--rounds", type=int, default=100)
    asked = parser.parse_args()
    company = open_installation()
    for query in asked.queries.split(","):
        one = added(company, query, asked.rounds)
        print(f"{query}: Dougong {one.ours:.0f}, limit A {one.theirs:.0f}, added {one} µs of CPU")


if __name__ == "__main__":
    main()
