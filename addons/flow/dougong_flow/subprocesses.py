"""Which definitions start which others: as a tree to drill down, and without circles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dougong import Context
from dougong_flow.automatic_body import subprocesses_in
from dougong_flow.choosing import STARTABLE
from dougong_flow.entities import Definition, DefinitionVersion, VersionState

LIVING = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED, *STARTABLE)
"""In which states a version is carried out, or may be one day."""
DEEPEST = 10


class Started(NamedTuple):
    """A definition that a step starts, and where."""

    path: tuple[str, ...]
    """The keys of the steps that lead there."""
    key: str
    """The key of the definition."""
    definition: Definition | None
    """The definition, where it is there."""
    version: DefinitionVersion | None
    """The version that holds everywhere, or is tried out there."""


def circle_from(key: str, back_to: str, ctx: Context) -> list[str]:
    """The keys that lead from one definition back to another by what each starts; none if none do."""
    came_from = {key: ""}
    to_do = [key]
    while to_do:
        of_these = Definition.key.in_(to_do)
        drawn = ctx.find(
            DefinitionVersion,
            DefinitionVersion.definition.has(of_these),
            DefinitionVersion.state.in_(LIVING),
        )
        to_do = []
        for version in drawn:
            for _, called in subprocesses_in(version.body):
                if called not in came_from:
                    came_from[called] = version.definition.key
                    to_do.append(called)
    path = [back_to] if back_to in came_from else []
    while path and path[0] != key:
        path.insert(0, came_from[path[0]])
    return [back_to, *path] if path else []


def started_by(
    version: DefinitionVersion, ctx: Context, above: tuple[str, ...] = ()
) -> Iterator[Started]:
    """What the steps of a version start, and what these start in turn, each below its step."""
    steps = version.body.get("steps", ())
    for number, key in subprocesses_in(version.body):
        path = (*above, steps[number]["key"])
        whole = next(iter(ctx.find(Definition, Definition.key == key)), None)
        held = _held(whole, ctx) if whole is not None else None
        yield Started(path, key, whole, held)
        if held is not None and len(path) < DEEPEST:
            yield from started_by(held, ctx, path)


def _held(definition: Definition, ctx: Context) -> DefinitionVersion | None:
    found = ctx.find(
        DefinitionVersion,
        DefinitionVersion.definition == definition,
        DefinitionVersion.state.in_(STARTABLE),
    )
    everywhere = (one for one in found if one.unit is None)
    return min(everywhere, key=lambda one: STARTABLE.index(one.state), default=None)
