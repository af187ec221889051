"""Imports as the API shows them: how far each has come, what is wrong, and how to stop one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import text

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.builtin.import_export.exports import export_records
from dougong.builtin.import_export.importing import go_on_with_import, import_records
from dougong.builtin.import_export.progress import Progress, found_progress
from dougong.builtin.import_export.signing import REFUSED, address_for
from dougong.builtin.import_export.tables import CALLED_OFF, GOES_ON, ImportState
from dougong.builtin.import_export.uploads import begin_import_upload, sweep_tables
from dougong.errors import Invalid, Refused
from dougong.verbs.action import action
from dougong.verbs.query import query

__all__ = [
    "begin_import_upload",
    "cancel_import",
    "export_records",
    "go_on_with_import",
    "import_records",
    "imports",
    "resume_import",
    "sweep_tables",
]


@strawberry.type
class ImportProblem:
    """What is wrong with a row of a file."""

    line: int
    """The line of the file on which the row starts."""
    column: str
    """The column that is to blame; empty where it is the row."""
    value: str
    """What stands there, its beginning where it is long."""
    message: str
    """Why it was not taken, and what to do."""


@strawberry.type
class ImportRun:
    """A file that is being brought in, in portions; all numbers count rows."""

    id: str
    """Its number, by which it is asked for and cancelled."""
    entity: str
    """What its rows become."""
    file: str
    """What the file is called."""
    state: ImportState
    """How far it has come: first all rows are tried, then they are written."""
    rows: int
    """How many the file has."""
    tried: int
    """How many have been tried."""
    written: int
    """How many have been written."""
    created: int
    """How many records are new."""
    updated: int
    """How many records were changed."""
    refused: int
    """How many rows were not taken."""
    dry_run: bool
    """Whether rows are only tried: then it ends CANCELLED where all are good, else REFUSED."""
    began_at: datetime
    """When it was begun."""
    ended_at: datetime | None
    """When it ended."""
    said: str | None
    """Why it ended, where it could not be done."""
    problems: list[ImportProblem]
    """What is wrong with the first hundred rows that were not taken."""
    refused_url: str | None
    """Where these rows can be downloaded for some minutes, as CSV with what is wrong with each."""


@query(needs=SIGNED_IN)
def imports(ctx: Context, *, id: str | None = None) -> list[ImportRun]:
    """The imports that you have begun, the latest first.

    id: Only this one.
    """
    mine: dict[str, Any] = {"me": ctx.principal.user_id}
    where = "r.user_id = :me"
    if id is not None:
        where, mine["run"] = f"{where} and r.id = :run", _number(id)
    with ctx.as_core():
        connection = ctx.session.connection()
        found = found_progress(connection, where, **mine)
        return [_shown(ctx, one, connection) for one in found]


def _shown(ctx: Context, one: Progress, connection: Any) -> ImportRun:
    wrong = text(
        "select one from dougong.import_portion p, jsonb_array_elements(p.problems) one "
        "where p.run = :run order by p.number limit 100"
    )
    rows: Sequence[Any] = connection.execute(wrong, {"run": one.id}).all() if one.bad else ()
    return ImportRun(
        id=str(one.id),
        entity=one.entity,
        file=one.file,
        state=one.state,
        rows=one.rows,
        tried=one.checked,
        written=one.done,
        created=one.created,
        updated=one.updated,
        refused=one.bad,
        dry_run=one.dry_run,
        began_at=one.began_at,
        ended_at=one.ended_at,
        said=one.said,
        problems=[ImportProblem(**row.one) for row in rows],
        refused_url=address_for(ctx, REFUSED, one.id) if one.bad else None,
    )


def _number(given: str) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise Invalid("no_import", at=("id",), id=given[:80])
    return int(given)


@dataclass(frozen=True)
class ImportChanged:
    """What became of an import."""

    id: str
    """Its number."""
    state: str
    """How far it has come now: an ImportState."""


CANCEL = text(
    "update dougong.import_run set state = case when state = 'WRITING' "
    "and not coalesce((how->>'skip_bad')::boolean, false) then 'UNDOING' else 'CANCELLED' end, "
    f"ended_at = now(), said = '{CALLED_OFF}' "
    "where id = :run and user_id = :me and state in ('CHECKING', 'WRITING') returning state"
)


STATE = text("select state from dougong.import_run where id = :run and user_id = :me for update")


@action(needs=SIGNED_IN)
def cancel_import(ctx: Context, *, id: str) -> ImportChanged:
    """Stop an import that you have begun.

    Where it is all or nothing, what is in is taken out again; else good rows that are in stay.

    id: Its number.
    """
    given = {"run": _number(id), "me": ctx.principal.user_id}
    state = ctx.session.execute(CANCEL, given).scalar()
    if state is None:
        raise Refused("no_import", at=("id",), id=id)
    if state == ImportState.UNDOING:
        ctx.later(go_on_with_import, run=given["run"])
    return ImportChanged(id, str(state))


@action(needs=SIGNED_IN)
def resume_import(ctx: Context, *, id: str) -> ImportChanged:
    """Have a large import that you have begun, and that was interrupted, gone on with by a worker.

    Nothing is done twice, whoever else is at it.

    id: Its number.
    """
    given = {"run": _number(id), "me": ctx.principal.user_id}
    state = ctx.session.execute(STATE, given).scalar()
    if state is None:
        raise Refused("no_import", at=("id",), id=id)
    if state in GOES_ON:
        ctx.later(go_on_with_import, run=given["run"])
    return ImportChanged(id, str(state))
