"""A command that is killed at any of its points leaves what was before, or what comes after."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue, contents, run, scalar

from dougong.db.engine import open_database
from dougong.testing.databases import Databases

DYING = Path(__file__).parent / "dying.py"
WHEN = "'2026-01-01', '2026-01-01'"
RECORDS = (
    f"""insert into party.party (kind, name, created_at, updated_at)
        select 'COMPANY', 'p' || n, {WHEN} from generate_series(1, 5) n""",
    f"""insert into crm.lead (name, stage, party_id, created_at, updated_at)
        select 'l' || n, 'NEW', n, {WHEN} from generate_series(1, 4) n""",
)
THINGS = """
    from dougong import Entity, Extension, link
    from dougong_party import Party
    from sqlalchemy.orm import Mapped, mapped_column

    class Thing%(n)s(Entity):
        '''A thing.'''
        name: Mapped[str]

    class Grade%(n)s(Extension[Party]):
        '''How good a party is.'''
        grade: Mapped[str] = mapped_column(default="?", server_default="?")
"""
MORE = """
    class Part%(n)s(Entity):
        '''A part of a thing.'''
        thing: Mapped[Thing%(n)s] = link()

    class Trust%(n)s(Extension[Party]):
        '''How far a party is trusted.'''
        trust: Mapped[int] = mapped_column(default=0, server_default="0")
"""
Picture = tuple[list[str], dict[str, dict[str, tuple[int, str]]], object, set[str]]


class Company:
    """A database with some records, and commands about it, each in a process of its own."""

    def __init__(self, databases: Databases, home: Path, *addons: str) -> None:
        """Five parties, and leads of four of them."""
        self._databases = databases
        self._home = home
        self._plans: dict[tuple[str, ...], str] = {}
        home.mkdir(exist_ok=True)
        self._begin_with(databases.clone(*addons))
        run(self.engine, *RECORDS[: len(addons)])

    def _begin_with(self, url: str) -> None:
        self.url = url
        self.engine = open_database(url, pool_size=None)

    def another(self) -> Company:
        """A copy of it: of its database, and of its archives."""
        self.engine.dispose()
        other = object.__new__(Company)
        other._databases, other._plans = self._databases, self._plans
        other._home = self._home.with_name(f"{self._home.name}+")
        shutil.rmtree(other._home, ignore_errors=True)
        shutil.copytree(self._home, other._home)
        other._begin_with(self._databases.copy_of(self.url))
        return other

    def command(self, dies_at: int, *words: str) -> tuple[int, list[str]]:
        """The exit code of a command, and the kinds of the points that it has reached."""
        if words[-1] == "--apply":
            if words not in self._plans:
                plan = self._run(-1, *words[:-1]).stdout
                self._plans[words] = plan.split("--apply ")[1].split()[0]
            words = (*words, self._plans[words])
        done = self._run(dies_at, *words)
        points = [line for line in done.stderr.splitlines() if line.startswith("point: ")]
        return done.returncode, points

    def do(self, *words: str) -> None:
        """A command that must succeed."""
        done, _ = self.command(-1, *words)
        assert done == 0, words

    def _run(self, dies_at: int, *words: str) -> subprocess.CompletedProcess[str]:
        where = ("--database", self.url, "--home", str(self._home))
        return subprocess.run(
            [sys.executable, str(DYING), str(dies_at), *words, *where],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def picture(self) -> Picture:
        """The structure, every row of the parts and of what is kept, what is installed and archived."""
        names = str(
            scalar(self.engine, "select string_agg(name, ' ' order by name) from dougong.addon")
        )
        kept = scalar(self.engine, "select string_agg(name || '~kept', ' ') from dougong.kept")
        rows = {part: contents(self.engine, part) for part in f"{names} {kept or ''}".split()}
        return catalogue(self.engine), rows, names, self._archived()

    def _archived(self) -> set[str]:
        """The files of complete archives, by what is in them."""
        return {
            f"{part['name']}.{table['name']} {table['rows']} {table['sha256']}"
            for file in self._home.glob("archives/[!.]*/manifest.json")
            for part in json.loads(file.read_text())["parts"]
            for table in part["tables"]
        }


def check_every_death(company: Company, *command: str, behind: bool = False) -> list[str]:
    """Kill a command at each kind of point; the next command finds before or after.

    The doctor finds no error, but before when the tables are `behind` their code.
    """
    before = company.picture()
    through = company.another()
    code, points = through.command(-1, *command)
    after = through.picture()
    assert code == 0
    assert before != after

    for point, number in {kind: number for number, kind in enumerate(points)}.items():
        dying = company.another()
        assert dying.command(number, *command)[0] == -signal.SIGKILL, point
        found, _ = dying.command(-1, "doctor")
        assert (dying.picture(), found) in ((before, int(behind)), (after, 0)), point
    return points


@pytest.mark.parametrize(
    ("first", "command"),
    [
        ((), ("install", "sales_order")),
        ((), ("remove", "crm", "--apply")),
        ((), ("remove", "crm", "--keep", "--apply")),
        ((), ("remove", "crm", "--delete", "--apply")),
        (("remove", "crm", "--apply"), ("restore", "crm")),
        (("remove", "crm", "--keep", "--apply"), ("restore", "crm")),
    ],
    ids=["install", "remove", "keep", "delete", "restore", "restore-kept"],
)
def test_a_command_that_is_killed_leaves_before_or_after(
    databases: Databases, tmp_path: Path, first: tuple[str, ...], command: tuple[str, ...]
) -> None:
    company = Company(databases, tmp_path / "home", "party", "crm")
    if first:
        company.do(*first)

    assert len(check_every_death(company, *command)) >= 3


@pytest.mark.parametrize("goes", [False, True], ids=["upgrade", "restore-newer"])
def test_an_upgrade_that_is_killed_leaves_before_or_after(
    databases: Databases, tmp_path: Path, throw_away: ThrowAway, goes: bool
) -> None:
    company = Company(databases, tmp_path / "home", "party")
    name = throw_away.name("things")
    package = throw_away.write(name, needs="party", entities=THINGS % {"n": name[6:]})
    company.do("migration", name, "First")
    company.do("install", name)
    run(company.engine, f"insert into {name}.thing{name[6:]} (name) values ('a'), ('b')")
    if goes:
        company.do("remove", name, "--apply")
    entities = textwrap.dedent(THINGS + MORE) % {"n": name[6:]}
    (throw_away.folder / package / "entities.py").write_text(entities)
    company.do("migration", name, "Second")

    points = check_every_death(company, "restore" if goes else "upgrade", name, behind=not goes)

    assert len(points) >= 3


def test_what_was_killed_can_be_done_again(
    databases: Databases, tmp_path: Path, opened: Callable[..., Engine]
) -> None:
    company = Company(databases, tmp_path / "home", "party", "crm")
    assert company.command(2, "install", "sales_order")[0] == -signal.SIGKILL

    company.do("install", "sales_order")

    assert catalogue(company.engine) == catalogue(opened("crm", "sales_order"))
