"""`python -m dougong.testing.two_worlds`: ask for as long as one likes, of other records each time."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import count, islice
from pathlib import Path
from pkgutil import resolve_name
from random import SystemRandom
from tempfile import TemporaryDirectory

from dougong.testing.databases import Databases
from dougong.testing.two_worlds.answers import Leak
from dougong.testing.two_worlds.checker import BRIEF, Effort, TwoWorlds, all_roles, roles_in_turn
from dougong.testing.two_worlds.exceptions import read_exceptions
from dougong.testing.two_worlds.pair import Pair

THOROUGH = Effort(
    entities=8,
    sweeps=18,
    queries=30,
    mutations=60,
    judged=8,
    files=4,
    pointed=4,
    exported=4,
    followed=8,
    changes=12,
)
SETS = 8
"""How many sets of roles ask about the same records."""


def main() -> None:
    """Run until the time is over; fails where something leaked."""
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else SystemRandom().randrange(10**9)
    declared = read_exceptions(asked.exceptions) if asked.exceptions else ()
    with TemporaryDirectory() as folder, Databases(Path(folder), "worlds") as databases:
        pair = asked.company(databases) if asked.company else Pair.of(databases, *asked.addons)
        try:
            checker = TwoWorlds(pair, Path(folder), declared)
            driven: set[str] = set()
            leaks = _run(checker, seed, asked, driven)
            roles = {name for one in all_roles(checker.generation) for name in one or ()}
        finally:
            pair.close()
    said = ", ".join(f"{what} {times:,}" for what, times in checker.asked.items())
    sys.stdout.write(
        f"Two worlds, first seed {seed}: {said}. Roles: {len(driven)} of {len(roles)}, missed: "
        f"{', '.join(sorted(roles - driven)) or 'none'}. Exceptions that were never needed: "
        f"{', '.join(checker.exceptions.unused) or 'none'}. Leaks: {leaks}.\n"
    )
    sys.exit(bool(leaks or checker.broken))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addons", nargs="*", help="what is installed")
    company = "instead of add-ons, MODULE:FUNCTION: it takes Databases and returns a Pair"
    parser.add_argument("--company", type=resolve_name, help=company)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="the first; a random one unless given")
    parser.add_argument("--exceptions", type=Path, help="what else may be told, a TOML file")
    parser.add_argument("--failures", type=Path, default=Path(".cache/fuzz"))
    return parser.parse_args()


def _run(checker: TwoWorlds, first: int, asked: argparse.Namespace, driven: set[str]) -> int:
    """Ask until the time is over; how often something leaked. The roles are `driven`."""
    until, leaks, broken = time.monotonic() + asked.minutes * 60, 0, 0
    turns = roles_in_turn(checker.generation, first)
    once = sum(1 for one in all_roles(checker.generation) if one and len(one) == 1) // 2 + 1
    for seed in count(first):
        checker.renew(seed)
        for place, some in enumerate(islice(turns, SETS)):
            if time.monotonic() > until:
                return leaks
            driven.update(some or ())
            said = ""
            try:
                brief = seed * SETS + place < first * SETS + once  # until each role was asked with
                checker.check(some, seed + place, BRIEF[place % 2] if brief else THOROUGH)
            except Leak as leak:
                leaks += 1
                said = f"records {seed}\n{leak}\n"
            said += "".join(
                f"a mistake of the server's own\n{one}\n" for one in checker.broken[broken:]
            )
            broken = len(checker.broken)
            if said:
                asked.failures.mkdir(parents=True, exist_ok=True)
                (asked.failures / f"worlds-{seed}-{leaks}.txt").write_text(said, "utf-8")
                sys.stderr.write(said)
    return leaks


if __name__ == "__main__":
    main()
