"""`make bench-start`: from start to the first answer, memory, and what many add-ons cost."""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dougong.testing.servers import Server
from installs.clients import READ, Clients
from installs.company import Company
from installs.live import HOLDS, SERVED, Timeline

Say = Callable[[str], None]
STEPS = 150
SHIPPED = tuple(sorted(one.name for one in (Path(__file__).parents[2] / "addons").iterdir()))
CREATE = 'mutation { create%s(input: {name: "a"}) { %s { id version } userErrors { code } } }'
STEP = 'mutation { finish%s(id: "%s", version: %s) { userErrors { code message } } }'


def run(say: Say, addons: int, rounds: int) -> bool:
    """Measure; whether what must hold does."""
    company = Company("bench-start", 1, 5)
    company.install(SHIPPED)
    starts, memory = [], 0.0
    for _ in range(rounds):
        with company.workers(1) as (worker,):
            first_answer(worker)
            starts.append(time.perf_counter() - worker.began)
            with Clients([worker.port], company.token()) as clients:
                time.sleep(5)
            memory = max(memory, pss(worker))
    say(
        f"All {len(SHIPPED)} shipped add-ons: first answer after {min(starts):.2f} s (best of "
        f"{rounds}; median {statistics.median(starts):.2f} s); {memory:.0f} MiB (PSS) after "
        f"{len(clients.answers.seen):,} answers."
    )
    company.install(company.addons)
    many = Company("bench-start-many", addons, 5)
    many.install(["party", *many.addons[:-1]])
    with many.workers(1) as (worker,):
        first_answer(worker)
        start, cpu = time.perf_counter() - worker.began, cpu_seconds(worker)
        began = time.time()
        with listening() as timeline:
            many.install(many.addons[-1:])
        whole = time.time() - began
        ((committed, served),) = timeline.spans(HOLDS, (SERVED,))
    swap = served - committed
    say(
        f"{addons - 1} generated add-ons of 5 entities: first answer after {start:.1f} s "
        f"({cpu:.1f} s of CPU); one more is installed, and served, after {whole:.1f} s, "
        f"{swap:.2f} s of them from its commit until it was served."
    )
    one, all_of_them = step_costs(company, many)
    say(
        f"A step: {one:.2f} ms with one generated add-on, {all_of_them:.2f} ms with {addons} "
        f"({all_of_them / one:.2f} ×)."
    )
    return (
        min(starts) < 2 and memory <= 150 and start < 10 and swap < 3 and all_of_them <= 1.1 * one
    )


@contextmanager
def listening() -> Iterator[Timeline]:
    """When what the life cycle tells happened."""
    told = Timeline([])
    listener = logging.Handler()
    listener.emit = lambda one: told.points.append((one.created, one.msg))  # type: ignore[method-assign]
    logger = logging.getLogger("dougong.lifecycle")
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    try:
        yield told
    finally:
        logger.removeHandler(listener)


def first_answer(worker: Server) -> None:
    """Ask something of the database."""
    status, said = worker.ask(READ)
    assert (status, "errors" in said) == (200, False), said


def pss(worker: Server) -> float:
    """The memory of a worker, shared pages counted in part, in MiB."""
    rollup = Path(f"/proc/{worker.process.pid}/smaps_rollup").read_text()
    return int(rollup.split("Pss:")[1].split()[0]) / 1024


def cpu_seconds(worker: Server) -> float:
    """What a worker has taken of the processor until now."""
    fields = Path(f"/proc/{worker.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def step_costs(*companies: Company) -> list[float]:
    """The median milliseconds of a step in each company, asked in turns."""
    took: list[list[float]] = [[] for _ in companies]
    with ExitStack() as stack:
        workers = [stack.enter_context(one.workers(1))[0] for one in companies]
        for _ in range(STEPS):
            for company, worker, seen in zip(companies, workers, took, strict=True):
                seen.append(step(worker, f"{company.addons[0].title()}A"))
    return [1000 * statistics.median(seen[STEPS // 3 :]) for seen in took]


def step(worker: Server, entity: str) -> float:
    """The seconds of a step of a new record."""
    noun = entity[0].lower() + entity[1:]
    made = worker.ask(CREATE % (entity, noun))[1]["data"][f"create{entity}"][noun]
    began = time.perf_counter()
    status, said = worker.ask(STEP % (entity, made["id"], made["version"]))
    took = time.perf_counter() - began
    assert (status, "errors" in said) == (200, False), said
    return took
