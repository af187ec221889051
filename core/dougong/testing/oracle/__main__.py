"""`python -m dougong.testing.oracle`: compare for as long as one likes, with seeds of their own."""

from __future__ import annotations

import argparse
import contextlib
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from hypothesis.errors import Flaky

from dougong.testing.databases import Databases
from dougong.testing.oracle.comparison import Difference
from dougong.testing.oracle.documents import SKIPPED
from dougong.testing.oracle.oracle import Oracle, wanted
from dougong.testing.oracle.trials import oracle_of, try_examples
from dougong.testing.worlds import LiveWorld

EXAMPLES = 100
ROUNDS = 3


def main() -> None:
    """Run until the time is over; fails where a difference was found."""
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else SystemRandom().randrange(10**9)
    with TemporaryDirectory() as folder, Databases(Path(folder), "fuzz") as databases:
        world = LiveWorld(databases.clone(*asked.addons))
        oracle = oracle_of(world)
        found: list[str] = []
        with contextlib.suppress(KeyboardInterrupt):
            _run(oracle, seed, asked, found)
        said = _summary(oracle, seed, asked, found)
        oracle.close()
        world.close()
    sys.stdout.write(said)
    if asked.summary:
        asked.summary.write_text(said, "utf-8")
    sys.exit(bool(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addons", nargs="+", help="what is installed")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="the first; a random one unless given")
    parser.add_argument("--first", action="store_true", help="stop at the first difference")
    parser.add_argument("--failures", type=Path, default=Path(".cache/fuzz"))
    parser.add_argument("--summary", type=Path, help="where to write the summary")
    return parser.parse_args()


def _run(oracle: Oracle, seed: int, asked: argparse.Namespace, found: list[str]) -> None:
    """Compare until the time is over; what differs is told in `found`."""
    until = time.monotonic() + asked.minutes * 60
    number, records = 0, seed
    while time.monotonic() < until and not (found and asked.first):
        if number % ROUNDS == 0:
            records = seed + number
            oracle.renew(records)
        try:
            try_examples(oracle, seed + number, EXAMPLES, shrink=not asked.first)
        except (Difference, Flaky) as problem:
            parts = "".join(f"{one}\n" for one in getattr(problem, "exceptions", ()))
            said = f"records {records}, examples {seed + number}\n{problem}\n{parts}"
            found.append(said)
            asked.failures.mkdir(parents=True, exist_ok=True)
            (asked.failures / f"{seed + number}.txt").write_text(said, "utf-8")
            sys.stderr.write(said)
        number += 1


def _summary(oracle: Oracle, seed: int, asked: argparse.Namespace, found: list[str]) -> str:
    total = wanted(oracle.generation)
    missing = oracle.missing()
    ended = ", ".join(f"{code} {count}" for code, count in oracle.outcomes.most_common())
    return f"""# The planner against the plain resolvers

`make fuzz MINUTES={asked.minutes:g}` on {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()},
first seed {seed}, add-ons {", ".join(asked.addons)} with their bridges.

| | |
|---|---|
| requests compared | {sum(oracle.outcomes.values()):,} |
| different documents | {len(oracle.documents):,} |
| distinct shapes (constants, variables and aliases left out) | {len(oracle.shapes):,} |
| how they ended | {ended} |
| fields, arguments, conditions and orders resolved | {len(total) - len(missing)} of {len(total)} |
| never resolved | {", ".join(missing) or "none"} |
| differences | {len(found)} |

Not asked for: introspection, mutations, and {_skipped()}.
"""


def _skipped() -> str:
    return "; ".join(f"root fields `…{end}` ({why})" for end, why in SKIPPED.items())


if __name__ == "__main__":
    main()
