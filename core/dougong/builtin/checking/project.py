"""What an add-on's pyproject.toml and its manifest say of each other, and of what is there."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dougong.access.permissions import Grant
from dougong.addons.discovery import Points
from dougong.addons.manifest import AddOn, Bridge, Run
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import folder_of
from dougong.db.naming import CORE

PYPROJECT = "pyproject.toml"
KEPT = ("public", "information_schema", "procrastinate", CORE)


@dataclass(frozen=True)
class Project:
    """An add-on's distribution, as it is installed."""

    name: str
    there: Points
    """All add-ons of this Python environment."""

    @property
    def point(self) -> importlib.metadata.EntryPoint:
        """Where its manifest is."""
        return self.there[self.name]

    @property
    def package(self) -> str:
        """The front door that its entry point names."""
        return self.point.module.split(".")[0]

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return self.point.dist.name if self.point.dist else self.package

    @cached_property
    def wants(self) -> list[Requirement]:
        """What its distribution depends on, that of extras included."""
        lines = (self.point.dist.requires if self.point.dist else None) or []
        return [Requirement(line) for line in lines]

    @cached_property
    def _needed(self) -> frozenset[str]:
        return frozenset(_add_on(one) for one in self.wants if not _of_an_extra(one))

    @cached_property
    def _joined(self) -> frozenset[str]:
        return frozenset(_add_on(one) for one in self.wants if _of_an_extra(one))

    def depends_on(self, other: str) -> bool:
        """Whether it is never installed without the add-on `other`."""
        return other in self._needed

    def joins(self, other: str) -> bool:
        """Whether it says which versions of `other` it works with."""
        return other in self._joined | self._needed

    @property
    def add_ons(self) -> frozenset[str]:
        """The add-ons that it depends on."""
        return self._needed & self.there.keys()


def _add_on(wanted: Requirement) -> str:
    name = canonicalize_name(wanted.name)
    return name.removeprefix("dougong-").replace("-", "_") if name.startswith("dougong-") else ""


def _of_an_extra(wanted: Requirement) -> bool:
    return wanted.marker is not None and "extra" in str(wanted.marker)


def examine_project(project: Project, manifest: Any) -> Iterator[Finding]:
    """Faults of one add-on's project; the manifest is None where it could not be loaded."""
    yield from _versions(project)
    yield from _name(project)
    if isinstance(manifest, AddOn):
        yield from _needs(project, manifest)
        yield from _bridges(project, manifest)
        yield from _rights(f"{project.package}/__init__.py", manifest)


def _versions(project: Project) -> Iterator[Finding]:
    there: Mapping[str, str] = {
        canonicalize_name(one.dist.name): one.dist.version
        for one in project.there.values()
        if one.dist
    } | {CORE: importlib.metadata.version(CORE)}
    for wanted in project.wants:
        version = there.get(canonicalize_name(wanted.name))
        if version and not wanted.specifier.contains(version, prereleases=True):
            what = f"{project.distribution} works with {wanted.name} {wanted.specifier}; here is {version}."
            yield Finding(
                PYPROJECT,
                0,
                what,
                f"install versions that fit: pip install '{wanted.name}{wanted.specifier}'.",
            )


def _name(project: Project) -> Iterator[Finding]:
    name, door = project.name, f"{project.package}/__init__.py"
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        what = f"“{name}” cannot be the name of an add-on."
        yield Finding(door, 0, what, "use lower case letters and digits, joined by single _.")
    elif name.startswith("pg_") or name in KEPT:
        what = f"“{name}” is a schema that PostgreSQL or the core keeps for itself."
        yield Finding(door, 0, what, "choose another name.")


def _needs(project: Project, manifest: AddOn) -> Iterator[Finding]:
    door = f"{project.package}/__init__.py"
    for need in manifest.needs:
        if need == manifest.name:
            yield Finding(door, 0, f"{need} needs itself.", f"take {need} out of needs=.")
        elif need not in project.there:
            what = f"{project.name} needs {need}, which is not in this Python environment."
            fix = f"install the distribution that brings {need}, or correct needs=."
            yield Finding(door, 0, what, fix)
        elif not project.depends_on(need):
            yield Finding(
                PYPROJECT,
                0,
                f"{project.name} needs {need}, and {project.distribution} does not depend on it.",
                f"add dougong-{need.replace('_', '-')} to its dependencies.",
            )
    for other in sorted(project.add_ons - _all_needs(manifest, project.there)):
        what = f"{project.distribution} depends on {other}, which the manifest does not need."
        yield Finding(door, 0, what, f'write needs=[…, "{other}"], or drop the dependency.')


def _all_needs(manifest: AddOn, there: Points) -> set[str]:
    found: set[str] = set()
    waiting = list(manifest.needs)
    while waiting:
        name = waiting.pop()
        if name not in found and name in there:
            found.add(name)
            point = there[name]
            loaded = getattr(sys.modules.get(point.module), point.attr, None)
            waiting += loaded.needs if isinstance(loaded, AddOn) else ()
    return found


def _bridges(project: Project, manifest: AddOn) -> Iterator[Finding]:
    door, folder = f"{project.package}/__init__.py", folder_of(project.package)
    there = {one.name.removeprefix("with_") for one in folder.glob("with_*")} if folder else set()
    for other in manifest.bridges:
        if other not in there:
            what = f"The manifest names a bridge to {other}, and there is no folder with_{other}."
            yield Finding(door, 0, what, f"write with_{other}/__init__.py, or take it out.")
        if not project.joins(other):
            what = f"{project.distribution} has a bridge to {other}, and says no version of it."
            distribution = f"dougong-{other.replace('_', '-')}"
            fix = f'write {other} = ["{distribution}>=…"] under optional-dependencies.'
            yield Finding(PYPROJECT, 0, what, fix)
    for other in sorted(there - set(manifest.bridges)):
        place = f"{project.package}/with_{other}/__init__.py"
        what = f"The manifest does not name the bridge with_{other}, so that it never runs."
        yield Finding(place, 0, what, f'write bridges=["{other}"] in the manifest.')


def _rights(file: str, manifest: AddOn | Bridge) -> Iterator[Finding]:
    rights: Sequence[object] = manifest.may  # whatever the author wrote
    for right in rights:
        if not isinstance(right, Grant | Run):
            what = f"may= has {right!r}, which is no right."
            yield Finding(file, 0, what, "write create(Party), update(Party), or run(confirm).")
