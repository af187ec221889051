"""Imports that are too large for one transaction: their rows wait in portions, in the database.

Where the order of the rows decides nothing but the numbers of new records, these are drawn for all of
the file before, and several processes may do portions of it side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, insert, update

from dougong.builtin.import_export.bringing import Bringing
from dougong.builtin.import_export.copying import drawn
from dougong.builtin.import_export.mapping import Columns
from dougong.builtin.import_export.reading import Examined
from dougong.builtin.import_export.run import BATCH, How, batches
from dougong.builtin.import_export.tables import (
    ImportState,
    PortionState,
    import_portion,
    import_run,
)
from dougong.errors import Refused

PORTION = 500
"""Rows that are written by one transaction: others wait no longer for what it has locked."""
SLOW_PORTION = 200
"""The same where records are created one by one."""
Line = tuple[int, list[str]]
"""Where a row begins, and its cells."""


@dataclass(frozen=True)
class Plan:
    """What is kept of how an import is done, for whoever goes on with it."""

    header: list[str]
    columns: dict[str, Any]
    history: bool
    update: str
    then: str | None
    skip_bad: bool
    dry_run: bool
    side_by_side: bool = False
    """Whether several portions may be under way at a time."""


class Lines(msgspec.Struct):
    """The rows of a portion, each with its line, and the number that each one's record will have."""

    rows: list[Line]
    numbers: list[int]


def stage(
    engine: Engine,
    bringing: Bringing,
    found: Examined,
    header: list[str],
    columns: Columns,
    rows: Iterable[tuple[int, list[str]]],
    how: How,
    *,
    dry_run: bool = False,
) -> int:
    """Keep a file's rows, ready to be brought in; the number of the import.

    In a transaction of its own that holds nobody up: installs may happen meanwhile. Raises Refused
    where all or nothing is asked for and could not be kept: what an update has changed cannot be
    undone portion by portion.
    """
    if bringing.taken.update and not (how.skip_bad or dry_run):
        raise Refused("too_many_to_update", most=ONE_TRANSACTION)
    plan = Plan(
        header,
        columns.kept(),
        how.history,
        bringing.taken.update,
        how.then,
        how.skip_bad,
        dry_run,
        bringing.in_any_order,
    )
    checks = dry_run or not how.skip_bad
    with engine.begin() as connection:
        run = connection.execute(
            insert(import_run)
            .values(
                entity=bringing.entity.__name__,
                file=found.name,
                sha256=found.sha256,
                user_id=bringing.ctx.principal.user_id,
                how=asdict(plan),
                state=ImportState.CHECKING if checks else ImportState.WRITING,
                rows=0,
            )
            .returning(import_run.c.id)
        ).scalar_one()
        count = 0
        for number, some in enumerate(batches(rows, SLOW_PORTION if bringing.slow else PORTION)):
            count += len(some)
            lines: Any = some
            if plan.side_by_side:
                lines = Lines(some, list(drawn(connection, bringing.entity.__table__, len(some))))
            connection.execute(
                insert(import_portion),
                {
                    "run": run,
                    "number": number,
                    "state": PortionState.WAITING,
                    "count": len(some),
                    "lines": msgspec.json.encode(lines),
                },
            )
        connection.execute(update(import_run).where(import_run.c.id == run).values(rows=count))
    return int(run)


ONE_TRANSACTION = 5 * BATCH
"""Rows that are brought in by one transaction, which is over before it holds anybody up."""


def is_small(rows: list[Any]) -> bool:
    """Whether these are all that there are, and few enough for one transaction."""
    return len(rows) <= ONE_TRANSACTION


def first_rows(rows: Iterable[Any]) -> list[Any]:
    """As many as are enough to tell whether there are few."""
    return list(islice(rows, ONE_TRANSACTION + 1))


def lines_of(portion: Row[Any]) -> Lines:
    """What was kept of a portion."""
    found = msgspec.json.decode(portion.lines, type=list[Line] | Lines)
    return found if isinstance(found, Lines) else Lines(found, [])


def those_of(portion: Row[Any], bad: set[int]) -> bytes:
    """The rows of a portion that begin on these lines."""
    return msgspec.json.encode([row for row in lines_of(portion).rows if row[0] in bad])
