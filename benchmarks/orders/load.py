"""Several clients who make orders, and what that costs."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reads import cpu


@dataclass(frozen=True)
class Cost:
    """What some orders took: the time of all, and CPU of the server and of PostgreSQL."""

    orders: int
    seconds: float
    server: float
    database: float

    @property
    def rate(self) -> float:
        """Orders in a second."""
        return self.orders / self.seconds

    @property
    def each(self) -> float:
        """Milliseconds of CPU an order, of server and PostgreSQL together."""
        return (self.server + self.database) / self.orders * 1000

    def row(self, name: str) -> str:
        """A row of the table."""
        server, database = (one / self.orders * 1000 for one in (self.server, self.database))
        return f"| {name} | {self.rate:.1f} | {server:.1f} | {database:.1f} | {self.each:.1f} |"


def postmaster(home: Path) -> int:
    """The process of the embedded PostgreSQL below a folder."""
    (file,) = home.glob("postgres/**/postmaster.pid")
    return int(file.read_text().split()[0])


def cost_of(
    work: Callable[[], None], orders: int, clients: int, server: Iterable[int], database: int
) -> Cost:
    """Do some work so many times, by so many at once; `server` are its processes."""
    server = list(server)
    before = cpu.used(server), cpu.used(cpu.family(database))
    begun = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        for done in [threads.submit(work) for _ in range(orders)]:
            done.result()
    took = time.perf_counter() - begun
    after = cpu.used(server), cpu.used(cpu.family(database))
    return Cost(orders, took, after[0] - before[0], after[1] - before[1])


KEPT = 3
"""Seconds for which a connection that nobody uses is still open for sure."""


class Posting:
    """JSON that is posted to a server, on one connection for each thread."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path
        self._own = threading.local()

    def __call__(self, body: Any, headers: Mapping[str, str]) -> Any:
        """The answer; raises RuntimeError for another status than 200."""
        now = time.monotonic()
        if now > getattr(self._own, "until", 0):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        self._own.until = now + KEPT
        connection = self._own.connection
        given = {"content-type": "application/json", **headers}
        try:
            connection.request("POST", self._path, json.dumps(body), given)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens another
            raise
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:500]!r}")
        return json.loads(said)


def until_ready(asked: Callable[[], Any], within: float = 60) -> Any:
    """What a server answers once it has started."""
    end = time.monotonic() + within
    while True:
        try:
            return asked()
        except (OSError, http.client.HTTPException):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
