"""Which add-ons are there in this Python environment, found by their entry points."""

from __future__ import annotations

import importlib
import importlib.metadata
import site
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dougong.addons.manifest import AddOn, Bridge, Part
from dougong.db.naming import CORE
from dougong.errors import SetupError

GROUP = "dougong.addons"


def core_part() -> Part:
    """The core as the first part of every generation."""
    version = importlib.metadata.version("dougong")
    return Part(CORE, "dougong", version, "The core", ())


def available() -> dict[str, importlib.metadata.EntryPoint]:
    """The add-ons that could be installed now, by name; none of them is imported."""
    importlib.invalidate_caches()
    for folder in (path for path in sys.path if path.endswith("-packages")):
        if Path(folder).is_dir():
            site.addsitedir(folder)
    points = importlib.metadata.entry_points(group=GROUP)
    return {point.name: point for point in points}


Points = Mapping[str, importlib.metadata.EntryPoint]


def manifest_of(
    name: str, among: Points | None = None
) -> tuple[AddOn, importlib.metadata.EntryPoint]:
    """Import an add-on's front door and return its manifest; `among` is what is `available`.

    Raises SetupError when there is no such add-on or it cannot be imported.
    """
    points = available() if among is None else among
    if name not in points:
        raise SetupError(
            f"There is no add-on “{name}” in this Python environment; there are "
            f"{', '.join(sorted(points)) or 'none'}.",
            fix=f"check the spelling, or install the distribution that brings {name} with pip.",
        )
    point = points[name]
    try:
        manifest = point.load()
    except SetupError:
        raise
    except Exception as problem:
        gone = getattr(problem, "name", None) == point.module
        raise SetupError(
            f"Add-on {name} cannot be imported: {type(problem).__name__}: {problem}.",
            fix=f"repair or reinstall the distribution of {point.value}.",
            where=("pyproject.toml",) if point.attr in str(problem) or gone else (),
        ) from problem
    if not isinstance(manifest, AddOn) or manifest.name != name:
        raise SetupError(
            f"The entry point of {name} names {point.value}, which is not the manifest of {name}.",
            fix=f'write addon = AddOn(name="{name}", …) in the package and '
            f'{name} = "dougong_{name}:addon" under [project.entry-points."{GROUP}"].',
            where=(
                f"{point.module}/__init__.py" if isinstance(manifest, AddOn) else "pyproject.toml",
            ),
        )
    return manifest, point


def parts_of(names: Iterable[str]) -> tuple[Part, ...]:
    """The parts that an installation with these add-ons has, bridges included, in order.

    Order: what is depended on comes first; ties by name. Raises SetupError for a missing
    dependency, one of a version that does not fit, or a circle.
    """
    among = available()
    manifests = {name: manifest_of(name, among) for name in sorted(set(names))}
    _check_versions({name: point for name, (_manifest, point) in manifests.items()})
    parts = [_addon_part(*found) for found in manifests.values()]
    for name, (manifest, point) in manifests.items():
        parts += [_bridge_part(name, one, point) for one in manifest.bridges if one in manifests]
    return (core_part(), *_in_order(parts))


def _check_versions(points: Points) -> None:
    """Raise SetupError unless every add-on fits the others and the core, as its pyproject says."""
    here: dict[str, str] = {
        canonicalize_name(one.dist.name): _version(one) for one in points.values() if one.dist
    }
    here[CORE] = importlib.metadata.version(CORE)
    for name, point in points.items():
        for line in (point.dist and point.dist.requires) or ():
            need = Requirement(line)  # those of an extra count too: its bridge is active
            version = here.get(canonicalize_name(need.name))
            if version and not need.specifier.contains(version, prereleases=True):
                raise SetupError(
                    f"{name} {_version(point)} works with {need.name} {need.specifier}, and "
                    f"{version} is in this Python environment.",
                    fix=f"install versions that fit: pip install {point.module.replace('_', '-')} "
                    f"'{need.name}{need.specifier}'.",
                )


def _version(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.version if point.dist else "0"


def _addon_part(manifest: AddOn, point: importlib.metadata.EntryPoint) -> Part:
    return Part(
        name=manifest.name,
        package=point.module,
        version=_version(point),
        title=manifest.title,
        needs=tuple(manifest.needs),
        may=tuple(manifest.may),
    )


def _bridge_part(name: str, other: str, point: importlib.metadata.EntryPoint) -> Part:
    package = f"{point.module}.with_{other}"
    bridge = getattr(importlib.import_module(package), "bridge", None)
    if not isinstance(bridge, Bridge):
        raise SetupError(
            f"{package} has no manifest.", fix="write bridge = Bridge(title=…) in its __init__.py."
        )
    return Part(
        name=f"{name}__{other}",
        package=package,
        version=_version(point),
        title=bridge.title,
        needs=(name, other),
        may=tuple(bridge.may),
    )


def _in_order(parts: list[Part]) -> list[Part]:
    waiting = {part.name: part for part in sorted(parts, key=lambda part: part.name)}
    done: dict[str, Part] = {}
    for part in waiting.values():
        missing = [need for need in part.needs if need not in waiting]
        if missing:
            raise SetupError(
                f"Add-on {part.name} needs {', '.join(missing)}, which is not installed.",
                fix=f"install {' '.join(missing)} too.",
            )
    while waiting:
        ready = [p for p in waiting.values() if all(need in done for need in p.needs)]
        if not ready:
            raise SetupError(
                f"The add-ons {', '.join(waiting)} need each other in a circle.",
                fix="move what both need into a third add-on, or make one side a bridge.",
                where=[f"{part.package}/__init__.py" for part in waiting.values()],
            )
        for part in ready:
            done[part.name] = waiting.pop(part.name)
    return list(done.values())
