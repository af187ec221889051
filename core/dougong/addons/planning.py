"""Finding out what an install, upgrade, removal or restore will do; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from dougong.addons.comparison import ComingPart, Comparison, Continuation, Stage, compare
from dougong.addons.install import check_available, check_not_removing
from dougong.addons.kept import Kept, kept_parts, rows_kept
from dougong.addons.migrations import current, quoted
from dougong.addons.orphans import Source, expected
from dougong.addons.plans import Change, Plan, PlannedPart, Waiting
from dougong.addons.restore import Wanted, check_absent, check_complete, rows_in, sources_of
from dougong.addons.state import (
    RecordedPart,
    Rows,
    current_generation,
    recorded_parts,
)
from dougong.db.catalogue import outsiders, row_count, tables_of
from dougong.db.naming import host_of
from dougong.errors import SetupError
from dougong.graphql.trusted import registered

ASKED = "asked for"


@dataclass(frozen=True)
class Present:
    """What is installed now."""

    generation: int
    parts: Mapping[str, RecordedPart]
    revisions: Mapping[str, str | None]
    documents: Mapping[str, str]

    @classmethod
    def of(cls, engine: Engine) -> Present:
        """Read it; raises SetupError while a removal is not finished."""
        with engine.connect() as connection:
            parts = recorded_parts(connection)
            check_not_removing(parts)
            return cls(
                current_generation(connection),
                parts,
                {name: current(connection, name) for name in parts},
                {one.id: one.document for one in registered(connection)},
            )

    @property
    def stage(self) -> Stage:
        """It as what a change begins with."""
        return Stage(tuple(self.addons), tuple(self.parts))

    @property
    def addons(self) -> list[str]:
        """The add-ons, bridges left out; what is depended on first."""
        return [name for name, part in self.parts.items() if not part.is_bridge]


def plan_install(engine: Engine, names: Iterable[str]) -> Plan:
    """What installing these add-ons, with all that they need, will do.

    One that is installed already is brought up to its code. Raises SetupError when one is not
    there, or does not fit.
    """
    asked = tuple(sorted(set(names)))
    check_available(asked)
    present = Present.of(engine)
    found = compare(
        [present.stage, Stage(tuple({**dict.fromkeys(present.addons), **dict.fromkeys(asked)}))],
        present.documents,
    )
    coming = [
        one
        for one in found.parts
        if one.name not in present.parts or (host_of(one.name) in asked and _behind(one, present))
    ]
    parts = [_coming_part(engine, one, asked, found, present) for one in coming]
    return _plan(Change.INSTALL, asked, (), present, parts, found)


def plan_upgrade(engine: Engine, names: Iterable[str] = (), *, served: str | None = None) -> Plan:
    """What bringing these add-ons (without names: all) up to the code on disk will do.

    `served` is the API as the code that runs now has it; without it nobody can say what is
    different. Raises SetupError for one that is not installed, or does not fit.
    """
    present = Present.of(engine)
    asked = tuple(sorted(set(names))) or tuple(sorted(present.addons))
    check_installed(asked, present.parts)
    found = compare([present.stage], present.documents, served=served)
    parts = [
        _coming_part(engine, one, asked, found, present)
        for one in found.parts
        if host_of(one.name) in asked and _behind(one, present)
    ]
    return _plan(Change.UPGRADE, asked, (), present, parts, found)


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
            )
            for part in leaving
        ]
    found = compare(list(_stages(asked, present)), present.documents, apart=apart)
    waiting = tuple(_waiting(engine, found.continuations))
    return _plan(Change.REMOVE, asked, (rows.value,), present, parts, found, waiting=waiting)


def plan_restore(engine: Engine, wanted: Wanted) -> Plan:
    """What restoring add-ons will do, and what becomes of rows whose records are gone.

    Raises SetupError when there is nothing to restore them from, or it cannot be done.
    """
    asked = tuple(sorted(set(wanted.names)))
    check_available(asked)
    present = Present.of(engine)
    check_absent(engine, asked)
    found = compare([present.stage, Stage((*present.addons, *asked))], present.documents)
    names = [part.name for part in found.parts]
    check_complete(asked, list(present.parts), [one for one in names if host_of(one) == one])
    new = [part for part in found.parts if part.name not in present.parts]
    sources, _skipped = sources_of(engine, wanted, [part.name for part in new])
    parts = [_coming_part(engine, one, asked, found, present, sources.get(one.name)) for one in new]
    orphans = expected(engine, sources, wanted.orphans)
    options = (wanted.orphans.value, *sorted(f"without {one}" for one in wanted.without))
    return _plan(Change.RESTORE, asked, options, present, parts, found, orphans=orphans)


def _plan(
    change: Change,
    asked: tuple[str, ...],
    options: tuple[str, ...],
    present: Present,
    parts: Sequence[PlannedPart],
    found: Comparison,
    **more: tuple[object, ...],
) -> Plan:
    return Plan(
        change,
        asked,
        options,
        present.generation,
        tuple(parts),
        found.known,
        found.added,
        found.vanishing,
        found.breaking,
        found.dangerous,
        found.documents,
        **more,  # type: ignore[arg-type] # `waiting` of one change, `orphans` of another
    )


# What comes ------------------------------------------------------------------------------------


def _coming_part(
    engine: Engine,
    part: ComingPart,
    asked: Sequence[str],
    found: Comparison,
    present: Present,
    source: Source | None = None,
) -> PlannedPart:
    with engine.connect() as connection:
        extends = {
            name: _count(connection, table) or 0
            for name, table in part.extends
            if table.split(".")[0] in present.parts or table.startswith("dougong.")
        }
        at = present.revisions.get(part.name)
        if isinstance(source, Kept):
            at = current(connection, source.schema)
        elif source is not None:
            at = source.parts[part.name].revision
        tables = (
            {one.name: row_count(connection, one) for one in tables_of(connection, part.name)}
            if part.name in present.parts
            else {}
        )
    known = [number for number, _ in part.revisions]
    ahead = part.revisions[known.index(at) + 1 :] if at in known else part.revisions
    return PlannedPart(
        part.name,
        part.version,
        part.title,
        _why_coming(part, asked, found, present),
        tables if source is None else rows_in(engine, part.name, source),
        part.may,
        extends,
        tuple(f"{number}: {about}" for number, about in ahead),
        _in_words(source),
    )


def _in_words(source: Source | None) -> str | None:
    if isinstance(source, Kept):
        return f"what is kept since {source.kept_at:%Y-%m-%d %H:%M}"
    return str(source.folder) if source is not None else None


def _why_coming(part: ComingPart, asked: Sequence[str], found: Comparison, present: Present) -> str:
    if part.name in present.parts:
        version = present.parts[part.name].version
        return f"its tables are as version {version} left them"
    if part.name in asked:
        return ASKED
    if host_of(part.name) != part.name:
        return f"it joins {' and '.join(part.needs)}"
    who = [one.name for one in found.parts if part.name in one.needs and one.name in asked]
    who = who or [one.name for one in found.parts if part.name in one.needs]
    return f"{', '.join(who)} {'needs' if len(who) == 1 else 'need'} it"


def _behind(part: ComingPart, present: Present) -> bool:
    last = part.revisions[-1][0] if part.revisions else None
    return present.revisions[part.name] != last


def _count(connection: Connection, table: str) -> int | None:
    """How many rows a table has, by its name and that of its schema."""
    name = quoted(connection, *table.split(".", 1))
    return connection.execute(text(f"select count(*) from {name}")).scalar()


# What goes --------------------------------------------------------------------------------------


def check_installed(asked: Sequence[str], recorded: Mapping[str, RecordedPart]) -> None:
    """Raise SetupError for a name that is not an installed add-on's."""
    for name in asked:
        part = recorded.get(name)
        if part is not None and part.is_bridge:
            raise SetupError(
                f"{name} is a bridge: it goes with either of {' and '.join(part.needs)}.",
                fix=f"remove one of them, for example: dougong remove {part.needs[0]}.",
            )
        if part is None:
            there = ", ".join(n for n, one in recorded.items() if not one.is_bridge)
            raise SetupError(
                f"Add-on {name} is not installed; installed are: {there or 'none'}.",
                fix="check the spelling: `dougong addons` lists them.",
            )


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
