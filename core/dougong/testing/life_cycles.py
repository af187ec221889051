"""Random lives of an installation: add-ons come, are used, go and come back, in any order.

`python -m dougong.testing.life_cycles ADDON...` tries them for as long as one likes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from dougong.addons.discovery import parts_of
from dougong.addons.install import install
from dougong.addons.installed import load_generation, prepare
from dougong.addons.leaving import plan_remove
from dougong.addons.rehearsal import with_needs
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.addons.state import Rows
from dougong.db.catalogue import tables_of
from dougong.db.engine import open_database
from dougong.db.naming import CORE
from dougong.entity.model import model_of
from dougong.testing.databases import Databases
from dougong.testing.oracle.rows import Filling
from dougong.testing.round_trip import catalogue, check_same

Contents = Mapping[str, Counter[str]]
"""The rows of a part as text, by table."""
STEPS = 12


@dataclass(frozen=True)
class Away:
    """A part as it was when it was removed."""

    rows: Contents
    beside: Mapping[str, int]
    """Which lives of what it needs its rows refer to."""
    kept: bool
    """Whether its rows are kept in the database; if not, in an archive."""

    @property
    def empty(self) -> bool:
        """Whether it has no rows."""
        return not any(rows.total() for rows in self.rows.values())


class LifeCycles(RuleBasedStateMachine):
    """One installation. After each change the database is compared with what it should be."""

    databases: ClassVar[Databases]
    addons: ClassVar[Sequence[str]]
    reference: ClassVar[Mapping[str, list[str]]]
    done: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self.engine = open_database(self.databases.clone(), pool_size=4)
        prepare(self.engine)
        self.lives: dict[str, int] = {}
        """The parts that are installed; the number rises when one begins empty again."""
        self.begun = 0
        self.away: dict[str, list[Away]] = {}
        """What could be restored of each part, the newest last."""

    @property
    def installed(self) -> list[str]:
        """The add-ons that are there, without the bridges."""
        return [name for name in self.addons if name in self.lives]

    @property
    def absent(self) -> list[str]:
        """The add-ons that are not there."""
        return [name for name in self.addons if name not in self.lives]

    @precondition(lambda self: self.absent)
    @rule(data=st.data())
    def install(self, data: Any) -> None:
        """One more, empty, with what it needs; nobody else's rows change."""
        name = data.draw(st.sampled_from(self.absent))
        before = self._rows()
        install(self.engine, [name])
        self._begin(self._parts({*self.installed, name}))
        self._check("install", {**before, **{part: {} for part in self.lives.keys() - before}})

    @precondition(lambda self: self.installed)
    @rule(number=st.integers(0, 2**32))
    def use(self, number: int) -> None:
        """More records of everything."""
        generation = load_generation(self.engine)
        with self.engine.begin() as connection:
            filling = Filling(connection, generation, Random(number), (1, 2, 4))  # noqa: S311 - not for secrets
            for entity in generation.models:
                filling.fill(entity)
        self.done["use"] += 1

    @precondition(lambda self: self.installed)
    @rule(data=st.data())
    def remove(self, data: Any) -> None:
        """One, with those that need it, to an archive; the others' rows stay."""
        self._remove(data.draw(st.sampled_from(self.installed)), Rows.ARCHIVE)

    @precondition(lambda self: self._keepable())
    @rule(data=st.data())
    def keep(self, data: Any) -> None:
        """The same, but its rows stay in the database."""
        self._remove(data.draw(st.sampled_from(self._keepable())), Rows.KEEP)

    def _remove(self, name: str, rows: Rows) -> None:
        names = self._with_dependents(name)
        before = self._rows()
        plan = plan_remove(self.engine, names, rows=rows)
        assert set(plan.names) == self._leaving(name), plan.names
        remove(self.engine, names, plan.hash, Path(self._folder.name), rows=rows)
        for part in plan.names:
            gone = Away(before.pop(part), self._beside(part), kept=rows is Rows.KEEP)
            self.away.setdefault(part, []).append(gone)
        for part in plan.names:
            del self.lives[part]
        self._check("keep" if rows is Rows.KEEP else "remove", before)

    @precondition(lambda self: self._restorable())
    @rule(data=st.data())
    def restore(self, data: Any) -> None:
        """What was removed and still fits comes back, row for row; the others' rows stay."""
        names = data.draw(st.sampled_from(self._restorable()))
        expected = dict(self._rows())
        new = self._parts({*self.installed, *names}) - self.lives.keys()
        restore(self.engine, names, Path(self._folder.name), as_it_was=True)
        for part in new:
            back = self.away[part][-1] if part in self.away else None
            expected[part] = back.rows if back else {}
            if back:
                self.lives[part] = back.beside[part]
            if back and back.kept:  # an archive stays
                self._forget(part)
        self._begin(new)
        self._check("restore", expected)

    def teardown(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
        self._folder.cleanup()

    # What should be -------------------------------------------------------------------------

    def _parts(self, addons: set[str]) -> set[str]:
        return {part.name for part in parts_of(with_needs(sorted(addons)))} - {CORE}

    def _begin(self, parts: set[str]) -> None:
        for part in parts - self.lives.keys():
            self.begun += 1
            self.lives[part] = self.begun

    def _beside(self, part: str) -> dict[str, int]:
        """The lives of what a part refers to, and its own."""
        found = set().union(*(with_needs([side]) for side in part.split("__")))
        return {name: self.lives[name] for name in {*found, part}}

    def _with_dependents(self, name: str) -> list[str]:
        return [one for one in self.installed if name in with_needs([one])]

    def _leaving(self, name: str) -> set[str]:
        """The parts that go with an add-on: those of its dependents, and all bridges to them."""
        gone = set(self._with_dependents(name))
        return {part for part in self.lives if gone & {*part.split("__")}}

    def _keepable(self) -> list[str]:
        """The add-ons of whose parts nothing is kept already: there is one place for each."""
        taken = {part for part, some in self.away.items() if any(one.kept for one in some)}
        return [name for name in self.installed if not self._leaving(name) & taken]

    def _restorable(self) -> list[tuple[str, ...]]:
        """What can come back with all its rows, each with what it needs and is absent too."""
        wanted = [
            tuple(one for one in with_needs([name]) if one not in self.lives)
            for name in self.absent
        ]
        return [names for names in dict.fromkeys(wanted) if self._fits(names)]

    def _fits(self, names: Sequence[str]) -> bool:
        """Whether rows are there, no doubt which, and they refer to what will be there."""
        new = self._parts({*self.installed, *names}) - self.lives.keys()
        back = {part: self.away[part] for part in new if self.away.get(part)}
        lives = {**self.lives, **{part: some[-1].beside[part] for part, some in back.items()}}
        return (
            all(name in back for name in names)
            and not any(_in_doubt(some) for some in back.values())
            and all(
                lives.get(other) == life
                for some in back.values()
                for other, life in some[-1].beside.items()
            )
        )

    def _forget(self, part: str) -> None:
        """What was kept is back: there is nothing of it to restore."""
        self.away[part].pop()
        if not self.away[part]:
            del self.away[part]

    # What is --------------------------------------------------------------------------------

    def _rows(self) -> dict[str, Contents]:
        return {part: self._contents(part) for part in self.lives}

    def _contents(self, schema: str) -> Contents:
        with self.engine.connect() as connection:
            return {
                one.name: Counter(connection.scalars(text(f"select t::text from {one.quoted} t")))
                for one in tables_of(connection, schema)
            }

    def _check(self, what: str, expected: Mapping[str, Contents]) -> None:
        """Tables as in a fresh installation; each part's rows as expected, no more and no less.

        A record that was made while its extension was away has an extension row of its own now.
        What is kept stays as it was.
        """
        self.done[what] += 1
        fresh = [line for part in ("", *self.lives) for line in self.reference[part]]
        there = [one for one in catalogue(self.engine) if not one.split(":")[0].endswith("~kept")]
        check_same(f"{what}: catalogue", there, fresh)
        for part, some in self.away.items():
            for one in some:
                assert not one.kept or self._contents(f"{part}~kept") == one.rows, f"{part}~kept"
        extensions = set(self._extensions())
        for part, tables in self._rows().items():
            for table, rows in tables.items():
                known = expected[part].get(table, Counter())
                surplus = rows - known if (part, table) not in extensions else Counter()
                missing = known - rows
                assert not missing, f"{what}: {part}.{table} lost {missing}"
                assert not surplus, f"{what}: {part}.{table} also has {surplus}"

    def _extensions(self) -> Iterator[tuple[str, str]]:
        generation = load_generation(self.engine)
        for some in generation.extensions.values():
            for one in some:
                yield model_of(one).addon, one.__table__.name


def _in_doubt(some: Sequence[Away]) -> bool:
    """Whether the newest is an archive without rows, and an older one has some: nobody restores."""
    archives = [one for one in some if not one.kept]
    return not some[-1].kept and some[-1].empty and not all(one.empty for one in archives)


def lives_on(databases: Databases, addons: Sequence[str]) -> type[LifeCycles]:
    """The machine for some add-ons, on databases of its own."""
    engine = open_database(databases.shared(*addons), pool_size=None)
    with engine.connect() as connection:
        parts = connection.scalars(text("select name from dougong.addon")).all()
    reference: dict[str, list[str]] = {part: [] for part in ("", *parts)}
    for line in catalogue(engine):
        schema = line.split(":", maxsplit=1)[0]
        reference[schema if schema in parts else ""].append(line)
    engine.dispose()
    chosen = {"databases": databases, "addons": tuple(addons), "reference": reference}
    return type("Lives", (LifeCycles,), {**chosen, "done": Counter()})


def try_lives(machine: type[LifeCycles], number: int, lives: int) -> None:
    """Run so many random lives; the same for the same number. Raises what was found."""
    chosen = settings(
        max_examples=lives,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a life is short enough to be read as it is
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(seed(number)(machine), settings=chosen)


def main() -> None:
    """Run until the time is over; the first difference ends it, with the seed that shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addons", nargs="+", help="what comes and goes")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="the first; a random one unless given")
    asked = parser.parse_args()
    number = asked.seed if asked.seed is not None else SystemRandom().randrange(10**9)
    until = time.monotonic() + asked.minutes * 60
    with TemporaryDirectory() as folder, Databases(Path(folder), "fuzz") as databases:
        lives = lives_on(databases, asked.addons)
        while time.monotonic() < until:
            sys.stdout.write(f"seed {number}\n")
            try_lives(lives, number, 1)
            number += 1
    sys.stdout.write(f"No difference: {dict(lives.done)}\n")


if __name__ == "__main__":
    main()
