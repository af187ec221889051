"""The add-ons of an installation: those that are installed, could be, or once were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from sqlalchemy import Engine

from dougong.addons.archive import archives_in
from dougong.addons.discovery import available, manifest_of
from dougong.addons.kept import Kept, kept_parts
from dougong.addons.state import RecordedPart, recorded_parts
from dougong.errors import SetupError


@dataclass(frozen=True)
class PastRows:
    """Rows of a removed add-on that can be restored."""

    name: str
    """The archive's folder; empty for rows that are kept in the database."""
    since: str
    version: str
    rows: int | None
    """None where it is not counted."""


@dataclass(frozen=True)
class ListedAddOn:
    """One add-on."""

    name: str
    title: str
    version: str
    """Of its code; `gone` without code, `broken` where it cannot be imported."""
    installed: str | None
    """The version that is installed."""
    state: str
    """`INSTALLED`, `REMOVING`, `KEPT`, `ARCHIVED` or `AVAILABLE`."""
    needs: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    """The add-ons for which it has a bridge."""
    active_bridges: tuple[str, ...] = ()
    past: tuple[PastRows, ...] = ()
    """What could be restored, the newest first."""
    problem: str | None = None


def listing(engine: Engine, archives: Path, *, imports: bool = True) -> list[ListedAddOn]:
    """All add-ons by name.

    Without `imports` nothing is imported: of those that are not installed it is not known then
    what they need.
    """
    with engine.connect() as connection:
        recorded = recorded_parts(connection)
        kept = kept_parts(connection)
    points, found = available(), archives_in(archives)
    past: dict[str, list[PastRows]] = {}
    for archive in found:
        for name, part in archive.parts.items():
            rows = PastRows(
                archive.folder.name, archive.created_at, part.version, archive.count(name)
            )
            past.setdefault(name, []).append(rows)
    for name, one in kept.items():
        rows = PastRows("", one.kept_at.isoformat(), one.version, None)
        past.setdefault(name, []).insert(0, rows)
    names = {name for name in {*points, *recorded, *past} if "__" not in name}
    return [
        _listed(name, points, recorded, kept, tuple(past.get(name, ())), imports=imports)
        for name in sorted(names)
    ]


def _listed(
    name: str,
    points: Mapping[str, EntryPoint],
    recorded: Mapping[str, RecordedPart],
    kept: Mapping[str, Kept],
    past: tuple[PastRows, ...],
    *,
    imports: bool,
) -> ListedAddOn:
    part, point = recorded.get(name), points.get(name)
    title = part.title if part else ""
    state = str(part.state) if part else "KEPT" if name in kept else "ARCHIVED" if past else ""
    bridges: tuple[str, ...] = ()
    needs, version, problem = part.needs if part else (), "gone", None
    if point is not None:
        version = point.dist.version if point.dist else "0"
        title = title or (str(point.dist.metadata.json.get("summary", "")) if point.dist else "")
    if imports:
        try:
            manifest, _point = manifest_of(name)
            title, needs, bridges = manifest.title, tuple(manifest.needs), tuple(manifest.bridges)
        except SetupError as wrong:
            problem, version = str(wrong), "gone" if point is None else "broken"
    active = tuple(n for n, one in recorded.items() if one.is_bridge and name in one.needs)
    return ListedAddOn(
        name,
        title,
        version,
        part.version if part else None,
        state or "AVAILABLE",
        needs,
        bridges,
        active,
        past,
        problem,
    )
