"""Where the rows of a restore come from: the newest archive, or what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from sqlalchemy import Engine

from dougong.addons.archive import Archive, archives_in, check_files, read_archive
from dougong.addons.install import check_not_removing
from dougong.addons.kept import Kept, kept_parts, rows_kept
from dougong.addons.orphans import Orphans, Source
from dougong.addons.state import recorded_parts
from dougong.errors import SetupError


@dataclass(frozen=True)
class Wanted:
    """Which add-ons to restore, and how."""

    names: tuple[str, ...]
    archives: Path
    """The folder of the installation's archives."""
    archive: Path | None = None
    """The archive to take; without it the newest that has the add-on, or what is kept."""
    without: tuple[str, ...] = ()
    """Bridges that begin empty."""
    orphans: Orphans = Orphans.REFUSE


def check_absent(engine: Engine, asked: Sequence[str]) -> list[str]:
    """The parts that are installed; raises SetupError when one that is asked for is."""
    with engine.connect() as connection:
        before = recorded_parts(connection)
    check_not_removing(before)
    there = [name for name in asked if name in before]
    if there:
        raise SetupError(
            f"{', '.join(there)} is installed; restoring would overwrite what it has now.",
            fix=f"remove it first (that archives its rows too): dougong remove {' '.join(there)}.",
        )
    return list(before)


def check_complete(asked: Sequence[str], before: Sequence[str], addons: Sequence[str]) -> None:
    """Raise SetupError when what is restored needs add-ons that are neither there nor restored."""
    missing = [name for name in addons if name not in before and name not in asked]
    if missing:
        raise SetupError(
            f"{', '.join(asked)} needs {', '.join(missing)}, which is not installed.",
            fix=f"restore them together: dougong restore {' '.join((*missing, *asked))}; "
            f"or begin {', '.join(missing)} empty with dougong install.",
        )


def sources_of(
    engine: Engine, wanted: Wanted, new: Sequence[str]
) -> tuple[dict[str, Source], tuple[Path, ...]]:
    """Where the rows of the new parts come from, and the folders that were passed over.

    Raises SetupError when an add-on that is asked for has none, or they are damaged or in doubt.
    """
    only = wanted.archive
    listed = archives_in(wanted.archives) if only is None else [read_archive(only)]
    with engine.connect() as connection:
        kept = kept_parts(connection) if only is None else {}
    found = _find(wanted.names, listed, kept)
    lost = [name for name in wanted.names if name not in found]
    if lost:
        raise SetupError(
            f"There is no archive of {', '.join(lost)} in {only or wanted.archives}.",
            fix=f"name its folder with --archive, or begin empty: dougong install {lost[0]}.",
        )
    others = sorted({*new} - {*wanted.names, *wanted.without})
    found |= _find(others, listed, kept)
    return found, tuple(one.folder for one in listed if one.problem)


def rows_in(engine: Engine, part: str, source: Source) -> Mapping[str, int]:
    """How many rows of a part are there to come back, by table."""
    if isinstance(source, Archive):
        return {table.name: table.rows for table in source.parts[part].tables}
    with engine.connect() as connection:
        return rows_kept(connection, source)


def _find(
    names: Iterable[str], sources: Sequence[Archive], kept: Mapping[str, Kept]
) -> dict[str, Source]:
    """The newest rows of each part that has some; raises SetupError when they are damaged.

    Also when an archive has no rows and an older one has: nobody knows which of them is wanted.
    """
    found: dict[str, Source] = {}
    for name in names:
        having = [one for one in sources if one.may_have(name)]
        if name in kept and not any(
            one.created_at > kept[name].kept_at.astimezone(UTC).isoformat() for one in having
        ):
            found[name] = kept[name]
        elif having:
            found[name] = _checked(name, having)
    return found


def _checked(name: str, having: Sequence[Archive]) -> Archive:
    source = having[0]
    if source.problem is not None:
        raise source.problem
    fuller = next((one for one in having if one.count(name)), source)
    if fuller is not source:
        raise SetupError(
            f"The newest archive of {name}, {source.folder}, has no rows; {fuller.folder}, "
            f"which is older, has {fuller.count(name)}.",
            fix="choose one of them with --archive.",
        )
    check_files(source, name)
    return source
