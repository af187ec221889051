"""Finding out what a removal will do; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine, text

from dougong.addons.comparison import Continuation, Running, Stage, compare
from dougong.addons.kept import Kept, kept_parts, rows_kept
from dougong.addons.migrations import quoted
from dougong.addons.plans import Change, Plan, PlannedPart, Waiting
from dougong.addons.present import Present, check_installed, make_plan
from dougong.addons.state import RecordedPart, Rows
from dougong.builtin.files.moving import count_files
from dougong.builtin.jobs.queue import unfinished
from dougong.db.catalogue import outsiders, row_count, tables_of
from dougong.errors import SetupError

ASKED = "asked for"


def plan_remove(
    engine: Engine, names: Iterable[str], *, rows: Rows = Rows.ARCHIVE, apart: bool = False
) -> Plan:
    """What removing these add-ons will do, and what becomes of their rows; see compare.

    Deleting takes those that are kept, too. Raises SetupError when one of them is not installed,
    when others depend on them, or when the rest would not work without them.
    """
    asked = tuple(sorted(set(names)))
    present = Present.of(engine)
    with engine.connect() as connection:
        kept = kept_parts(connection)
        if rows is Rows.DELETE and all(one in kept and one not in present.parts for one in asked):
            return _plan_to_forget(connection, asked, kept, present)
        check_installed(asked, present.parts)
        _check_dependents(asked, present.parts)
        leaving = [part for part in present.parts.values() if _why_leaving(part, asked)]
        check_outsiders(connection, [part.name for part in leaving])
        _check_not_kept(rows, kept, leaving)
        parts = [
            PlannedPart(
                part.name,
                part.version,
                part.title,
                _why_leaving(part, asked),
                {one.name: row_count(connection, one) for one in tables_of(connection, part.name)},
                files=count_files(connection, part.name),
            )
            for part in leaving
        ]
        jobs = unfinished(connection, [part.name for part in leaving])
    found = compare(list(_stages(asked, present)), present.documents, apart=apart)
    waiting = tuple(_waiting(engine, found.continuations))
    plan = make_plan(Change.REMOVE, asked, (rows.value,), present, parts, found, waiting=waiting)
    return replace(plan, jobs=jobs, running=dict(_running(engine, found.running)))


def check_outsiders(connection: Connection, schemas: Sequence[str]) -> None:
    """Raise SetupError when tables or views that are not ours depend on these schemas."""
    found = outsiders(connection, schemas)
    if found:
        raise SetupError(
            f"The database has {', '.join(found)}, which no add-on made and which depends on "
            f"tables of {', '.join(schemas)}.",
            fix="drop or change it first.",
        )


def _check_dependents(asked: Sequence[str], recorded: Mapping[str, RecordedPart]) -> None:
    leaving = set(asked)
    dependents: list[str] = []
    for part in recorded.values():  # what is depended on comes first
        if not part.is_bridge and part.name not in leaving and leaving & set(part.needs):
            leaving.add(part.name)
            dependents.append(part.name)
    if dependents:
        together = " ".join((*asked, *dependents))
        raise SetupError(
            f"{', '.join(dependents)} {'needs' if len(dependents) == 1 else 'need'} "
            f"{', '.join(asked)}, so it cannot be removed alone.",
            fix=f"remove them together: dougong remove {together}.",
        )


def _check_not_kept(rows: Rows, kept: Mapping[str, Kept], leaving: Sequence[RecordedPart]) -> None:
    there = [part.name for part in leaving if part.name in kept]
    if rows is Rows.KEEP and there:
        raise SetupError(
            f"Rows of {', '.join(there)} from before are kept already, and there is one place.",
            fix="archive these: leave --keep out.",
        )


def _plan_to_forget(
    connection: Connection, asked: tuple[str, ...], kept: Mapping[str, Kept], present: Present
) -> Plan:
    """The plan to delete what is kept of these add-ons, and of bridges from them."""
    parts = [
        PlannedPart(
            name,
            one.version,
            name,
            f"it is kept since {one.kept_at:%Y-%m-%d %H:%M}",
            rows_kept(connection, one),
            files=count_files(connection, name),
        )
        for name, one in kept.items()
        if name in asked or set(name.split("__")) & set(asked)
    ]
    options = (Rows.DELETE.value,)
    return Plan(Change.REMOVE, asked, options, present.generation, tuple(parts))


def _why_leaving(part: RecordedPart, asked: Sequence[str]) -> str:
    """Why a part goes; empty when it stays."""
    if part.name in asked:
        return ASKED
    sides = [need for need in part.needs if need in asked] if part.is_bridge else []
    return f"it joins {' and '.join(part.needs)}" if sides else ""


def _stages(asked: Sequence[str], present: Present) -> Iterator[Stage]:
    """What there is, and what is left after each add-on in turn, dependents first."""
    left = list(present.addons)
    yield present.stage
    for name in reversed([name for name in left if name in asked]):
        left.remove(name)
        yield Stage(tuple(left), tuple(present.parts))


def _running(engine: Engine, found: Sequence[Running]) -> Iterator[tuple[str, int]]:
    """How many records of what goes are under way now, by their entity."""
    with engine.connect() as connection:
        for one in found:
            table = quoted(connection, *one.table.split(".", 1))
            column = quoted(connection, one.column)
            count = text(f"select count(*) from {table} where {column} = any(:states)")
            records = connection.execute(count, {"states": list(one.states)}).scalar_one()
            if records:
                yield one.entity, records


def _waiting(engine: Engine, ways: Sequence[Continuation]) -> Iterator[Waiting]:
    """The records that are in such states now."""
    with engine.connect() as connection:
        for one in ways:
            table = quoted(connection, *one.table.split(".", 1))
            column = quoted(connection, one.column)
            count = text(f"select count(*) from {table} where {column} = :state")
            records = connection.execute(count, {"state": one.state}).scalar_one()
            if records:
                yield Waiting(one.entity, one.state, records, one.steps, one.others)
