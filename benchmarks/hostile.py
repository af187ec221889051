"""`make bench-hostile`: what the server spends on each hostile document before it refuses it.

In process, on the schema of all add-ons, without a database: CPU time of the process from the
bytes of a request to the bytes of its answer, nothing remembered of the document. All documents
take turns, round after round: a neighbour on the machine who slows one moment does not meet one
document only. With a file's name as argument the table is written there too, as Markdown.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests" / "composition"))

from hostile_documents import DOCUMENTS, Hostile  # noqa: E402 - found by the line above

from dougong.access.principal import ANONYMOUS, Principal  # noqa: E402
from dougong.addons.discovery import available, parts_of  # noqa: E402
from dougong.generation import Generation  # noqa: E402
from dougong.graphql.execution import answer  # noqa: E402
from dougong.graphql.http import LARGEST_BODY, BadRequest, error_body, from_body  # noqa: E402

ROUNDS = 15
TARGET_MS = 10.0
ROLES = frozenset({"crm.seller", "sales_order.manager", "party.editor"})
NOBODY: Any = None  # no document gets as far as to the database


def main() -> int:
    """Measure all, print them by cost; 1 when one is above the target or is answered."""
    logging.disable(logging.CRITICAL)
    generation = composed()
    _ = generation.schema
    gc.collect()
    gc.freeze()
    with asyncio.Runner() as runner:
        spend(runner, generation, DOCUMENTS[0])
        rounds = [[spend(runner, generation, one) for one in DOCUMENTS] for _ in range(ROUNDS)]
    found = sorted(
        zip(middle(rounds), quickest(rounds), DOCUMENTS, strict=True),
        key=lambda cost: -cost[0],
    )
    lines = [
        f"{ms:8.2f}{least:8.2f}  {'> 10 ms' if ms > TARGET_MS else '':8}{one.name}"
        for ms, least, one in found
    ]
    above = sum(ms > TARGET_MS for ms, _, _ in found)
    lines.append(f"{len(found)} documents, {above} above {TARGET_MS:.0f} ms; {machine()}")
    print("\n".join(lines))
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(as_markdown(lines), "utf-8")
    return int(above > 0)


def composed() -> Generation:
    """What a company with all add-ons has installed."""
    return Generation(1, parts_of(available()))


def middle(rounds: list[list[float]]) -> list[float]:
    """Of each document the median of its rounds, in milliseconds."""
    return [statistics.median(one) for one in zip(*rounds, strict=True)]


def quickest(rounds: list[list[float]]) -> list[float]:
    """Of each document the round that was disturbed least."""
    return [min(one) for one in zip(*rounds, strict=True)]


def spend(runner: asyncio.Runner, generation: Generation, one: Hostile) -> float:
    """Milliseconds of CPU for one answer to a document that was never seen before."""
    generation.schema.extensions.pop("remembered", None)
    who = Principal(1, "seller", ROLES) if one.signed_in else ANONYMOUS
    began = time.process_time()
    try:
        if len(one.body) > LARGEST_BODY:
            raise BadRequest("The body is too long.", 413)
        asked = from_body("application/json", one.body)
        assert asked.query is not None
        body = runner.run(
            answer(
                generation,
                who,
                1,
                query=asked.query,
                operation_name=asked.operation_name,
                variables=asked.variables,
                reads=NOBODY,
                mutations=NOBODY,
            )
        ).body
    except BadRequest as refusal:
        body = error_body(str(refusal), "BAD_REQUEST")
    took = (time.process_time() - began) * 1000
    code = json.loads(body)["errors"][0]["extensions"]["code"]
    if code != one.code:
        print(f"{one.name} is answered with {code}, not with {one.code}")
    return took


def machine() -> str:
    """What it was measured on, and how fast that is: a million additions, in the middle of all."""
    began, number = time.process_time(), 0
    for one in range(1_000_000):
        number += one
    loop = (time.process_time() - began) * 1000
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} × {platform.machine()}, "
        f"load {load:.1f}, a million additions take {loop:.0f} ms"
    )


def as_markdown(lines: list[str]) -> str:
    """The table as a file."""
    return (
        "# What hostile documents cost\n\n"
        "`make bench-hostile`: milliseconds of server CPU until the refusal, nothing remembered of\n"
        f"the document; the median of {ROUNDS} rounds and the quickest of them.\n\n```\n"
        + "\n".join(lines)
        + "\n```\n"
    )


if __name__ == "__main__":
    sys.exit(main())
