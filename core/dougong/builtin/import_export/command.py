"""`dougong import`: records from a CSV or XLSX file."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any, Self

import click
from sqlalchemy import Engine

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.builtin.import_export.beside import ANYBODY, WORTH_IT, helped, portions
from dougong.builtin.import_export.bringing import Bringing
from dougong.builtin.import_export.guarding import guarded
from dougong.builtin.import_export.mapping import Columns, read_columns
from dougong.builtin.import_export.progress import Progress, problems_of, progress_of
from dougong.builtin.import_export.reading import Examined, TableFile, examine, opened
from dougong.builtin.import_export.run import (
    How,
    Imported,
    bad_rows,
    bring_all,
    taken_of,
)
from dougong.builtin.import_export.staging import first_rows, is_small, stage
from dougong.builtin.import_export.tables import CALLED_OFF, GOES_ON, ImportState
from dougong.builtin.import_export.values import Problem
from dougong.cli.installation import Installation, about_installation
from dougong.db.session import in_transaction
from dougong.errors import Refused, SetupError
from dougong.generation import Generation

FILE = click.Path(dir_okay=False, path_type=Path)
TOLD_EVERY = 0.5
"""Seconds between two looks at how far a large import has come."""


@click.command("import")
@click.argument("entity", required=False)
@click.argument("file", type=FILE, required=False)
@click.option("--as", "email", help="The user whose rights hold.")
@click.option("--columns", type=FILE, help="TOML: which column is which field.")
@click.option("--history", is_flag=True, help="Finished records, as they are, without reactions.")
@click.option("--then", metavar="STEP", help="Run this step on each new record.")
@click.option("--update", is_flag=True, help="Change records that are there, by their natural key.")
@click.option("--by", metavar="FIELD", help="With --update: by this field, or by id.")
@click.option("--dry-run", is_flag=True, help="Try every row, and write nothing.")
@click.option("--skip-bad", is_flag=True, help="Take the good rows where others are bad.")
@click.option("--bad", type=FILE, help="Write bad rows into this CSV file, and why.")
@click.option("--encoding", default="", help="utf-8, gb18030, utf-16; unless it is recognised.")
@click.option("--delimiter", default="", help="What is between two cells; unless recognised.")
@click.option("--resume", type=int, metavar="NUMBER", help="Go on with an import that was killed.")
@click.option(
    "--processes",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="How many do a large import side by side, where that is possible.",
)
@about_installation
def import_(
    installation: Installation,
    entity: str | None,
    file: Path | None,
    email: str | None,
    columns: Path | None,
    resume: int | None,
    dry_run: bool,
    bad: Path | None,
    processes: int,
    **options: Any,
) -> None:
    """Bring the rows of a FILE (CSV or XLSX) in as records of an ENTITY: all of them, or none.

    Columns that are called like fields, in English or Chinese, are taken; or what --columns says.
    A file of more than 5,000 rows goes in portions, and can be resumed.
    """
    from dougong.access.lookup import principal_named
    from dougong.addons.installed import load_generation

    engine = installation.engine(connections=3)
    generation = load_generation(engine)
    if resume is not None:
        done = go_on(engine, generation, ANYBODY, resume, processes)
    else:
        if entity is None or file is None or email is None:
            raise SetupError(
                "An import needs an entity, a file, and who brings it in.",
                fix="write dougong import Party parties.csv --as ann@example.com.",
            )
        how = _how(columns, options)
        who = principal_named(engine, email)
        done = run_import(
            engine, generation, who, entity, file, how, dry_run=dry_run, processes=processes
        )
    if bad is not None:
        write_problems(bad, done.problems)
    tell(done, dry_run=dry_run, bad=bad)


def _how(columns: Path | None, options: dict[str, Any]) -> How:
    history, then, update, by = (options.pop(n) for n in ("history", "then", "update", "by"))
    if history and (then or update):
        what = "--then runs a step" if then else "--update runs the update verb"
        ran = "none" if then else "no verb"
        raise SetupError(f"{what}, and --history runs {ran}.", fix="leave one of them out.")
    if by and not update:
        raise SetupError("--by says by what to find records to change.", fix="add --update.")
    return How(columns, history, then, (by or "") if update else None, **options)


def tell(done: Imported, *, dry_run: bool, bad: Path | None) -> None:
    """Say what came of an import; raises SetupError where rows were refused in a dry run."""
    if done.problems:
        said = bad_rows("", done.problems).params["rows"]
        click.echo(said, err=True)
    if done.slow:
        click.echo(f"Created one by one, for the sake of {', '.join(done.slow)}.", err=True)
    parts = [f"{done.rows} {done.entity} records"]
    parts += [f"changed {done.updated}"] if done.updated else []
    parts += [f"left {done.skipped} out"] if done.skipped else []
    parts += [f"refused {done.bad} rows"] if done.bad else []
    begins = "Would import" if dry_run else "Imported"
    where = f" (see {bad})" if bad and done.bad else ""
    click.echo(f"{begins} {', '.join(parts)}{where}.")
    if dry_run and done.bad:
        raise SystemExit(1)


def write_problems(path: Path, problems: Sequence[Problem]) -> None:
    """A report of what is wrong: line, column, value, and what to do."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["line", "column", "value", "problem"])
        for one in sorted(problems, key=lambda one: one.line):
            said = (one.column, one.value, one.message)
            sheet.writerow([one.line, *(text and guarded(text) for text in said)])


def run_import(
    engine: Engine,
    generation: Generation,
    who: Principal,
    entity: str,
    file: Path,
    how: How,
    *,
    dry_run: bool = False,
    processes: int = 1,
) -> Imported:
    """One import, with a progress bar; in one transaction, or in portions where it is large.

    Raises SetupError with the sentence.
    """
    try:
        found = examine(file, encoding=how.encoding)
        with opened(found, delimiter=how.delimiter) as table:
            first = first_rows(table.rows)
            if is_small(first):
                return _at_once(engine, generation, who, entity, found, table, first, how, dry_run)
            run = _staged(engine, generation, who, entity, found, table, first, how, dry_run)
        click.echo(f"Import {run}: if it is killed, go on with --resume {run}.", err=True)
        return go_on(engine, generation, who, run, processes)
    except Refused as refusal:
        said = "; ".join(generation.sentence(one) for one in refusal.several)
        raise SetupError(said, fix="correct that, and import again.") from refusal


def _bringing(ctx: Context, entity: str, table: TableFile, how: How) -> tuple[Bringing, Columns]:
    taken = taken_of(ctx, ctx.generation.entity_named(entity), how)
    columns = read_columns(how.mapping, table.header, taken)
    if columns.left:
        click.echo(f"Nothing is taken from {', '.join(columns.left)}.", err=True)
    return Bringing(ctx, taken, columns, table.header, how.then), columns


def _at_once(
    engine: Engine,
    generation: Generation,
    who: Principal,
    entity: str,
    found: Examined,
    table: TableFile,
    rows: list[tuple[int, list[str]]],
    how: How,
    dry_run: bool,
) -> Imported:
    with Bar(f"{entity:<16}", len(rows)) as bar:

        def work(ctx: Context) -> Imported:
            bringing, _ = _bringing(ctx, entity, table, how)
            return bring_all(bringing, found, rows, how, bar)

        return in_transaction(engine, generation, who, work, keep=not dry_run)


def _staged(
    engine: Engine,
    generation: Generation,
    who: Principal,
    entity: str,
    found: Examined,
    table: TableFile,
    first: list[tuple[int, list[str]]],
    how: How,
    dry_run: bool,
) -> int:
    bringing, columns = in_transaction(
        engine, generation, who, lambda ctx: _bringing(ctx, entity, table, how), keep=False
    )
    rows = chain(first, table.rows)
    return stage(engine, bringing, found, table.header, columns, rows, how, dry_run=dry_run)


def go_on(
    engine: Engine, generation: Generation, who: Principal, run: int, processes: int = 1
) -> Imported:
    """Do what is left of an import that waits in portions; raises SetupError, Refused.

    As many `processes` do it side by side, where it has many rows, and may be done so.
    """
    so_far, told = progress_of(engine, run), time.monotonic()
    if not so_far.side_by_side or so_far.steps - so_far.steps_done < WORTH_IT:
        processes = 1
    with Bar(f"{so_far.entity:<16}", so_far.steps) as bar, helped(engine, run, processes):
        for _ in portions(engine, generation, who, run):
            if time.monotonic() - told > TOLD_EVERY:
                bar(progress_of(engine, run).steps_done)
                told = time.monotonic()
    return _ended(engine, run)


def _ended(engine: Engine, run: int) -> Imported:
    over: Progress = progress_of(engine, run)
    problems = problems_of(engine, run)
    stopped = over.state is ImportState.FAILED or over.said == CALLED_OFF
    if over.state in GOES_ON or stopped:
        raise SetupError(
            f"Import {run} stopped: {over.said or over.state.lower()}",
            fix="put that right, and import what is not in yet.",
        )
    if over.state is ImportState.REFUSED and not over.dry_run:
        raise bad_rows(over.file, problems or [Problem(0, over.said or "")])
    tried = over.rows - over.skipped - over.bad - over.updated
    return Imported(
        over.entity,
        tried if over.dry_run else over.created,
        over.skipped,
        over.sha256,
        over.updated,
        tuple(problems),
        over.bad,
    )


class Bar:
    """A progress bar that appears with the first row that is done."""

    def __init__(self, label: str, length: int) -> None:
        self._label = label
        self._length = length
        self._open = ExitStack()
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int) -> None:
        """Show how far it is."""
        if self._bar is None:
            bar = click.progressbar(length=self._length, label=self._label, show_pos=True)
            self._bar = self._open.enter_context(bar)
        self._bar.update(done - self._done)
        self._done = done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._open.close()
