"""`make bench-access`: what the same list costs under each kind of row rule, and without any."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from access.offices import home_of_offices, open_offices, register, tokens
from dougong.db.engine import database_url, open_database
from reads.cpu import family, used
from reads.load import Exchange, ask, measure, request_bytes
from reads.machine import described, load_now
from reads.servers import ROOT, Company, Server, Servers

CACHE = ROOT / ".cache" / "bench-access"
RESULT = ROOT / "benchmarks" / "results" / "access.md"
CLIENTS = 4
WARM_UP_SECONDS = 1.0
AIM = 1.10
LIST = """query List {
  branchOrders(first: 50, orderBy: [{orderedOn: DESC}]) {
    edges { node { id number orderedOn state currency freight shipToCity createdAt } }
    pageInfo { hasNextPage endCursor }
  }
}"""
MARGINS = LIST.replace("freight", "margin").replace("query List", "query Margins")


@dataclass(frozen=True)
class Case:
    """Somebody who asks for the list; `against` is the case that it is compared with."""

    title: str
    asker: str
    against: str
    document: str = LIST
    counts: bool = True
    """Whether the aim is about it."""


CASES = {
    "all": Case("`all_rows`: the list without a rule", "all", "all"),
    "own": Case("`own(owner)`, three quarters of the orders", "seller0", "all"),
    "team": Case("`team(seller)`, 300 of 400 people", "team", "all"),
    "unit": Case("`unit(office)`, 30 of 40 teams", "unit", "all"),
    "both": Case("`own(seller)` or `unit(office)`, of two roles", "own-or-unit", "all"),
    "cut": Case("`all_rows`, `restrict(rows_where(…))`", "uncancelled", "all"),
    "inside": Case("`all_rows`, `restrict(unit(office))`", "inside", "all"),
    "margins": Case("a guarded field that is seen everywhere", "analyst", "margins", MARGINS),
    "guarded": Case("the same, seen where `rows_where(…)` holds", "controller", "margins", MARGINS),
    "guarded in the unit": Case(
        "the same, seen where `unit(office)` holds", "accountant", "margins", MARGINS
    ),
    "one team": Case("`team(seller)`, 10 of 400 people", "one-team", "all", counts=False),
    "one unit": Case("`unit(office)`, 1 of 40 teams", "one-unit", "all", counts=False),
}


@dataclass(frozen=True)
class Run:
    """One case in one round; CPU in µs per answer."""

    case: str
    round: int
    server: float
    database: float
    load: float

    @property
    def cpu(self) -> float:
        """Server and database together."""
        return self.server + self.database


def main() -> None:
    """Set everything up, check what is answered, measure, report."""
    asked = arguments()
    site = CACHE / "site"
    register(site)
    sys.path.append(str(site))
    home = opened()
    url = database_url(home)
    engine = open_database(url, pool_size=None)
    secrets = tokens(engine)
    engine.dispose()
    company = Company(home, url, 0, secrets["all"])
    with Servers(company, CACHE / "server.log", site) as servers:
        servers.start_dougong()
        server = servers.running["Dougong"]
        exchanges = {name: proven(server, case, secrets) for name, case in CASES.items()}
        runs = list(measured(server, exchanges, home, asked))
    text = report(runs, {**described(url), "rounds": asked.rounds, "seconds": asked.seconds})
    print(text)
    if asked.write:
        RESULT.write_text(text, "utf-8")
        say("Written to benchmarks/results/access.md.")


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench-access", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=0.7, help="how long, each time")
    parser.add_argument("--write", action="store_true", help="keep the result in results/")
    return parser.parse_args()


def opened() -> Path:
    """The company's installation, filled the first time."""
    home = home_of_offices(CACHE)
    filled = home / "filled"
    if not filled.exists():
        shutil.rmtree(home, ignore_errors=True)  # of a run that was interrupted
        home.mkdir(parents=True)
        say("Filling the database …")
        engine = open_database(database_url(home), pool_size=None)
        open_offices(engine)
        engine.dispose()
        filled.touch()
    return home


def proven(server: Server, case: Case, secrets: dict[str, str]) -> Exchange:
    """The request of a case with its answer, which must have 50 orders."""
    header = f"Authorization: Bearer {secrets[case.asker]}"
    request = request_bytes("/graphql", orjson.dumps({"query": case.document}), [header])
    body = ask(server.port, request)
    found = json.loads(body)
    edges = (found.get("data") or {"branchOrders": {"edges": ()}})["branchOrders"]["edges"]
    if len(edges) != 50:
        raise SystemExit(f"{case.title}: not 50 orders but {body.decode()[:1000]}")
    return Exchange(request, body)


def measured(
    server: Server, exchanges: dict[str, Exchange], home: Path, asked: argparse.Namespace
) -> Iterator[Run]:
    """Every case in every round, in random order."""
    chance = random.Random(7)
    written = home / "postgres" / "cluster" / "postmaster.pid"
    roots = server.process.pid, int(written.read_text().split()[0])
    for exchange in exchanges.values():
        measure(server.port, [exchange], CLIENTS, WARM_UP_SECONDS)
    for number in range(asked.rounds):
        say(f"Round {number + 1} of {asked.rounds}")
        for name in chance.sample(list(exchanges), len(exchanges)):
            load = load_now()
            before = [used(family(root)) for root in roots]
            seen = measure(server.port, [exchanges[name]], CLIENTS, asked.seconds)
            after = [used(family(root)) for root in roots]
            mine, theirs = (
                1e6 * (late - early) / len(seen.latencies)
                for early, late in zip(before, after, strict=True)
            )
            yield Run(name, number, mine, theirs, load)


def report(runs: list[Run], about: dict[str, Any]) -> str:
    """The whole result as Markdown."""
    about.pop("PostGraphile")
    load = statistics.median(run.load for run in runs)
    lines = [
        "# What row rules cost, measured",
        *(f"- {name}: {said}" for name, said in about.items()),
        f"- load while it was measured: {load:.1f} (median)",
        "",
        "The 50 latest of 100,000 orders, 8 fields each, and `pageInfo`; everybody gets 50. CPU per",
        f"answer at concurrency {CLIENTS}: medians over the rounds. The ratio is taken within each",
        (
            "round; its median is shown, with the smallest and the largest. Aim: at most "
            f"{AIM:.2f}, where three quarters"
        ),
        "of the orders are seen or more.",
        "",
        "| rule | server, µs | PostgreSQL, µs | together | ratio | |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *(row(runs, name) for name in CASES)]) + "\n"


def row(runs: list[Run], name: str) -> str:
    """A case's line of the table."""
    case = CASES[name]
    mine = {run.round: run for run in runs if run.case == name}
    base = {run.round: run for run in runs if run.case == case.against}
    ratios = [run.cpu / base[number].cpu for number, run in mine.items()]
    middle = statistics.median(ratios)
    cells = [
        statistics.median(of)
        for of in zip(*((run.server, run.database, run.cpu) for run in mine.values()), strict=True)
    ]
    costs = " | ".join(f"{cell:.0f}" for cell in cells)
    if case.against == name:
        return f"| {case.title} | {costs} | 1 | |"
    met = ("met" if middle <= AIM else "MISSED") if case.counts else ""
    spread = f"{middle:.2f} [{min(ratios):.2f}–{max(ratios):.2f}]"
    return f"| {case.title} | {costs} | {spread} | {met} |"


def say(sentence: str) -> None:
    """Tell how far it is, beside the result."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
