"""Files that are too large for one transaction: in portions, all or nothing, resumed after a kill."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from dougong.access.lookup import principal_named
from dougong.access.principal import Principal
from dougong.addons.installed import load_generation
from dougong.builtin.import_export.command import _bringing, go_on
from dougong.builtin.import_export.graphql import cancel_import, resume_import
from dougong.builtin.import_export.portions import advance
from dougong.builtin.import_export.progress import problems_of, progress_of
from dougong.builtin.import_export.reading import examine, opened
from dougong.builtin.import_export.run import How
from dougong.builtin.import_export.staging import ONE_TRANSACTION, PORTION, stage
from dougong.builtin.import_export.tables import ImportState
from dougong.builtin.jobs.queue import enqueue
from dougong.builtin.jobs.running import run_job
from dougong.cli import main
from dougong.db.engine import open_database
from dougong.db.session import WriteSession, in_transaction
from dougong.errors import Refused
from dougong.testing.jobs import do_jobs

ROWS = ONE_TRANSACTION + 1_500
NOBODY = Principal(None, "test", frozenset())


class Office:
    """A database with parties, and somebody who brings files in."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.engine = open_database(url)
        self.run("user", "add", "ann@test.example", "--role", "dougong.administrator")
        self.generation = load_generation(self.engine)

    def run(self, *arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            main, [*arguments, "--database", self.url], env={"DOUGONG_PASSWORD": "correct horse"}
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    def bring(self, file: Path, *options: str) -> tuple[int, str]:
        return self.run("import", "Party", str(file), "--as", "ann@test.example", *options)

    def file(self, *last: str, rows: int = ROWS) -> Path:
        path = self.folder / "parties.csv"
        lines = ["name,code", *(f"Party {n},C{n}" for n in range(rows)), *last]
        path.write_text("\n".join(lines))
        return path

    def staged(self, file: Path, **how: Any) -> int:
        who = principal_named(self.engine, "ann@test.example")
        asked = How(**how)
        with opened(examine(file)) as table:
            bringing, columns = in_transaction(
                self.engine, self.generation, who,
                lambda ctx: _bringing(ctx, "Party", table, asked), keep=False,
            )  # fmt: skip
            return stage(
                self.engine, bringing, examine(file), table.header, columns, table.rows, asked
            )

    def step(self, run: int) -> bool:
        return in_transaction(self.engine, self.generation, NOBODY, lambda ctx: advance(ctx, run))

    def count(self, table: str, where: str = "true") -> int:
        with self.engine.connect() as connection:
            return int(
                connection.execute(text(f"select count(*) from {table} where {where}")).scalar_one()
            )


@pytest.fixture
def office(databases: Any, tmp_path: Path) -> Any:
    office = Office(databases.clone("party"), tmp_path)
    yield office
    office.engine.dispose()


def test_a_large_file_comes_in_whole(office: Office) -> None:
    code, said = office.bring(office.file())

    assert (code, said.splitlines()[-1]) == (0, f"Imported {ROWS} Party records.")
    assert office.count("party.party") == ROWS
    assert office.count("dougong.event", "verb = 'party.party.create'") == ROWS
    assert office.count("dougong.event", "verb = 'dougong.import'") == 1
    assert office.count("dougong.change", "entity = 'party.party' and what = 'CREATED'") == ROWS


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("Twin,C5999", "code: Another Party already has this code."),
        (",X", f"line {ROWS + 2}: name: is empty"),
    ],
    ids=["refused as it is tried", "not a value"],
)
def test_of_a_large_file_with_a_bad_row_nothing_is_left(
    office: Office, last: str, words: str
) -> None:
    code, said = office.bring(office.file(last))

    assert code == 1
    assert words in said
    assert "Fix:" in said
    assert office.count("party.party") == 0


def test_a_row_that_is_refused_only_as_it_is_written_undoes_those_before_it(
    office: Office,
) -> None:
    code, said = office.bring(office.file("Twin,C7"))

    assert code == 1
    assert "Another Party already has this code" in said
    assert office.count("party.party") == 0
    assert office.count("dougong.event", "verb = 'party.party.delete'") >= ONE_TRANSACTION


def test_good_rows_come_in_where_that_is_asked_for_and_bad_ones_are_reported(
    office: Office,
) -> None:
    report = office.folder / "bad.csv"
    file = office.file("Twin,C7", ",Y", "=1+1,=2+2")

    code, said = office.bring(file, "--skip-bad", "--bad", str(report))

    assert (code, office.count("party.party")) == (0, ROWS + 1)
    assert f"Imported {ROWS + 1} Party records, refused 2 rows (see {report})." in said
    assert report.read_text("utf-8-sig").splitlines() == [
        "line,column,value,problem",
        f"{ROWS + 2},code,,Another Party already has this code.",
        f'{ROWS + 3},name,,"is empty, but must have a value"',
    ]


def test_a_dry_run_writes_nothing(office: Office) -> None:
    code, said = office.bring(office.file(), "--dry-run")

    assert (code, said.splitlines()[-1]) == (0, f"Would import {ROWS} Party records.")
    assert office.count("party.party") == 0
    assert office.count("dougong.event", "verb <> 'dougong.user.create'") == 0


def test_an_import_that_was_killed_goes_on_where_it_was(office: Office) -> None:
    run = office.staged(office.file(), skip_bad=True)
    assert all(office.step(run) for _ in range(3))
    before = office.count("party.party")

    code, said = office.run("import", "--resume", str(run))

    assert (before, office.count("party.party"), code) == (3 * PORTION, ROWS, 0)
    assert f"Imported {ROWS} Party records." in said
    assert progress_of(office.engine, run).state is ImportState.DONE
    assert not office.step(run)


def test_a_job_goes_on_with_an_import_one_portion_each(office: Office) -> None:
    run = office.staged(office.file(), skip_bad=True)
    with WriteSession(office.engine) as session, session.begin():
        enqueue(session, "dougong", "go_on_with_import", {"run": run}, None)
    done = 0
    while True:
        with office.engine.connect() as connection:
            found = connection.execute(
                text("select max(id), count(*) from procrastinate.procrastinate_jobs")
            ).one()
        if found.count == done:
            break
        done = found.count
        args = {"addon": "dougong", "name": "go_on_with_import", "form": {"run": run}}
        for _ in range(2):  # once, however often it is tried
            run_job(office.engine, office.generation, found.max, args, 0)

    assert office.count("party.party") == ROWS
    assert done == -(-ROWS // PORTION) + 1
    with office.engine.connect() as connection:
        who = connection.execute(
            text("select distinct actor from dougong.event where verb like 'party.%'")
        )
        assert who.scalars().all() == ["ann"]


def test_rights_that_are_taken_away_meanwhile_end_an_import(office: Office) -> None:
    run = office.staged(office.file(), skip_bad=True)
    office.step(run)
    with office.engine.begin() as connection:
        connection.execute(text("update dougong.user set active = false"))

    assert not office.step(run)

    over = progress_of(office.engine, run)
    assert (over.state, over.said) == (ImportState.FAILED, "Sign in first.")
    assert office.count("party.party") == PORTION
    assert problems_of(office.engine, run) == []
    with pytest.raises(Exception, match=r"Sign in first.*Fix:"):
        go_on(office.engine, office.generation, NOBODY, run)


def test_rights_that_are_taken_away_undo_what_is_all_or_nothing(office: Office) -> None:
    run = office.staged(office.file())
    while progress_of(office.engine, run).done == 0:
        assert office.step(run)
    with office.engine.begin() as connection:
        connection.execute(text("update dougong.user set active = false"))

    while office.step(run):
        pass

    over = progress_of(office.engine, run)
    assert (over.state, over.said) == (ImportState.REFUSED, "Sign in first.")
    assert office.count("party.party") == 0


def as_ann(office: Office, action: Any, run: int) -> Any:
    """What an action says to who began the import."""
    ann = principal_named(office.engine, "ann@test.example")
    return in_transaction(
        office.engine, office.generation, ann, lambda ctx: action(ctx, id=str(run))
    )


def test_a_worker_goes_on_with_an_import_that_was_interrupted(office: Office) -> None:
    run = office.staged(office.file(), skip_bad=True)
    assert office.step(run)

    assert as_ann(office, resume_import, run).state == "WRITING"
    do_jobs(office.engine, office.generation)

    assert office.count("party.party") == ROWS
    assert progress_of(office.engine, run).state is ImportState.DONE
    assert as_ann(office, resume_import, run).state == "DONE"
    assert do_jobs(office.engine, office.generation) == []


def test_a_worker_takes_back_what_is_cancelled_halfway(office: Office) -> None:
    run = office.staged(office.file())
    while not office.count("party.party"):
        assert office.step(run)

    assert as_ann(office, cancel_import, run).state == "UNDOING"
    do_jobs(office.engine, office.generation)

    assert office.count("party.party") == 0
    assert progress_of(office.engine, run).state is ImportState.CANCELLED


def test_nobody_goes_on_with_or_cancels_somebody_elses_import(office: Office) -> None:
    run = office.staged(office.file(), skip_bad=True)
    office.run("user", "add", "eve@test.example", "--role", "dougong.administrator")
    eve = principal_named(office.engine, "eve@test.example")

    for action in (resume_import, cancel_import):
        with pytest.raises(Refused, match="no_import"):
            in_transaction(
                office.engine, office.generation, eve, lambda ctx, do=action: do(ctx, id=str(run))
            )
