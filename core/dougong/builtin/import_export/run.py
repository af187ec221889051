"""One import: all rows or none, through the create verbs or, for history, as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.roles import IMPORT_HISTORY
from dougong.builtin.import_export.keys import NaturalKeys
from dougong.builtin.import_export.mapping import (
    Columns,
    read_columns,
    values_of,
)
from dougong.builtin.import_export.reading import read_rows, sha256_of
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity
from dougong.entity.model import key_of, model_of
from dougong.errors import Forbidden, Refused
from dougong.workflow import event_log
from dougong.workflow.workflow import Step

BATCH = 500
SHOWN = 20
Progress = Callable[[int, int], None]
"""(rows done, rows in all)."""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    entity: str
    rows: int
    skipped: int
    sha256: str


def import_file(
    ctx: Context,
    entity: type[Entity],
    path: Path,
    *,
    mapping: Path | None = None,
    history: bool = False,
    then: str | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Imported:
    """Bring a CSV file (UTF-8, with a header) in as records of one entity.

    Without `history` every row goes through the create verb, with all reactions, under the
    asker's rights; `then` names a step to run on each. With `history` (permission
    dougong.import_history) finished records come in as they are: states included, no reactions.
    Raises Refused with the line numbers when rows are wrong; then nothing is imported, once the
    caller has rolled back.
    """
    if history:
        ctx.require(IMPORT_HISTORY)
    header, rows = read_rows(path)
    flow = ctx.generation.workflows.get(entity)
    state = flow.state_name if flow else None
    columns = read_columns(mapping, header, entity, state=state, history=history)
    kept = [(line, row) for line, row in rows if not columns.skips(row)]
    records = _checked(ctx, entity, columns, kept, path.name)
    step = _step(ctx, entity, then) if then else None
    if history:
        _History(ctx, entity, path.name).store(
            [(line, values) for (line, _), values in zip(kept, records, strict=True)], progress
        )
    else:
        _create_each(ctx, entity, path.name, kept, records, step, progress)
    done = Imported(entity.__name__, len(records), len(rows) - len(kept), sha256_of(path))
    _log_run(ctx, done, path.name, history=history)
    return done


def was_imported(ctx: Context, entity: type[Entity], path: Path) -> bool:
    """Whether this very file has been imported as this entity before."""
    found = select(event_log.event.c.id).where(
        event_log.event.c.verb == "dougong.import",
        event_log.event.c.form["sha256"].astext == sha256_of(path),
        event_log.event.c.form["entity"].astext == key_of(entity),
    )
    return ctx.session.execute(found.limit(1)).first() is not None


def _checked(
    ctx: Context,
    entity: type[Entity],
    columns: Columns,
    rows: list[tuple[int, dict[str, str]]],
    file: str,
) -> list[dict[str, Any]]:
    keys = NaturalKeys(ctx)
    records: list[dict[str, Any]] = []
    wrong: list[str] = []
    for line, row in rows:
        values, problems = values_of(row, columns, entity, keys.find)
        records.append(values)
        wrong += [f"line {line}: {problem}" for problem in problems]
    if wrong:
        shown = "\n".join(wrong[:SHOWN])
        more = f"\n… and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        raise Refused("bad_rows", file=file, count=len(wrong), rows=shown + more)
    return records


def _step(ctx: Context, entity: type[Entity], name: str) -> Step[Any, Any]:
    for step in ctx.generation.steps_of(entity):
        if step.name == name:
            return step
    steps = ", ".join(step.name for step in ctx.generation.steps_of(entity)) or "none"
    raise Refused("no_such_step", step=name, entity=entity.__name__, steps=steps)


def _create_each(
    ctx: Context,
    entity: type[Entity],
    file: str,
    rows: list[tuple[int, dict[str, str]]],
    records: list[dict[str, Any]],
    step: Step[Any, Any] | None,
    progress: Progress,
) -> None:
    links = {link.key: link for link in model_of(entity).links.values()}
    for number, ((line, _), values) in enumerate(zip(rows, records, strict=True), 1):
        given = {
            links[k].name if k in links else k: ctx.get(links[k].target, v)
            if k in links and v
            else v
            for k, v in values.items()
        }
        try:
            record = entity.create(entity(**given), ctx)
            if not ctx.allows(Operation.CREATE, record):
                raise Forbidden("outside_rows", operation="create", entity=entity.__name__)
            if step is not None:
                step(record, ctx)
        except Refused as refusal:
            raise _at_line(ctx, file, line, refusal) from refusal
        progress(number, len(records))


def _at_line(ctx: Context, file: str, line: int, refusal: Refused) -> Refused:
    said = [f"line {line}: {ctx.generation.sentence(one)}" for one in refusal.several]
    return Refused("bad_rows", file=file, count=len(said), rows="\n".join(said))


class _History:
    """Finished records on their way in: no verbs, no reactions; one event for each record."""

    def __init__(self, ctx: Context, entity: type[Entity], file: str) -> None:
        self._ctx = ctx
        self._entity = entity
        self._file = file
        me = ctx.principal.user_id
        self._stamp = {"created_by_id": me, "updated_by_id": me}

    def store(self, records: list[tuple[int, dict[str, Any]]], progress: Progress) -> None:
        """Insert in batches; each goes with the line of the file that it comes from."""
        for start in range(0, len(records), BATCH):
            some = records[start : start + BATCH]
            try:
                with self._ctx.session.begin_nested():
                    self._insert([values for _, values in some])
            except DBAPIError:
                self._insert_each(some)
            progress(start + len(some), len(records))

    def _insert_each(self, records: list[tuple[int, dict[str, Any]]]) -> None:
        """The same one by one, to find the line that the database does not take."""
        for line, values in records:
            try:
                with as_refusals(self._ctx.generation):
                    self._insert([values])
            except Refused as refusal:
                raise _at_line(self._ctx, self._file, line, refusal) from refusal

    def _insert(self, records: list[dict[str, Any]]) -> None:
        table = self._entity.__table__
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        ids: list[int] = []
        rows = [{**self._flat(one), **self._stamp} for one in records]
        for _, alike in groupby(rows, key=lambda row: row.keys()):  # one statement, one set of keys
            ids += self._ctx.session.scalars(statement, list(alike))
        self._insert_extensions(ids)
        events = [_event(self._ctx, self._entity, one) for one in ids]
        self._ctx.session.execute(insert(event_log.event), events)

    def _insert_extensions(self, ids: list[int]) -> None:
        for extension in self._ctx.generation.extensions.get(self._entity, ()):
            self._ctx.session.execute(insert(extension.__table__), [{"id": one} for one in ids])

    def _flat(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Attributes as columns: money in two."""
        flat: dict[str, Any] = {}
        for name, value in values.items():
            if name in self._entity.__money__:
                flat[f"{name}_amount"] = value and value.amount
                flat[f"{name}_currency"] = value and value.currency
            else:
                flat[name] = value
        return flat


def _event(ctx: Context, entity: type[Entity], number: int) -> Mapping[str, Any]:
    return {
        "at": ctx.now,
        "actor_id": ctx.principal.user_id,
        "actor": ctx.principal.label,
        "addon": "dougong",
        "verb": "dougong.imported",
        "entity": key_of(entity),
        "record_id": number,
    }


def _log_run(ctx: Context, done: Imported, file: str, *, history: bool) -> None:
    entity = ctx.generation.entity_named(done.entity)
    event_log.append(
        ctx.session,
        verb="dougong.import",
        addon="dougong",
        actor=(ctx.principal.user_id, ctx.principal.label),
        records=[None],
        at=ctx.now,
        form={
            "file": file,
            "sha256": done.sha256,
            "rows": done.rows,
            "entity": key_of(entity),
            "history": history,
        },
    )
