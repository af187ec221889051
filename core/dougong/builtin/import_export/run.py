"""One import in one transaction: all rows or none, or the good ones with a report of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from dougong.access.context import Context
from dougong.builtin.import_export.bringing import Bringing, Brought, update_key
from dougong.builtin.import_export.mapping import Taken, read_columns
from dougong.builtin.import_export.reading import Examined, examine, opened, sha256_of
from dougong.builtin.import_export.values import Problem
from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.errors import Refused
from dougong.workflow import event_log

BATCH = 1_000
"""Rows that are done by a few statements."""
SHOWN = 20
T = TypeVar("T")
Progress = Callable[[int], None]
"""Told how many rows are done."""


@dataclass(frozen=True)
class How:
    """How a file is brought in."""

    mapping: Path | None = None
    """A TOML file that says which column is which field; else the header does."""
    history: bool = False
    """Finished records, as they are, without reactions."""
    then: str | None = None
    """A step that is run on each new record."""
    update: str | None = None
    """The field by which a record that is there is found, to be changed; "": its natural key."""
    skip_bad: bool = False
    """Whether good rows come in where others are bad."""
    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    entity: str
    rows: int
    """New records."""
    skipped: int
    """Rows that the mapping leaves out."""
    sha256: str
    updated: int = 0
    problems: tuple[Problem, ...] = ()
    """What is wrong with rows that were not taken."""
    bad: int = 0
    """How many those are."""
    slow: tuple[str, ...] = field(default=())
    """The reactions for whose sake records were created one by one."""


def import_file(
    ctx: Context,
    entity: type[Entity],
    path: Path,
    how: How | None = None,
    *,
    progress: Progress = lambda _done: None,
    **options: Any,
) -> Imported:
    """Bring a file (CSV or XLSX, with a header) in as records of one entity, in one transaction.

    `options` are those of How. Rows go through the create and update verbs, with all reactions,
    under the asker's rights; with `history` (permission dougong.import_history) they come in as
    they are. Raises Refused with the line numbers when rows are wrong, unless `skip_bad`; then
    nothing is imported, once the caller has rolled back.
    """
    how = how or How(**options)
    found = examine(path, encoding=how.encoding)
    with opened(found, delimiter=how.delimiter) as table:
        taken = taken_of(ctx, entity, how)
        columns = read_columns(how.mapping, table.header, taken)
        bringing = Bringing(ctx, taken, columns, table.header, how.then)
        return bring_all(bringing, found, table.rows, how, progress)


def taken_of(ctx: Context, entity: type[Entity], how: How) -> Taken:
    """What the import may write."""
    update = "" if how.update is None else update_key(entity, how.update)
    return Taken(ctx.generation, entity, how.history, update)


def bring_all(
    bringing: Bringing,
    found: Examined,
    rows: Iterable[tuple[int, list[str]]],
    how: How,
    progress: Progress,
) -> Imported:
    """All rows of a file in one transaction; raises Refused where some are bad, unless `skip_bad`."""
    every = Brought()
    done = 0
    for some in batches(rows):
        brought = bringing.rows(some)
        every.created += brought.created
        every.updated += brought.updated
        every.skipped += brought.skipped
        every.refuse(brought.problems)
        done += len(some)
        progress(done)
    if every.problems and not how.skip_bad:
        raise bad_rows(found.name, every.problems)
    entity = bringing.entity
    made = Imported(
        entity.__name__,
        len(every.created),
        every.skipped,
        found.sha256,
        every.updated,
        tuple(every.problems),
        len(every.bad),
        tuple(bringing.slow),
    )
    log_run(bringing.ctx, entity, found.name, found.sha256, made.rows, made.updated, how.history)
    return made


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """So many at a time."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


class BadRows(Refused):
    """Rows of a file are wrong, so that nothing was imported; `problems` are all of them."""

    problems: Sequence[Problem] = ()


def bad_rows(file: str, problems: Sequence[Problem]) -> BadRows:
    """What is said of a file of which nothing was imported."""
    first = sorted(problems, key=lambda one: one.line)[:SHOWN]
    more = f"\n… and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    rows = "\n".join(map(str, first)) + more
    refusal = BadRows("bad_rows", file=file, count=len(problems), rows=rows)
    refusal.problems = problems
    return refusal


def was_imported(ctx: Context, entity: type[Entity], path: Path) -> bool:
    """Whether this very file has been imported as this entity before."""
    found = select(event_log.event.c.id).where(
        event_log.event.c.verb == "dougong.import",
        event_log.event.c.form["sha256"].astext == sha256_of(path),
        event_log.event.c.form["entity"].astext == key_of(entity),
    )
    return ctx.session.execute(found.limit(1)).first() is not None


def log_run(
    ctx: Context,
    entity: type[Entity],
    file: str,
    sha256: str,
    created: int,
    updated: int,
    history: bool,
) -> None:
    """Write down that a file was brought in."""
    form: dict[str, Any] = {"file": file, "sha256": sha256, "rows": created}
    if updated:
        form["updated"] = updated
    event_log.append(
        ctx.session,
        verb="dougong.import",
        addon="dougong",
        actor=(ctx.principal.user_id, ctx.principal.label),
        records=[None],
        at=ctx.now,
        form={**form, "entity": key_of(entity), "history": history},
    )
