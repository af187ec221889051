"""Putting a whole installation away, and bringing it back into another database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from tests.core.lifecycle.conftest import catalogue, contents, run, scalar
from tests.core.lifecycle.test_removal import PARTIES, TRICKY

from dougong.addons.archive import archives_in
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.plans import in_words
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.addons.state import Rows
from dougong.builtin.backup.recovering import recover
from dougong.builtin.backup.writing import LEFT_OUT, write_backup
from dougong.builtin.doctor.examining import examine
from dougong.builtin.jobs.queue import enqueue, those_waiting
from dougong.cli import main
from dougong.db.engine import open_database
from dougong.errors import SetupError
from dougong.testing.databases import Databases

PEOPLE = (
    "insert into dougong.unit (code, name, kind) values ('C', 'Company', 'COMPANY')",
    "insert into dougong.\"user\" (email, name) values ('a@b.example', 'Ann')",
    "insert into dougong.role_assignment (user_id, role) values (1, 'crm.seller')",
)
CUSTOMERS = (
    "insert into sales_order.customer_terms (id) select id from party.party",
    "insert into sales_order.customer_prices (id) select id from party.party",
)
"""What a customer has that was not created by its verb."""


@pytest.fixture
def company(opened: Callable[..., Engine], tmp_path: Path) -> Engine:
    """An installation with rows everywhere: installed, archived, kept; and a file."""
    engine = opened("sales_order", "crm")
    run(engine, *PEOPLE, PARTIES, *CUSTOMERS, TRICKY)
    home = tmp_path / "home"
    remove(engine, ["crm"], plan_remove(engine, ["crm"]).hash, home / "archives")
    restore(engine, ["crm"], home / "archives")
    (home / "files").mkdir()
    (home / "files" / "a.txt").write_text("uploaded")
    return engine


def rows_of_all(engine: Engine) -> dict[str, object]:
    """The rows of all schemas, without what a backup leaves out or a recovery changes."""
    found: dict[str, object] = {
        part: contents(engine, part) for part in load_generation(engine).parts
    }
    core = dict(contents(engine, "dougong"))
    for name in (*LEFT_OUT, "generation", "epoch", "addon"):
        del core[name]
    return {**found, "dougong": core}


def ask_for_jobs(engine: Engine) -> None:
    """Three: one that was done, one that waits, one for another day."""
    with engine.begin() as connection:
        done = enqueue(connection, "crm", "recycle", {"days": 1})
        enqueue(connection, "crm", "recycle", {"days": 2})
        enqueue(connection, "gone", "report", {}, datetime(2050, 1, 1, tzinfo=UTC))
        connection.execute(text("insert into dougong.job_done (job) values (:job)"), {"job": done})


def test_jobs_that_wait_are_asked_for_again_under_numbers_that_were_never_given(
    company: Engine, databases: Databases, tmp_path: Path
) -> None:
    ask_for_jobs(company)
    with company.begin() as connection:
        waits = those_waiting(connection)
    empty = open_database(databases.empty(), pool_size=4)
    write_backup(company, tmp_path / "home", tmp_path / "backup")

    recover(empty, tmp_path / "other", tmp_path / "backup")

    with empty.begin() as connection:
        assert those_waiting(connection) == waits
        assert enqueue(connection, "crm", "recycle", {}) > 3
    assert [one["args"]["form"] for one in waits] == [{"days": 2}, {}]
    empty.dispose()


@pytest.mark.parametrize("rows", list(Rows))
def test_a_plan_to_remove_counts_jobs_which_end_with_the_rows_alone(
    company: Engine, tmp_path: Path, rows: Rows
) -> None:
    ask_for_jobs(company)

    plan = plan_remove(company, ["crm"], rows=rows)
    remove(company, ["crm"], plan.hash, tmp_path / "home" / "archives", rows=rows)

    assert plan.jobs == {"crm.recycle": 2}
    ends = "are called off" if rows is Rows.DELETE else "wait until it returns"
    assert f"2 jobs crm.recycle {ends}." in in_words(plan)
    with company.begin() as connection:
        assert len(those_waiting(connection)) == (1 if rows is Rows.DELETE else 2)


@pytest.mark.parametrize("name", ["folder", "file.tar"])
def test_a_backup_brings_everything_back_into_another_database(
    company: Engine, databases: Databases, tmp_path: Path, name: str
) -> None:
    empty = open_database(databases.empty(), pool_size=4)
    written = write_backup(company, tmp_path / "home", tmp_path / name)

    done = recover(empty, tmp_path / "other", tmp_path / name)

    assert (done.rows, done.files) == (written.rows, written.files)
    assert rows_of_all(empty) == rows_of_all(company)
    assert catalogue(empty) == catalogue(company)
    assert (tmp_path / "other" / "files" / "a.txt").read_text() == "uploaded"
    assert len(archives_in(tmp_path / "other" / "archives")) == 1
    assert scalar(empty, "select count(*) from dougong.change") == 0
    assert [one for one in examine(empty) if one.weight == "error"] == []
    before = scalar(company, "select max(id) from crm.lead")
    run(empty, "insert into crm.lead (name, stage) values ('new', 'NEW')")
    assert scalar(empty, "select id from crm.lead where name = 'new'") == int(str(before)) + 1
    empty.dispose()


def test_what_was_kept_is_an_archive_after_a_recovery(
    opened: Callable[..., Engine], databases: Databases, tmp_path: Path
) -> None:
    engine = opened("crm")
    run(engine, PARTIES, TRICKY)
    before = contents(engine, "crm")
    plan = plan_remove(engine, ["crm"], rows=Rows.KEEP)
    remove(engine, ["crm"], plan.hash, tmp_path / "archives", rows=Rows.KEEP)
    write_backup(engine, tmp_path, tmp_path / "backup")
    empty = open_database(databases.empty(), pool_size=4)

    recover(empty, tmp_path / "other", tmp_path / "backup")
    restore(empty, ["crm"], tmp_path / "other" / "archives")

    assert contents(empty, "crm") == before
    empty.dispose()


def test_a_damaged_backup_is_refused_before_anything_is_written(
    company: Engine, databases: Databases, tmp_path: Path
) -> None:
    empty = open_database(databases.empty(), pool_size=4)
    untouched = catalogue(empty)
    backup = tmp_path / "backup"
    write_backup(company, tmp_path / "home", backup)

    def damaged(name: str, *path: str) -> Path:
        copy = Path(shutil.copytree(backup, tmp_path / name))
        copy.joinpath(*path).write_bytes(b"x")
        return copy

    archive = next((backup / "archives").iterdir()).name
    for folder in (
        damaged("rows", "crm.lead.csv.gz"),
        damaged("uploads", "files", "a.txt"),
        damaged("archived", "archives", archive, "crm.lead.csv.gz"),
        damaged("list", "files.json"),
        backup / "archives" / archive,
    ):
        with pytest.raises(SetupError, match=r"is damaged|is no backup"):
            recover(empty, tmp_path / "other", folder)

    assert catalogue(empty) == untouched
    assert not (tmp_path / "other").exists()
    empty.dispose()


def test_backup_and_recover_are_commands(
    opened: Callable[..., Engine], databases: Databases, tmp_path: Path
) -> None:
    engine = opened("party")
    url = engine.url.render_as_string(hide_password=False)

    def dougong(*words: str) -> str:
        done = CliRunner().invoke(main, [*words, "--home", str(tmp_path / "home")])
        return done.output

    wrote = dougong("backup", str(tmp_path / "one.tar"), "--database", url)
    again = dougong("backup", str(tmp_path / "one.tar"), "--database", url)
    taken = dougong("recover", str(tmp_path / "one.tar"), "--database", url)
    brought = dougong("recover", str(tmp_path / "one.tar"), "--database", databases.empty())

    assert "of 2 parts, 0 files. Code and configuration are not in it." in wrote
    assert "is there already. Fix: " in again
    assert "This database has an installation already. Fix: " in taken
    assert brought.startswith("Recovered ")
    assert [path.name for path in tmp_path.glob(".*")] == []
