"""The README, run as a newcomer would."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PASSWORD = "only-for-this-test"


class Demo:
    """`make demo`, served until the test ends."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.home = home
        self.process = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))},
                "DOUGONG_HOME": str(home),
                "DOUGONG_PORT": str(self.port),
                "DOUGONG_DEMO_PASSWORD": PASSWORD,
            },
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C" in line:
                break
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                if self.get("/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(self.said)

    def get(self, path: str, accept: str = "*/*") -> tuple[int, str]:
        return self._request("GET", path, None, {"accept": accept})

    def ask(self, document: str, token: str | None = None) -> Any:
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        status, body = self._request("POST", "/graphql", json.dumps({"query": document}), headers)
        assert status == 200, body
        return json.loads(body)

    def _request(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    def stop(self) -> None:
        """Ctrl-C in its terminal; nothing may be left running."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        servers = [p for p in psutil.process_iter() if str(self.home) in " ".join(_command(p))]
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        _, left = psutil.wait_procs({*family, *servers}, timeout=10)
        assert left == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    served = Demo(tmp_path_factory.mktemp("demo") / "home")
    yield served
    served.stop()


@pytest.mark.xdist_group("readme")
def test_the_query_of_the_readme_has_the_answer_of_the_readme(demo: Demo) -> None:
    sign_in, query = re.findall(r"```graphql\n(.*?)```", README, flags=re.DOTALL)
    (answer,) = re.findall(r"```json\n(.*?)```", README, flags=re.DOTALL)

    signed_in = demo.ask(sign_in.replace("…", PASSWORD))["data"]["signIn"]
    assert signed_in["userErrors"] == []

    assert demo.ask(query, signed_in["token"]) == json.loads(answer)


@pytest.mark.xdist_group("readme")
def test_make_demo_prints_the_address_the_people_and_a_query(demo: Demo) -> None:
    assert f"http://127.0.0.1:{demo.port}/graphql" in demo.said
    for person in ("admin", "manager", "seller", "other-seller", "keeper"):
        assert f"{person}@demo.example" in demo.said
    assert "parties(" in demo.said


@pytest.mark.xdist_group("readme")
def test_a_browser_gets_graphiql(demo: Demo) -> None:
    status, page = demo.get("/graphql", accept="text/html")

    assert status == 200
    assert "graphiql" in page.lower()


def test_the_add_on_in_the_readme_is_the_one_of_the_tutorial() -> None:
    tutorial = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    (shown,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)

    known = {line.strip() for line in tutorial.splitlines()}
    assert [line for line in shown.splitlines() if line.strip() not in known] == []


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for command in re.findall(r"^make (\w+)$", README, flags=re.MULTILINE):
        assert re.search(rf"^{command}:", makefile, flags=re.MULTILINE)
