"""`dougong serve` in a process of its own, for tests of what happens while it serves."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.db.engine import open_database
from dougong.testing.worlds import make_person, utc_now

STOPS_SECONDS = 60
"""A server waits ten seconds for requests, then for what its database does for it."""


class Server:
    """A serving process; requests are made with an administrator's token."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], *options: str) -> None:
        """Start `command` serve `options`; `variables` name the database and the home.

        They also say what is logged; without, only what goes wrong.
        """
        quiet = {"DOUGONG_LOG_LEVEL": "warning", "PYTHONFAULTHANDLER": "1"}
        self.variables = {**quiet, **variables, "DOUGONG_PORT": "0"}
        self.token = _administrator(variables["DOUGONG_DATABASE_URL"])
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, "serve", *options], env=self.variables, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        self.port = int(said.split("127.0.0.1:")[1].split("/")[0])
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        for _ in range(400):
            try:
                if self.request("GET", "/ready")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own; the status and the JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def ask(self, document: str, **variables: Any) -> tuple[int, Any]:
        """The status and the answer to a document."""
        return self.request("POST", "/graphql", {"query": document, "variables": variables})

    def until(self, document: str, **variables: Any) -> Any:
        """The answer to a document, once it is valid: after the server has swapped."""
        answer: Any = None
        for _ in range(200):
            status, answer = self.ask(document, **variables)
            if status == 200:
                return answer
            time.sleep(0.05)
        raise AssertionError(answer)

    def stop(self) -> None:
        """End it as Ctrl-C would."""
        self.process.send_signal(signal.SIGINT)
        try:
            assert self.process.wait(timeout=STOPS_SECONDS) == 0
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it says where each of its threads is
            self.process.wait()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()


class Loop:
    """Clients that ask without pause, and what went wrong for them."""

    def __init__(self, server: Server, document: str) -> None:
        """Three clients that send the document to the server until the block ends."""
        self.faults: list[str] = []
        self.answers = 0
        self._server = server
        self._document = document
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]

    def _ask(self) -> None:
        while not self._end.is_set():
            try:
                status, answer = self._server.ask(self._document)
            except OSError as problem:
                self.faults.append(repr(problem))
                continue
            self.answers += 1
            if status != 200 or "errors" in answer:
                self.faults.append(f"{status}: {answer}")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()


def _administrator(url: str) -> str:
    engine = open_database(url, pool_size=None)
    with Session(engine) as session, session.begin():
        person = make_person(session, ("dougong.administrator",), "Ada")
        assert person.user_id is not None
        token = issue_token(session, person.user_id, utc_now())
    engine.dispose()
    return token
