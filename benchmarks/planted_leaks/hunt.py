"""Looks for one leak: first as `make test` does, then with more effort, until the time is over."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from guarded_company import SETS as OF_GUARDED
from guarded_company import guarded_pair
from test_two_worlds import SETS as OF_SHIPPED

from dougong.testing.databases import Databases
from dougong.testing.two_worlds import (
    BRIEF,
    Effort,
    Leak,
    Pair,
    TwoWorlds,
    all_roles,
)
from dougong.testing.two_worlds.people import Roles

LONGER = Effort(
    entities=3,
    sweeps=8,
    queries=4,
    mutations=10,
    judged=3,
    repeated=4,
    files=3,
    pointed=2,
    followed=3,
    changes=4,
)
"""For each set of roles, where what `make test` asks has not found it."""
FIRST = 4
"""With so many sets of roles the guarded company is asked before the shipped one."""


class Company:
    """Two worlds of a company, and what was asked of them."""

    def __init__(self, name: str, pair: Pair, brief: Sequence[Roles], folder: Path) -> None:
        self.name = name
        self.pair = pair
        self.checker = TwoWorlds(pair, folder)
        self.brief = list(enumerate(brief))
        self.found = ""

    def look(
        self, sets: Sequence[tuple[int, Roles]], efforts: Sequence[Effort], seed: int, until: float
    ) -> bool:
        """Ask with one set of roles after the other; whether the leak was found."""
        for place, roles in sets:
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
            return Company("guarded", pair, OF_GUARDED, Path(folder))

        def shipped() -> Company:
            pair = Pair.over(databases, databases.copy_of(asked["shipped"]))
            return Company("shipped", pair, OF_SHIPPED, Path(folder))

        sys.stdout.write(_hunted(guarded, shipped, asked["seed"], asked["seconds"]))


def _hunted(
    guarded: Callable[[], Company], shipped: Callable[[], Company], seed: int, seconds: float
) -> str:
    start = time.process_time()
    one = guarded()
    companies = [one]
    try:
        one.checker.renew(seed)
        if one.look(one.brief[:FIRST], BRIEF, seed, start + seconds):
            return _told(one, one.requests, "")
        other = shipped()
        companies.append(other)
        other.checker.renew(seed)
        for some, sets in ((other, other.brief), (one, one.brief[FIRST:])):
            if some.look(sets, BRIEF, seed, start + seconds):
                return _told(some, one.requests + other.requests, "")
        for some, share in ((one, 0.5), (other, 1.0)):
            roles = all_roles(some.pair.generation)
            Random(seed).shuffle(roles)
            roles = [*(one for _, one in some.brief), *roles]  # the most telling first, again
            some.checker.renew(seed + 1)
            left = (start + seconds - time.process_time()) * share
            if some.look(list(enumerate(roles)), [LONGER], seed + 1, time.process_time() + left):
                return _told(some, one.requests + other.requests, ", with more effort")
        return f"not in {one.requests + other.requests}"
    finally:
        for some in companies:
            some.pair.close()


def _told(last: Company, requests: int, how: str) -> str:
    sys.stderr.write(f"{last.found}\n")
    return f"{'broken' if last.checker.broken else 'found'} after {requests} ({last.name}{how})"


if __name__ == "__main__":
    main()
