"""A command that is killed at any of its points leaves what was before, or what comes after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import catalogue, contents, run, scalar

from dougong.cli import main
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
Picture = tuple[list[str], dict[str, dict[str, tuple[int, str]]], object]


class Company:
    """A database with some records, and commands about it."""

    def __init__(self, databases: Databases, home: Path) -> None:
        self._databases = databases
        self._home = home

    def begin(self, *words: str) -> None:
        """Start anew with crm and five parties; `words` is a command that is run first."""
        self._home.mkdir(exist_ok=True)
        for folder in self._home.glob("archives/*"):
            folder.rename(self._home / f"old-{folder.name}")
        self.url = self._databases.clone("crm")
        self.engine = open_database(self.url, pool_size=None)
        run(self.engine, *RECORDS)
        if words:
            assert self.command(-1, *words)[0] == 0

    def command(self, dies_at: int, *words: str) -> tuple[int, list[str]]:
        """The exit code of a command, and the kinds of the points that it has reached."""
        if "--apply" in words:
            plan = self._run(-1, *words[: words.index("--apply")]).stdout
            words = (*words, plan.split("--apply ")[1].split()[0])
        done = self._run(dies_at, *words)
        points = [line for line in done.stderr.splitlines() if line.startswith("point: ")]
        return done.returncode, points

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

    def doctor(self) -> Result:
        """What any command would do first, and what the doctor says then."""
        where = ("--database", self.url, "--home", str(self._home))
        return CliRunner().invoke(main, ["doctor", *where])

    def picture(self) -> Picture:
        """The structure, every row of the parts, and what is installed."""
        names = str(
            scalar(self.engine, "select string_agg(name, ' ' order by name) from dougong.addon")
        )
        rows = {part: contents(self.engine, part) for part in names.split()}
        return catalogue(self.engine), rows, names


@pytest.mark.parametrize(
    ("first", "command"),
    [
        ((), ("install", "sales_order")),
        ((), ("remove", "crm", "--apply")),
        (("remove", "crm", "--apply"), ("restore", "crm")),
    ],
    ids=["install", "remove", "restore"],
)
def test_a_command_that_is_killed_leaves_before_or_after(
    databases: Databases, tmp_path: Path, first: tuple[str, ...], command: tuple[str, ...]
) -> None:
    company = Company(databases, tmp_path / "home")
    company.begin(*first)
    before = company.picture()
    code, points = company.command(-1, *command)
    after = company.picture()
    assert code == 0
    assert len(points) >= 3
    assert before != after

    for point, number in {kind: number for number, kind in enumerate(points)}.items():
        company.begin(*first)
        assert company.command(number, *command)[0] == -signal.SIGKILL
        assert company.doctor().exit_code == 0, point
        assert company.picture() in (before, after), point


def test_what_was_killed_can_be_done_again(
    databases: Databases, tmp_path: Path, opened: Callable[..., Engine]
) -> None:
    company = Company(databases, tmp_path / "home")
    company.begin()
    assert company.command(2, "install", "sales_order")[0] == -signal.SIGKILL

    assert company.command(-1, "install", "sales_order")[0] == 0

    assert catalogue(company.engine) == catalogue(opened("crm", "sales_order"))
