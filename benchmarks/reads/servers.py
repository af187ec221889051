"""The servers, each one worker in a process of its own, and how they are asked."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import orjson

from reads.company import ROLES
from reads.load import Exchange, WrongAnswer, ask, request_bytes
from reads.queries import POSTGRAPHILE, QUERIES, for_postgraphile, same

ROOT = Path(__file__).parents[2]
START_WITHIN = 60


@dataclass(frozen=True)
class Company:
    """The database that all servers read, and who asks."""

    home: Path
    url: str
    me: int
    token: str


@dataclass
class Server:
    """A server that runs; `exchanges` are the requests of each query and the proven answers."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    exchanges: dict[str, list[Exchange]] = field(default_factory=dict)


class Servers:
    """All servers, started once and ended together."""

    def __init__(self, company: Company, log: Path, *paths: Path) -> None:
        """`paths` are folders in which Python finds more than is installed."""
        self.company = company
        self.running: dict[str, Server] = {}
        self._log = log.open("wb")
        self._variables = {
            **os.environ,
            "READS_URL": company.url,
            "READS_ME": str(company.me),
            "READS_ROLES": ",".join(ROLES),
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "benchmarks", *paths))),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in {server.process for server in self.running.values()}:
            process.terminate()
        for process in {server.process for server in self.running.values()}:
            process.wait(timeout=30)
        self._log.close()

    def start_dougong(self) -> None:
        """`dougong serve`, as anybody runs it."""
        port = free_port()
        command = [sys.executable, "-m", "dougong.cli", "serve", "--port", str(port)]
        process = self._run([*command, "--home", str(self.company.home)])
        self._ready(
            "Dougong", process, port, "/graphql", f"Authorization: Bearer {self.company.token}"
        )

    def start_bare(self) -> None:
        """The two limits, in one process."""
        port = free_port()
        process = self._run(uvicorn("reads.bare:application", port))
        self._ready("limit A", process, port, "/planner")
        self._ready("limit B", process, port, "/by_hand")

    def start_strawberry(self) -> None:
        """The idiomatic server."""
        port = free_port()
        process = self._run(uvicorn("reads.idiomatic:application", port))
        self._ready("strawberry", process, port, "/graphql")

    def start_postgraphile(self, modules: Path) -> None:
        """PostGraphile on the Node that was installed with it."""
        port = free_port()
        shutil.copy(ROOT / "benchmarks" / "postgraphile" / "server.mjs", modules)
        variables = {"PORT": str(port), "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        node = str(modules / "node_modules" / ".bin" / "node")
        process = self._run([node, "server.mjs"], modules, variables)
        self._ready("PostGraphile", process, port, "/graphql")

    def _run(
        self,
        command: Sequence[str],
        folder: Path = ROOT,
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        given = {**self._variables, **(variables or {})}
        return subprocess.Popen(command, cwd=folder, env=given, stdout=self._log, stderr=self._log)

    def _ready(
        self, name: str, process: subprocess.Popen[bytes], port: int, path: str, *headers: str
    ) -> None:
        server = self.running[name] = Server(name, port, process)
        deadline = time.monotonic() + START_WITHIN
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{name} did not start; see {self._log.name}") from None
                time.sleep(0.1)
        for query in QUERIES:
            found = self._requests(name, query)
            server.exchanges[query] = [
                Exchange(request_bytes(path, orjson.dumps(body), headers)) for body in found
            ]

    def _requests(self, server: str, query: str) -> list[dict[str, Any]]:
        """The bodies of a query's requests; none where the server cannot answer it."""
        asked = QUERIES[query]
        if server == "PostGraphile":
            me = self.company.me
            document = POSTGRAPHILE.get(query)
            given = [for_postgraphile(one, me) for one in asked.variables]
            return [{"query": document, "variables": one} for one in given if document]
        document = query if server.startswith("limit") else asked.document
        return [{"query": document, "variables": one} for one in asked.variables]

    def prove(self) -> list[str]:
        """Ask everybody everything; sentences about answers that are not alike."""
        faults = []
        for query in QUERIES:
            expected: list[Any] = []
            for server in self.running.values():
                try:
                    found = self._answers(server, query)
                except (WrongAnswer, ValueError) as problem:
                    faults.append(f"{server.name} cannot answer {query}: {problem}")
                    continue
                expected = expected or found
                if found and found != expected:
                    faults.append(
                        f"{server.name} answers {query} otherwise: {first_difference(expected, found)}"
                    )
        return faults

    @staticmethod
    def _answers(server: Server, query: str) -> list[Any]:
        """What the server says; from now on it must say so again."""
        proven = [
            Exchange(one.request, ask(server.port, one.request)) for one in server.exchanges[query]
        ]
        said = [same(query, one.body or b"") for one in proven]
        server.exchanges[query] = proven
        return said


def first_difference(one: Any, other: Any, path: str = "") -> str:
    """Where two values differ first, and how."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs: Any = ((key, one[key], other[key]) for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(range(len(one)), one, other, strict=True)
    else:
        return (
            f"{path}: {json.dumps(one, default=str)[:200]} ≠ {json.dumps(other, default=str)[:200]}"
        )
    for key, mine, theirs in pairs:
        if mine != theirs:
            return first_difference(mine, theirs, f"{path}/{key}")
    return f"{path}: equal"


def uvicorn(application: str, port: int) -> list[str]:
    """The command that serves an application as `dougong serve` serves Dougong."""
    command = [sys.executable, "-m", "uvicorn", application, "--factory", "--log-level", "warning"]
    # A loop that computes for seconds would find a waiting connection too old, and close it.
    return [*command, "--port", str(port), "--timeout-keep-alive", "120"]


def free_port() -> int:
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def install_postgraphile(folder: Path) -> str | None:
    """Put PostGraphile and its Node into a folder, once; a sentence when that cannot be done."""
    wanted = ROOT / "benchmarks" / "postgraphile" / "package.json"
    there = folder / "package.json"
    if there.exists() and there.read_bytes() == wanted.read_bytes():
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "PostGraphile is left out: there is no npm here."
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    shutil.copy(wanted, there)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        there.unlink()
        return f"PostGraphile is left out: npm could not install it: {done.stderr.strip()[-300:]}"
    return None
