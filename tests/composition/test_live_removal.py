"""Add-ons come and go while a real server answers a loop of requests."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dougong.access.passwords import issue_token
from dougong.db.engine import open_database
from dougong.testing.databases import Databases
from dougong.testing.worlds import make_person, utc_now

pytestmark = pytest.mark.xdist_group("northwind")

ORDERS = "{ salesOrders { totalCount nodes { number total } } }"
STOCK = """{ stockQuantities(where: {location: {is: {code: {eq: "MAIN"}}}}, first: 100) {
    totalCount nodes { onHand reserved product { code } } } }"""


class Server:
    """`dougong serve` in a process of its own, on a copy of the Northwind company."""

    def __init__(self, url: str, home: Path) -> None:
        self.environment = {
            **os.environ,
            "DOUGONG_DATABASE_URL": url,
            "DOUGONG_HOME": str(home),
            "DOUGONG_PORT": "0",
        }
        engine = open_database(url, pool_size=None)
        with Session(engine) as session, session.begin():
            person = make_person(session, ("dougong.administrator",), "Ada")
            assert person.user_id is not None
            self.token = issue_token(session, person.user_id, utc_now())
        engine.dispose()
        self.process = subprocess.Popen(
            [*DOUGONG, "serve"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        self.port = int(said.split("127.0.0.1:")[1].split("/")[0])
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        for _ in range(200):
            try:
                if self.request("GET", "/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("the server did not become ready")

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        return response.status, answer

    def ask(self, document: str, **variables: Any) -> tuple[int, Any]:
        """The status and the answer to a document."""
        return self.request("POST", "/graphql", {"query": document, "variables": variables})

    def run(self, *arguments: str) -> str:
        """A `dougong` command about the same installation; what it printed."""
        done = subprocess.run(
            [*DOUGONG, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> None:
        """End it as Ctrl-C would."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=15) == 0
        assert self.process.stdout is not None
        self.process.stdout.close()


DOUGONG = (sys.executable, "-m", "dougong.cli")


class Loop:
    """Clients that ask without pause, and what went wrong for them."""

    def __init__(self, server: Server) -> None:
        self.faults: list[str] = []
        self.answers = 0
        self._server = server
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(3)]

    def _ask(self) -> None:
        while not self._end.is_set():
            try:
                status, answer = self._server.ask(ORDERS)
            except OSError as problem:
                self.faults.append(repr(problem))
                continue
            self.answers += 1
            if status != 200 or "errors" in answer:
                self.faults.append(f"{status}: {answer}")

    def __enter__(self) -> Loop:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def server(databases: Databases, northwind_url: str, tmp_path: Path) -> Iterator[Server]:
    served = Server(databases.copy_of(northwind_url), tmp_path)
    yield served
    served.stop()


def test_inventory_is_removed_and_restored_under_load_without_a_failed_request(
    server: Server,
) -> None:
    before, orders = server.ask(STOCK)[1], server.ask(ORDERS)[1]
    assert before["data"]["stockQuantities"]["totalCount"] == 72

    with Loop(server) as loop:
        plan = server.run("remove", "inventory")
        assert "inventory__sales_order" in plan
        apply = plan.split("--apply ")[1].split()[0]
        server.run("remove", "inventory", "--apply", apply)
        status, gone = server.ask(STOCK)
        assert status == 400
        assert "inventory" in gone["errors"][0]["message"]
        assert "not installed" in gone["errors"][0]["message"]
        assert server.ask(ORDERS)[1] == orders

        server.run("restore", "inventory")
        after = _when_it_is_back(server)

    assert loop.faults == []
    assert loop.answers > 20
    assert after == before
    assert server.ask(ORDERS)[1] == orders
    assert server.ask("{ stockDifferences { product } }")[1]["data"] == {"stockDifferences": []}


def _when_it_is_back(server: Server) -> Any:
    """The stock, once the server has swapped."""
    for _ in range(100):
        status, answer = server.ask(STOCK)
        if status == 200:
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def test_a_stale_plan_is_refused(server: Server) -> None:
    plan = server.run("remove", "inventory")
    apply = plan.split("--apply ")[1].split()[0]
    server.run("remove", "inventory", "--apply", apply)
    server.run("restore", "inventory")

    again = subprocess.run(
        [*DOUGONG, "remove", "inventory", "--apply", apply],
        env=server.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert again.returncode != 0
    assert "Fix:" in again.stderr
    assert server.ask(STOCK)[0] == 200
