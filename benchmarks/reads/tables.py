"""What was measured as tables in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reads.added import Added
from reads.queries import QUERIES
from reads.runs import ADDED_TO_Q1, TARGETS, Run, by_cpu, by_rate, chosen, median, ratio

HOW_DECIDED = """\
The rate at concurrency 1 decides, or CPU per answer where the rounds' rates differ too much.
What is added to Q1 is measured in one process, request by request in turns: median [middle half]."""
Cell = Callable[[str, str], str]


def report(runs: Sequence[Run], about: Mapping[str, Any], to_q1: Added | None) -> str:
    """The whole result; `to_q1` is what Dougong adds to Q1, measured in one process."""
    parts = ["# Reads, measured", *(f"- {name}: {said}" for name, said in about.items()), ""]
    parts += [f"- {query.name}: {query.title}" for query in QUERIES.values()]
    for clients in sorted({run.clients for run in runs}):
        parts += ["", f"## Answers per second at concurrency {clients} (p50/p99 in ms)", ""]
        parts += table(runs, lambda server, query, n=clients: rates(runs, server, query, n))
    parts += ["", "## CPU per answer in µs: server + database", ""]
    parts += table(runs, lambda server, query: cost(runs, server, query))
    for clients in sorted({run.clients for run in runs}):
        parts += ["", f"## Dougong’s rate over theirs at concurrency {clients}", ""]
        parts += table(runs, lambda server, query, n=clients: compared(runs, server, query, n))
    parts += ["", "## Their CPU per answer over Dougong’s, all concurrencies", ""]
    parts += table(runs, lambda server, query: compared(runs, server, query, None))
    parts += ["", "## Aims", "", HOW_DECIDED, "", *aims(runs, to_q1)]
    return "\n".join(parts) + "\n"


def table(runs: Iterable[Run], cell: Cell) -> list[str]:
    """A row for each server, a column for each query; rows without a value are left out."""
    servers = list(dict.fromkeys(run.server for run in sorted(runs, key=_place)))
    queries = [name for name in QUERIES if any(run.query == name for run in runs)]
    lines = [f"| | {' | '.join(queries)} |", f"|---|{'---|' * len(queries)}"]
    for server in servers:
        cells = [cell(server, query) for query in queries]
        if any(cells):
            lines.append(f"| {server} | {' | '.join(one or '-' for one in cells)} |")
    return lines


def _place(run: Run) -> int:
    return ["Dougong", *TARGETS].index(run.server)


def rates(runs: Sequence[Run], server: str, query: str, clients: int) -> str:
    """How many answers a second, and how long they took."""
    found = chosen(runs, server, query, clients)
    if not found:
        return ""
    rate = median(found, lambda run: run.rate)
    p50, p99 = median(found, lambda run: run.p50), median(found, lambda run: run.p99)
    return f"{_short(rate)} ({_short(p50)}/{_short(p99)})"


def cost(runs: Sequence[Run], server: str, query: str) -> str:
    """The CPU time of one answer."""
    found = chosen(runs, server, query)
    if not found:
        return ""
    mine = median(found, lambda run: run.server_cpu)
    database = median(found, lambda run: run.database_cpu)
    return f"{mine:.0f} + {database:.0f}"


def compared(runs: Sequence[Run], server: str, query: str, clients: int | None) -> str:
    """Dougong against a server: by rate at one concurrency, by CPU over all of them."""
    mine, theirs = (chosen(runs, name, query, clients) for name in ("Dougong", server))
    found = ratio(mine, theirs, by_rate if clients else by_cpu)
    return str(found) if found and server != "Dougong" else ""


def aims(runs: Sequence[Run], to_q1: Added | None) -> list[str]:
    """What was aimed at, and what it came to."""
    lines = [
        "| against | query | aim | by rate, 1 | by rate, 16 | by CPU | |",
        "|---|" + "---|" * 6,
    ]
    mine, bare = chosen(runs, "Dougong", "Q1"), chosen(runs, "limit A", "Q1")
    if mine and bare and to_q1:
        served = ratio(mine, bare, lambda one, other: one.server_cpu - other.server_cpu)
        met = "met" if to_q1.middle <= ADDED_TO_Q1 else "MISSED"
        said = f"{to_q1} µs in process; {served} served"
        lines.append(f"| limit A | Q1 | ≤ {ADDED_TO_Q1} µs added | | | {said} | {met} |")
    for server, wanted in TARGETS.items():
        for query, aim in wanted.items():
            lines += _aim(runs, server, query, aim)
    return lines


def _aim(runs: Sequence[Run], server: str, query: str, aim: float) -> list[str]:
    mine, theirs = chosen(runs, "Dougong", query), chosen(runs, server, query)
    cpu = ratio(mine, theirs, by_cpu)
    if cpu is None:
        return []
    single, many = (
        ratio(chosen(mine, "Dougong", query, n), chosen(theirs, server, query, n), by_rate)
        for n in (1, 16)
    )
    decides = cpu if single is None or single.is_noisy else single
    met = "met" if decides.middle >= aim else "MISSED"
    return [f"| {server} | {query} | ≥ {aim} | {single} | {many} | {cpu} | {met} |"]


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}"
