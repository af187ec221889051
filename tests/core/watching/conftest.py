"""A real server whose log is kept, and people who ask it."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dougong.testing.databases import Databases
from dougong.testing.servers import Server

DOUGONG = (sys.executable, "-m", "dougong.cli")
TOKEN = "a-token-of-metrics-that-is-long-enough"


class Watched:
    """A server that logs all into a file."""

    def __init__(self, url: str, folder: Path, *options: str, **variables: str) -> None:
        self.log = folder / "log"
        logged = ("sh", "-c", f'exec "$0" "$@" 2>{self.log}', *DOUGONG)
        home = {"DOUGONG_DATABASE_URL": url, "DOUGONG_HOME": str(folder)}
        level = {"DOUGONG_LOG_LEVEL": "info"}
        self.server = Server(logged, {**os.environ, **home, **level, **variables}, *options)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        signed_in: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request; status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        sent = {"content-type": "application/json"}
        if signed_in:
            sent["authorization"] = f"Bearer {self.server.token}"
        try:
            connection.request(method, path, body and json.dumps(body), {**sent, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, document: str, *, number: str = "", **options: Any) -> tuple[Any, dict[str, Any]]:
        """The answer to a document, and its line in the log."""
        number = number or secrets.token_hex(8)
        body = {"query": document, "variables": options.pop("variables", {})}
        headers = {"x-request-id": number}
        answer = self.send("POST", "/graphql", body, headers=headers, **options)[2]
        (line,) = self.lines(number)
        return json.loads(answer), line

    def lines(self, number: str, event: str = "request", many: int = 1) -> list[dict[str, Any]]:
        """The lines about a request, once there are so many."""
        for _ in range(200):
            each = [json.loads(line) for line in self.log.read_text().splitlines()]
            found = [one for one in each if (one.get("request"), one["event"]) == (number, event)]
            if len(found) >= many:
                return found
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def metrics(self) -> dict[str, float]:
        """What is told, by name and labels."""
        status, _, body = self.send("GET", "/metrics", signed_in=False)
        assert status == 200, body
        rows = [line.rpartition(" ") for line in body.decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, _, value in rows}


@pytest.fixture(scope="session")
def watched(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(databases.clone("crm"), tmp_path_factory.mktemp("watched"))
    yield made
    made.server.stop()
