"""Looks for one leak: first as `make test` does, then with more effort, until the time is over."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from guarded_company import TOGETHER, guarded_pair

from dougong.testing.databases import Databases
from dougong.testing.two_worlds import (
    BRIEF,
    Effort,
    Leak,
    Pair,
    TwoWorlds,
    all_roles,
    few_roles,
    read_exceptions,
)
from dougong.testing.two_worlds.people import Roles

EXCEPTIONS = Path(__file__).parents[2] / "tests" / "composition" / "exceptions.toml"
LONGER = Effort(
    entities=3,
    sweeps=8,
    queries=4,
    mutations=10,
    judged=3,
    repeated=4,
    files=3,
    followed=3,
    changes=4,
)
"""For each set of roles, where what `make test` asks has not found it."""


class Company:
    """Two worlds of a company, and what was asked of them."""

    def __init__(self, name: str, pair: Pair, together: Sequence[Roles], folder: Path) -> None:
        self.name = name
        self.pair = pair
        self.checker = TwoWorlds(pair, folder, read_exceptions(EXCEPTIONS))
        self.brief = few_roles(pair.generation, *together)
        self.found = ""

    def look(
        self, sets: Sequence[Roles], efforts: Sequence[Effort], seed: int, until: float
    ) -> bool:
        """Ask with one set of roles after the other; whether the leak was found."""
        self.checker.renew(seed)
        for place, roles in enumerate(sets):
            if time.process_time() > until:
                break
            try:
                self.checker.check(roles, seed + place, efforts[place % len(efforts)])
            except Leak as leak:
                self.found = str(leak)
                return True
            if self.checker.broken:
                self.found = f"a mistake of the server's own: {self.checker.broken[0]}"
                return True
        return False

    @property
    def requests(self) -> int:
        """How often something was asked."""
        return sum(self.checker.asked.values())


def main() -> None:
    """Takes its arguments as JSON; prints what came of it, and to stderr how the leak was told."""
    asked = json.loads(sys.argv[1])
    with TemporaryDirectory() as folder, Databases(Path(folder), "hunt") as databases:

        def guarded() -> Company:
            pair = guarded_pair(databases, databases.copy_of(asked["guarded"]))
            return Company("guarded", pair, TOGETHER, Path(folder))

        def shipped() -> Company:
            pair = Pair.over(databases, databases.copy_of(asked["shipped"]))
            return Company("shipped", pair, (), Path(folder))

        sys.stdout.write(_hunted([guarded, shipped], asked["seed"], asked["seconds"]))


def _hunted(made: Sequence[Callable[[], Company]], seed: int, seconds: float) -> str:
    start, companies = time.process_time(), []
    try:
        for make in made:
            companies.append(make())
            if companies[-1].look(companies[-1].brief, BRIEF, seed, start + seconds):
                return _told(companies, "")
        for place, one in enumerate(companies):
            roles = all_roles(one.pair.generation)
            Random(seed).shuffle(roles)
            left = (start + seconds - time.process_time()) / (len(companies) - place)
            if one.look(roles, [LONGER], seed + 1, time.process_time() + left):
                return _told([one], ", with more effort")
        return f"not in {sum(one.requests for one in companies)}"
    finally:
        for one in companies:
            one.pair.close()


def _told(companies: Sequence[Company], how: str) -> str:
    last = companies[-1]
    sys.stderr.write(f"{last.found}\n")
    requests = sum(one.requests for one in companies)
    return f"{'broken' if last.checker.broken else 'found'} after {requests} ({last.name}{how})"


if __name__ == "__main__":
    main()
