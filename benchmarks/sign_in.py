"""`make bench-sign-in`: 1,000 wrong logins a minute, while others read.

Windows with and without the attack alternate; what is compared is the readers' answers: the median
time, how many came in a second, and the CPU time of the worker and of PostgreSQL for each of them
(what the attack costs is shared out among them). The guesses come from a process of their own, at
an even pace, whether or not those before have been answered. With a file's name as last argument
the result is written there too, as Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from sqlalchemy import text  # noqa: E402

from dougong.db.engine import database_url, open_database  # noqa: E402
from reads import cpu, machine  # noqa: E402 - found by the line above
from reads.load import Exchange, ask, measure, request_bytes  # noqa: E402
from reads.servers import free_port  # noqa: E402

DOUGONG = (sys.executable, "-m", "dougong.cli")
A_MINUTE = 1_000
READERS = 2
ACCOUNTS = 200
PASSWORD = "correct horse of the owner"
OWNER = "owner@bench.example"
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(email: $email, password: $password) { token userErrors { code } } }"""
READ = "{ leads(first: 50) { nodes { id name stage email } pageInfo { hasNextPage } } }"
CREATE = """mutation ($inputs: [LeadCreate!]!) {
  createLeads(inputs: $inputs) { userErrors { code } } }"""
Guess = Callable[[int], tuple[str, str]]
"""The account and the address of an attempt, by its number."""


def address(number: int) -> str:
    """Another address for each number."""
    return f"198.{18 + number // 62500 % 2}.{number // 250 % 250}.{number % 250 + 1}"


PATTERNS: dict[str, Guess] = {
    "one account, one address": lambda _: (OWNER, "203.0.113.66"),
    "one account, each time another address": lambda n: (OWNER, address(n)),
    "another account and another address each time, every second one exists": lambda n: (
        f"user{n % ACCOUNTS}@bench.example" if n % 2 else f"nobody{n}@bench.example",
        address(n),
    ),
}


class Attack:
    """Attempts at an even pace until the block ends, from a process of their own."""

    def __init__(self, ports: Sequence[int], pattern: str, outcomes: Counter[str]) -> None:
        """`outcomes` is added up."""
        self._outcomes = outcomes
        ports_ = ",".join(map(str, ports))
        self._command = [sys.executable, __file__, "--attack", pattern, "--ports", ports_]

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "begins\n"
        return self

    def __exit__(self, *_: object) -> None:
        said = self._process.communicate("", timeout=120)[0]  # until all have been answered
        self._outcomes.update(json.loads(said))


async def attack(ports: Sequence[int], guess: Guess) -> Counter[str]:
    """Guess until the input ends, and wait for the answers; what came of it."""
    outcomes: Counter[str] = Counter()
    number = random.randrange(10**6)  # other addresses in each window

    async def one(number: int) -> None:
        email, place = guess(number)
        payload = await guessed(ports[number % len(ports)], email, f"guess {number}", place)
        codes = [error["code"] for error in payload["userErrors"]]
        outcomes["succeeded" if payload["token"] else ",".join(codes)] += 1

    print("begins", flush=True)
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    at = time.monotonic()
    async with asyncio.TaskGroup() as guesses:
        while not ended.done():
            guesses.create_task(one(number))
            number += 1
            at += 60 / A_MINUTE
            await asyncio.wait([ended], timeout=max(0.0, at - time.monotonic()))
    return outcomes


async def guessed(port: int, email: str, password: str, place: str) -> Any:
    """The payload of an attempt, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body, headers = attempt(email, password, place)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /graphql HTTP/1.1", "host: x", "connection: close", *lines]
    length = f"content-length: {len(body)}"
    writer.write("\r\n".join([*head, length, "", body]).encode())
    answer = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return json.loads(answer)["data"]["signIn"]


def attempt(email: str, password: str, place: str) -> tuple[str, dict[str, str]]:
    """The body and the headers of an attempt."""
    body = {"query": SIGN_IN, "variables": {"email": email, "password": password}}
    return json.dumps(body), {"content-type": "application/json", "x-forwarded-for": place}


def sign_in(port: int, email: str, password: str, place: str) -> Any:
    """The payload of an attempt."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/graphql", *attempt(email, password, place))
        return json.loads(connection.getresponse().read())["data"]["signIn"]
    finally:
        connection.close()


@contextmanager
def serving(home: Path, port: int) -> Iterator[int]:
    """A worker; its process."""
    variables = {**os.environ, "DOUGONG_TRUSTED_PROXIES": "127.0.0.1"}
    command = [*DOUGONG, "serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def prepare(home: Path) -> str:
    """A CRM with an owner and some accounts; the database's URL."""
    url = database_url(home)
    options = ["--home", str(home)]
    subprocess.run([*DOUGONG, "install", "crm", *options], check=True, stdout=2)
    add = [*DOUGONG, "user", "add", OWNER, "--administrator", "--password-stdin", *options]
    subprocess.run(add, input=PASSWORD, text=True, check=True, stdout=2)
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        connection.execute(
            text("""
            with made as (
                insert into dougong.user (email, name)
                select 'user' || n || '@bench.example', 'User ' || n
                  from generate_series(1, :accounts) n returning id)
            insert into dougong.credential (user_id, password_hash)
            select made.id, c.password_hash from made, dougong.credential c
            """),
            {"accounts": ACCOUNTS},
        )
    engine.dispose()
    return url


def read_exchange(port: int) -> Exchange:
    """The readers' request, with the owner's session, and its proven answer."""
    payload = sign_in(port, OWNER, PASSWORD, "192.0.2.10")
    bearer = f"Authorization: Bearer {payload['token']}"
    rows = [{"name": f"Lead {number}", "email": f"l{number}@x.example"} for number in range(100)]
    body = json.dumps({"query": CREATE, "variables": {"inputs": rows}}).encode()
    for _ in range(5):
        ask(port, request_bytes("/graphql", body, [bearer]))
    request = request_bytes("/graphql", json.dumps({"query": READ}).encode(), [bearer])
    return Exchange(request, ask(port, request))


@dataclass
class Window:
    """What the readers saw for some seconds."""

    median: float
    rate: float
    worker: float
    database: float


def window(
    port: int, exchange: Exchange, processes: tuple[Sequence[int], int], seconds: float
) -> Window:
    """Read for some seconds; milliseconds, answers a second, CPU milliseconds for each answer."""
    workers, postmaster = processes
    database = cpu.family(postmaster)
    before = cpu.used(workers), cpu.used(database)
    seen = measure(port, [exchange], READERS, seconds)
    after = cpu.used(workers), cpu.used(database)
    each = 1000 / len(seen.latencies)
    spent = [(now - then) * each for now, then in zip(after, before, strict=True)]
    return Window(seen.percentile(0.5), len(seen.latencies) / seconds, *spent)


def postmaster_of(url: str) -> int:
    """The process of PostgreSQL that all others are children of."""
    engine = open_database(url, pool_size=None)
    with engine.connect() as connection:
        mine = connection.execute(text("select pg_backend_pid()")).scalar_one()
        status = Path("/proc", str(mine), "status").read_text()
    engine.dispose()
    return int(status.split("PPid:")[1].split()[0])


def compare(calm: Sequence[float], attacked: Sequence[float]) -> str:
    """Medians, and the median of the ratios within a round with the smallest and the largest."""
    ratios = [b / a for a, b in zip(calm, attacked, strict=True)]
    middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
    return (
        f"{statistics.median(calm):.2f} | {statistics.median(attacked):.2f} | "
        f"{middle:.3f} ({least:.2f}–{most:.2f})"
    )


def run(asked: argparse.Namespace, home: Path, say: Callable[[str], None]) -> bool:
    """Measure all patterns; whether nobody got in and nobody was kept out."""
    url, good = prepare(home), True
    with ExitStack() as stack:
        ports = [free_port() for _ in range(asked.workers)]
        workers = [stack.enter_context(serving(home, port)) for port in ports]
        exchange = read_exchange(ports[0])
        processes = workers, postmaster_of(url)
        measure(ports[0], [exchange], READERS, 3)  # warm
        say("| attack | | calm | attacked | attacked / calm |\n|---|---|---|---|---|")
        outcomes: Counter[str] = Counter()
        for name in PATTERNS:
            pattern = name
            calm, attacked = [], []
            for turn in range(asked.rounds):
                for under_attack in (turn % 2 == 0, turn % 2 == 1):
                    if under_attack:
                        with Attack(ports, pattern, outcomes):
                            attacked.append(window(ports[0], exchange, processes, asked.seconds))
                    else:
                        calm.append(window(ports[0], exchange, processes, asked.seconds))
            for what, title in (
                ("median", "median answer, ms"),
                ("rate", "answers a second"),
                ("worker", "CPU of the worker for each answer, ms"),
                ("database", "CPU of PostgreSQL for each answer, ms"),
            ):
                pairs = [[getattr(one, what) for one in some] for some in (calm, attacked)]
                say(f"| {name} | {title} | {compare(*pairs)} |")
                name = ""
        owner = sign_in(ports[0], OWNER, PASSWORD, "192.0.2.10")
        good = bool(owner["token"]) and outcomes.keys() == {"wrong_credentials"}
        say(f"\nOf {sum(outcomes.values()):,} attempts: {dict(outcomes)}.")
        say(
            f"The owner's session held; the owner signs in from a known address: {bool(owner['token'])}."
        )
    return good


def main() -> int:
    """Measure and print; 1 when somebody got in or the owner was kept out."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--attack", help=argparse.SUPPRESS)
    parser.add_argument("--ports", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.attack:
        ports = [int(port) for port in asked.ports.split(",")]
        print(json.dumps(asyncio.run(attack(ports, PATTERNS[asked.attack]))))
        return 0
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    home = ROOT / ".cache" / "bench-sign-in"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    say(
        f"# {A_MINUTE:,} wrong logins a minute\n\n`make bench-sign-in PROCESSES={asked.workers}`: "
        f"{asked.rounds} rounds of {asked.seconds:g} s with and {asked.seconds:g} s without, "
        f"{READERS} readers without pause, {asked.workers} worker(s).\n"
    )
    good = run(asked, home, say)
    told = machine.described(database_url(home))
    say(
        "\n"
        + "\n".join(f"- {name}: {said}" for name, said in told.items() if name != "PostGraphile")
    )
    if asked.file:
        asked.file.write_text("\n".join(lines) + "\n", "utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
