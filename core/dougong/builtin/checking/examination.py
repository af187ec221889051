"""All that is looked at before an add-on is installed, in the order in which it can be."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, TypeVar

from dougong.addons.discovery import available
from dougong.builtin.checking.access import examine_access
from dougong.builtin.checking.entities import examine_entities, examine_fields
from dougong.builtin.checking.finding import Finding, as_error, place_of, place_of_failure
from dougong.builtin.checking.foreign_writes import examine_foreign_writes
from dougong.builtin.checking.imports import examine_imports
from dougong.builtin.checking.locale import examine_sentences
from dougong.builtin.checking.project import PYPROJECT, Project, examine_project
from dougong.builtin.checking.revisions import examine_revisions
from dougong.builtin.checking.side_effects import (
    TookTooLong,
    Watch,
    examine_rounding,
    examine_statements,
)
from dougong.builtin.checking.sources import Source, sources_of
from dougong.builtin.checking.verbs import examine_verbs
from dougong.builtin.checking.workflows import examine_states, examine_workflows
from dougong.builtin.uncollected import uncollected
from dougong.db.naming import CORE, host_of
from dougong.errors import SetupError
from dougong.generation import Generation

PATIENCE = "DOUGONG_REHEARSAL_SECONDS"
"""The variable that says how long add-ons may take to be imported; 60 seconds without it."""
T = TypeVar("T")


def patience() -> float:
    """How many seconds add-ons may take to be imported."""
    said = os.environ.get(PATIENCE) or "60"
    if not said.isdigit() or int(said) < 1:
        raise SetupError(f"{PATIENCE} is “{said}”.", fix="write a whole number of seconds.")
    return float(said)


def examined(
    names: Sequence[str], known: Collection[str], build: Callable[[], tuple[Generation, T]]
) -> T:
    """Import add-ons and build their generation with `build`, and look at all that comes.

    `known` are the parts that are installed, which was done when they came. Raises SetupError with
    every fault that was found, each with the file that it is in.
    """
    watch = Watch()
    built: tuple[Generation, T] | None = None
    failure: BaseException | None = None
    try:
        with uncollected(), watch.watching(patience()):
            built = build()
    except (Exception, SystemExit, TookTooLong) as problem:  # noqa: BLE001 - an add-on's code may raise anything
        failure = problem
    findings = [*watch.findings, *_findings(names, known, built and built[0], watch)]
    if failure is not None and not findings:
        findings = [_finding_of(failure, names)]
    if findings:
        raise as_error(findings)
    assert built is not None
    return built[1]


def _findings(
    names: Sequence[str], known: Collection[str], generation: Generation | None, watch: Watch
) -> Iterator[Finding]:
    parts = list(generation.parts.values()) if generation else []
    coming = ({part.name for part in parts} or set(names)) - {CORE, *known}
    asked = {host_of(name) for name in coming}
    points = available()
    projects = {name: Project(name, points) for name in sorted(asked & points.keys())}
    for project in projects.values():
        yield from examine_project(project, _manifest(project))
    read = list(sources_of([one.point for one in projects.values()]))
    yield from (one for one in read if isinstance(one, Finding))
    sources = [one for one in read if isinstance(one, Source)]
    yield from examine_imports(sources, {one.package: one for one in projects.values()})
    for source in sources:
        yield from examine_statements(source)
        if watch.decimals:
            yield from examine_rounding(source)
        yield from examine_fields(source)
    yield from examine_sentences(sources, parts)
    if generation is not None:
        yield from examine_revisions(part for part in parts if part.name in coming)
        yield from _declared([one for one in sources if one.part in generation.parts], generation)


def _declared(sources: Sequence[Source], generation: Generation) -> Iterator[Finding]:
    for source in sources:
        yield from examine_entities(source, generation)
        yield from examine_verbs(source)
        yield from examine_foreign_writes(source, generation)
    yield from examine_access(sources, generation)
    yield from examine_workflows(sources, generation)
    yield from examine_states(sources)


def _manifest(project: Project) -> Any:
    """What has been imported already: nothing is imported again outside the watch."""
    return getattr(sys.modules.get(project.point.module), project.point.attr, None)


def _finding_of(failure: BaseException, names: Sequence[str]) -> Finding:
    """What broke off the import, or the building, of the add-ons."""
    file, line = place_of_failure(failure)
    if isinstance(failure, SetupError):
        return _told(failure, file, line)
    said, fix = f"{type(failure).__name__}: {failure}.", "correct that line."
    if isinstance(failure, TookTooLong):
        said = f"The module was still being imported after {patience():.0f} seconds."
        fix = f"do nothing at import that waits, or set {PATIENCE}."
    if isinstance(failure, SystemExit):
        said, fix = "The module ends Python when it is imported.", "take the exit out."
    return Finding(file or f"the add-ons {', '.join(names)}", line, said, fix)


def _told(failure: SetupError, file: str, line: int) -> Finding:
    what = str(failure).removesuffix(f" Fix: {failure.fix}")
    places = [one if isinstance(one, str) else place_of(one) for one in failure.where]
    for place in places:
        file, line = (place, 0) if isinstance(place, str) else place
    others = [f"{one[0]}:{one[1]}" for one in places[:-1] if not isinstance(one, str)]
    if others:
        what += f" The other one: {', '.join(others)}."
    return Finding(file or PYPROJECT, line, what, failure.fix)
