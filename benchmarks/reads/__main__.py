"""`make bench-reads`: ask all servers the same questions, in turns, and write down what it took."""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict

from dougong.db.engine import database_url, open_database
from reads.added import added
from reads.company import home_of, open_company, signed_in
from reads.cpu import family, used
from reads.load import measure
from reads.machine import described, load_now
from reads.queries import QUERIES
from reads.runs import Run
from reads.servers import ROOT, Company, Server, Servers, install_postgraphile
from reads.tables import report

CACHE = ROOT / ".cache" / "bench-reads"
RESULTS = ROOT / "benchmarks" / "results"
WARM_UP_SECONDS = 1.5
CONCURRENCIES = (1, 16)
SLOW = 0.5
"""Seconds for one answer from which on the first few make no difference."""


def main() -> None:
    """Set everything up, check that all agree, measure, report."""
    asked = arguments()
    company = open_installation()
    with Servers(company, CACHE / "servers.log") as servers:
        start(servers, asked.servers)
        say("Checking that all servers give the same answers …")
        faults = servers.prove()
        if faults:
            raise SystemExit("\n".join(["The servers do not agree:", *faults]))
        runs = list(measured(servers, company, asked))
    to_q1 = added(company, "Q1") if "Q1" in asked.queries and "bare" in asked.servers else None
    about = {**described(company.url), "rounds": asked.rounds, "seconds": asked.seconds}
    text = report(runs, about, to_q1)
    print(text)
    if asked.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "reads.md").write_text(text, "utf-8")
        lines = [json.dumps(asdict(run)) + "\n" for run in runs]
        (RESULTS / "reads.jsonl").write_text("".join(lines), "utf-8")
        say("Written to benchmarks/results/reads.md and reads.jsonl.")


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="make bench-reads", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long, each time")
    parser.add_argument("--queries", default=",".join(QUERIES), help="such as Q1,Q3")
    parser.add_argument("--servers", default="dougong,bare,strawberry,postgraphile")
    parser.add_argument("--write", action="store_true", help="keep the result in results/")
    return parser.parse_args()


def open_installation() -> Company:
    """The company's database, filled the first time, and a seller who is signed in."""
    home = home_of(CACHE)
    filled = home / "filled"
    if not filled.exists():
        shutil.rmtree(home, ignore_errors=True)  # of a run that was interrupted
    home.mkdir(parents=True, exist_ok=True)
    url = database_url(home)
    if not filled.exists():
        say("Filling the database …")
        engine = open_database(url, pool_size=None)
        since = time.monotonic()
        open_company(engine)
        say(f"  done in {time.monotonic() - since:.0f} s")
        engine.dispose()
        filled.touch()
    me, token = signed_in(url)
    return Company(home, url, me, token)


def start(servers: Servers, wanted: str) -> None:
    """Start those that are wanted and can be had."""
    chosen = wanted.split(",")
    say("Starting the servers …")
    servers.start_dougong()
    if "bare" in chosen:
        servers.start_bare()
    if "strawberry" in chosen:
        servers.start_strawberry()
    if "postgraphile" in chosen:
        say("  PostGraphile may have to be installed first …")
        missing = install_postgraphile(CACHE / "node")
        if missing:
            say(missing)
        else:
            servers.start_postgraphile(CACHE / "node")


def measured(servers: Servers, company: Company, asked: argparse.Namespace) -> Iterator[Run]:
    """Every server, query and concurrency in every round, the servers in random order."""
    chance = random.Random(7)
    written = company.home / "postgres" / "cluster" / "postmaster.pid"
    postmaster = int(written.read_text().split()[0])
    queries = asked.queries.split(",")
    for server in servers.running.values():
        for query in queries:
            if server.exchanges[query]:
                warm_up(server, query)
    for number in range(1, asked.rounds + 1):
        say(f"Round {number} of {asked.rounds}")
        for query in queries:
            for clients in CONCURRENCIES:
                turns = [one for one in servers.running.values() if one.exchanges[query]]
                chance.shuffle(turns)
                for server in turns:
                    yield one_run(server, query, clients, number, asked.seconds, postmaster)


def warm_up(server: Server, query: str) -> None:
    """Have every connection prepare its statement, and the database choose its plans."""
    first = measure(server.port, server.exchanges[query], 1, 0)
    if first.seconds < SLOW:
        measure(server.port, server.exchanges[query], max(CONCURRENCIES), WARM_UP_SECONDS)


def one_run(
    server: Server, query: str, clients: int, number: int, seconds: float, postmaster: int
) -> Run:
    """Measure one server with one query at one concurrency."""
    load = load_now()
    roots = server.process.pid, postmaster
    before = [used(family(root)) for root in roots]
    seen = measure(server.port, server.exchanges[query], clients, seconds)
    after = [used(family(root)) for root in roots]  # the database may have new processes
    answers = len(seen.latencies)
    return Run(
        server=server.name,
        query=query,
        clients=clients,
        round=number,
        answers=answers,
        rate=seen.rate,
        p50=seen.percentile(0.5),
        p99=seen.percentile(0.99),
        server_cpu=1e6 * (after[0] - before[0]) / answers,
        database_cpu=1e6 * (after[1] - before[1]) / answers,
        load=load,
    )


def say(sentence: str) -> None:
    """Tell how far it is, beside the result."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
