"""Finding out what an install, upgrade or restore will do; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, text

from dougong.addons.comparison import ComingPart, Comparison, Stage, compare
from dougong.addons.install import check_available
from dougong.addons.kept import Kept
from dougong.addons.migrations import current, quoted
from dougong.addons.orphans import Source, expected
from dougong.addons.plans import Change, Plan, PlannedPart
from dougong.addons.present import Present, check_installed, make_plan
from dougong.addons.sources import Wanted, check_absent, check_complete, rows_in, sources_of
from dougong.db.catalogue import row_count, tables_of
from dougong.db.naming import host_of

ASKED = "asked for"


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
    return make_plan(Change.INSTALL, asked, (), present, parts, found)


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
    return make_plan(Change.UPGRADE, asked, (), present, parts, found)


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
    return make_plan(Change.RESTORE, asked, options, present, parts, found, orphans=orphans)


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
            name: _count(connection, table)
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


def _count(connection: Connection, table: str) -> int:
    """How many rows a table has, by its name and that of its schema."""
    name = quoted(connection, *table.split(".", 1))
    return int(connection.execute(text(f"select count(*) from {name}")).scalar_one())
