"""Importing over the API: a table that was uploaded, as records of an entity."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import insert, select, text

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.builtin.import_export.bringing import Bringing
from dougong.builtin.import_export.mapping import given_columns
from dougong.builtin.import_export.portions import advance
from dougong.builtin.import_export.progress import found_progress
from dougong.builtin.import_export.run import How, taken_of
from dougong.builtin.import_export.staging import PORTION, Plan
from dougong.builtin.import_export.tables import (
    ImportState,
    PortionState,
    import_run,
    import_upload,
)
from dougong.builtin.jobs.job import job
from dougong.errors import Invalid, SetupError
from dougong.verbs.action import action

MINE = select(import_upload).with_for_update(read=True)
PORTIONS = text(
    "insert into dougong.import_portion (run, number, state, count, lines) "
    "select :run, number, :state, count, lines from dougong.import_upload_part where upload = :upload"
)


@dataclass(frozen=True)
class ImportBegun:
    """An import that was begun, or is over already."""

    id: str
    """Its number: ask `imports` for what is wrong with which row, and how far it is."""
    state: str
    """How far it has come: an ImportState."""
    rows: int
    """How many rows the file has."""
    created: int
    """How many records are new."""
    updated: int
    """How many records were changed."""
    refused: int
    """How many rows were not taken."""


@action(needs=SIGNED_IN)
def import_records(
    ctx: Context,
    *,
    upload: str,
    entity: str,
    columns: dict[str, Any] | None = None,
    skip: dict[str, Any] | None = None,
    update: bool = False,
    by: str = "",
    then: str = "",
    history: bool = False,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> ImportBegun:
    """Bring the rows of a table that you have uploaded in as records: all of them, or none.

    Up to 500 rows are brought in at once; more of them by a worker, in portions.

    upload: The upload's number; it can be used again for a day.
    entity: What its rows become: `Party`.
    columns: By fields, the column that has its value, `{"name": "Company"}`, or more of it:
        `{"price": {"column": "list", "currency": "EUR"}}`; unless said, the header tells.
    skip: Rows to leave out: those that have this text in this column.
    update: Whether to change records that are there; else all are new.
    by: With update: the field by which they are found; unless said, the first natural key.
    then: A step that is run on each new record.
    history: Whether these are finished records, that come in as they are, without reactions.
    skip_bad: Whether to take the good rows where others are bad.
    dry_run: Whether to try every row, and write nothing.
    """
    found = ctx.session.execute(
        MINE.where(
            import_upload.c.id == _number(upload),
            import_upload.c.user_id == ctx.principal.user_id,
            import_upload.c.kept_until > ctx.now,
        )
    ).one_or_none()
    if found is None:
        raise Invalid("no_table", at="upload", id=upload[:80])
    if history and (then or update):
        raise Invalid("history_as_it_is", at="history")
    if by and not update:
        raise Invalid("by_without_update", at="by")
    if update and found.rows > PORTION and not (skip_bad or dry_run):
        raise Invalid("too_many_to_update", at="skipBad", most=PORTION)
    how = How(None, history, then or None, by if update else None, skip_bad)
    bringing, plan = _planned(ctx, entity, found, how, columns or {}, skip or {}, dry_run)
    run = _staged(ctx, bringing, plan, found)
    if found.rows > PORTION:
        ctx.later(go_on_with_import, run=run)
    else:
        while advance(ctx, run):
            pass
        ctx.session.execute(text("set local synchronous_commit to default"))
    with ctx.as_core():
        (so_far,) = found_progress(ctx.session.connection(), "r.id = :run", run=run)
    return ImportBegun(
        str(run), so_far.state, so_far.rows, so_far.created, so_far.updated, so_far.bad
    )


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else 0


def _planned(
    ctx: Context,
    entity: str,
    upload: Any,
    how: How,
    columns: dict[str, Any],
    skip: dict[str, Any],
    dry_run: bool,
) -> tuple[Bringing, Plan]:
    """How it is done; raises Refused for what is asked wrongly, or not for the asker."""
    try:
        taken = taken_of(ctx, ctx.generation.entity_named(entity), how)
        mapped = given_columns(columns, skip, upload.header, taken)
    except SetupError as problem:
        raise Invalid("bad_columns", at="columns", why=str(problem)) from None
    bringing = Bringing(ctx, taken, mapped, upload.header, how.then)
    plan = Plan(
        upload.header,
        mapped.kept(),
        how.history,
        taken.update,
        how.then,
        how.skip_bad,
        dry_run,
    )
    return bringing, plan


def _staged(ctx: Context, bringing: Bringing, plan: Plan, upload: Any) -> int:
    """Keep the rows as portions of an import; its number.

    One portion need not be tried before: what is wrong with it undoes all that there is.
    """
    one = upload.rows <= PORTION
    checks = plan.dry_run or not (plan.skip_bad or one)
    checked = one and not checks and not plan.skip_bad
    new = insert(import_run).values(
        entity=bringing.entity.__name__,
        file=upload.file,
        sha256=upload.sha256,
        user_id=ctx.principal.user_id,
        how=asdict(plan),
        state=ImportState.CHECKING if checks else ImportState.WRITING,
        rows=upload.rows,
    )
    with ctx.as_core():
        run = int(ctx.session.execute(new.returning(import_run.c.id)).scalar_one())
        state = PortionState.CHECKED if checked else PortionState.WAITING
        ctx.session.execute(PORTIONS, {"run": run, "state": state, "upload": upload.id})
    return run


@job
def go_on_with_import(ctx: Context, *, run: int) -> None:
    """The next portion of an import, and then a job for the one after it."""
    if advance(ctx, run):
        ctx.later(go_on_with_import, run=run)
