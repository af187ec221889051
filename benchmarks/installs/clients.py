"""Clients that read and write at an even pace, and note when each answer came and what was wrong."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

READ = "{ parties(first: 20, orderBy: [{name: ASC}]) { nodes { id name city } totalCount } }"
WRITE = """mutation ($name: String!) { createParty(input: {kind: COMPANY, name: $name}) {
  party { id name } userErrors { code message } } }"""
READ_EVERY, WRITE_EVERY = 0.02, 0.04


@dataclass
class Answers:
    """When answers came, how long they took, and the faults."""

    seen: list[tuple[float, float]] = field(default_factory=list)
    """The moment of asking, and the seconds."""
    faults: list[str] = field(default_factory=list)

    def between(self, spans: Sequence[tuple[float, float]]) -> list[float]:
        """The seconds of what was under way in one of the spans."""
        return [
            took
            for at, took in self.seen
            if any(at <= end and at + took >= begin for begin, end in spans)
        ]


class Clients:
    """Two readers and a writer for each port, until the block ends."""

    def __init__(self, ports: Sequence[int], token: str) -> None:
        self.answers = Answers()
        self._token = token
        self._end = threading.Event()
        self._numbers = itertools.count()
        asked = [(READ, READ_EVERY), (READ, READ_EVERY), (WRITE, WRITE_EVERY)]
        self._threads = [
            threading.Thread(target=self._ask, args=(port, *one)) for port in ports for one in asked
        ]

    def _ask(self, port: int, document: str, every: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        while not self._end.wait(every):
            variables = {"name": f"Party {next(self._numbers)}"} if document is WRITE else {}
            body = json.dumps({"query": document, "variables": variables})
            at, began = time.time(), time.perf_counter()
            try:
                connection.request("POST", "/graphql", body, headers)
                response = connection.getresponse()
                said = response.read()
            except OSError as problem:
                self.answers.faults.append(repr(problem))
                connection.close()
                continue
            self.answers.seen.append((at, time.perf_counter() - began))
            if response.status != 200 or b'"errors"' in said or b'"code"' in said:
                self.answers.faults.append(f"{response.status}: {said[:300]!r}")
        connection.close()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()


def percentile(seconds: Sequence[float], part: float) -> float:
    """The milliseconds that this part of the answers did not exceed; 0 without answers."""
    ranked = sorted(seconds)
    return 1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else 0.0
