"""`make bench-install`: installs and removals while two workers are read from and written to."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from installs.clients import Answers, Clients, percentile
from installs.company import Company

Span = tuple[float, float]
Say = Callable[[str], None]
HOLDS = ("generation %s holds", "%s out of service")
SERVED = "served by all but %s servers"


@dataclass
class Timeline:
    """When installs and removals began, held, and were served by all."""

    points: list[tuple[float, str]]

    def spans(self, begins: Sequence[str], ends: Sequence[str]) -> list[Span]:
        """From each point of the first kind to the next of the second."""
        found, begin = [], None
        for at, point in self.points:
            if point in begins:
                begin = at
            if point in ends and begin is not None:
                found.append((begin, at))
                begin = None
        return found


def run(say: Say, addons: int, cycles: int, steady: float) -> bool:
    """Measure; whether what must hold does."""
    company = Company("bench-install", addons + 1, 5)
    *standing, coming = company.addons
    company.install(["party", *standing])
    with company.workers(2) as workers:
        token = company.token()
        ports = [one.port for one in workers]
        with Clients(ports, token):
            time.sleep(3)
        with company.cycles(coming, 3) as first:
            assert first.stdout is not None
            first.stdout.read()
        before = [company.told_by(one) for one in workers]
        with Clients(ports, token) as clients:
            began = time.time()
            time.sleep(steady)
            calm = (began, time.time())
            with company.cycles(coming, cycles) as process:
                assert process.stdout is not None
                lines = [json.loads(line) for line in process.stdout]
        timeline = Timeline([(line["at"], line["point"]) for line in lines])
        after = [company.told_by(one) for one in workers]
    return report(say, clients.answers, calm, timeline, list(zip(before, after, strict=True)))


def report(
    say: Say, answers: Answers, calm: Span, timeline: Timeline, memory: Sequence[tuple[Any, Any]]
) -> bool:
    """Print what was seen; whether what must hold does."""
    swaps = timeline.spans(HOLDS, (SERVED,))
    whole = timeline.spans(("install", "remove"), (SERVED,))
    took = [end - begin for begin, end in swaps]
    say(f"{len(answers.seen):,} answers, {len(swaps)} swaps; faults: {len(answers.faults)}.")
    for fault in answers.faults[:5]:
        say(f"- {fault}")
    say(
        f"From commit until all workers serve it: median {statistics.median(took):.3f} s, "
        f"most {max(took):.3f} s."
    )
    say("\n| answers | number | median, ms | p99, ms | most, ms |\n|---|---|---|---|---|")
    p99 = {}
    for name, spans in (("steady", [calm]), ("during a swap", swaps), ("during a command", whole)):
        seen = answers.between(spans)
        p99[name] = percentile(seen, 0.99)
        say(
            f"| {name} | {len(seen):,} | {percentile(seen, 0.5):.1f} | {p99[name]:.1f} | "
            f"{percentile(seen, 1):.1f} |"
        )
    ratio = p99["during a swap"] / p99["steady"]
    say(
        f"\np99 during a swap: {ratio:.1f} × steady; "
        f"during a whole command: {p99['during a command'] / p99['steady']:.1f} ×."
    )
    alive, grown = 0, 0.0
    for then, now in memory:
        alive = max(alive, len(now["generations"]))
        grown = max(grown, (now["kib"] - then["kib"]) / 1024)
        say(
            f"A worker after {len(swaps)} generations: {now['kib'] / 1024:.1f} MiB (PSS), "
            f"{(now['kib'] - then['kib']) / 1024:+.1f} MiB; alive: {now['generations']}."
        )
    return (
        not answers.faults
        and statistics.median(took) < 1
        and ratio <= 5
        and alive <= 1
        and grown < 10
    )
