"""Versions of definitions: as pictures, with what they start, how they differ, and as packages."""

from collections.abc import Sequence
from typing import Any

import strawberry

from dougong import Context, Invalid, computed, holders, query
from dougong_flow.entities import DefinitionVersion, VersionReading
from dougong_flow.graphql.drawing import drawn
from dougong_flow.packages import packed
from dougong_flow.permissions import DESIGN
from dougong_flow.subprocesses import started_by


@computed(DefinitionVersion.body)
def diagram(rows: Sequence[tuple[Any]], ctx: Context) -> Sequence[str]:
    """Its steps in the lanes of those who do them, from the beginning to the end, in Mermaid (S4-50)."""
    return ["\n".join(drawn(body)) for (body,) in rows]


@strawberry.type
class StartedDefinition:
    """A definition that a step starts as a checklist of its own."""

    level: int
    """How far below it is: 1 for what the version itself starts."""
    path: list[str]
    """The keys of the steps that lead there."""
    key: str
    """The key of the definition."""
    name: str | None
    """What people call it; nobody knows where it is not there any more."""
    version: strawberry.ID | None
    """The version that holds everywhere, or is tried out there."""


@query(needs=DESIGN)
def started_definitions(ctx: Context, *, of: DefinitionVersion) -> list[StartedDefinition]:
    """What the steps of a version start, and what that starts in turn: to look closer and closer (S4-49).

    of: The version.
    """
    return [
        StartedDefinition(
            level=len(one.path),
            path=list(one.path),
            key=one.key,
            name=one.definition.name if one.definition is not None else None,
            version=strawberry.ID(f"DefinitionVersion:{one.version.id}") if one.version else None,
        )
        for one in started_by(of, ctx)
    ]


@strawberry.type
class RoleReading:
    """How many of those who hold a role have read a version."""

    role: str
    """The role: one that is responsible for a step."""
    holders: int
    """How many people hold it."""
    read: int
    """How many of these have said that they read and understood it."""


@query(needs=DESIGN)
def readings_by_role(ctx: Context, *, of: DefinitionVersion) -> list[RoleReading]:
    """Who has read and understood a version, by role (S2-11).

    of: The version.
    """
    steps = of.body.get("steps", ())
    roles = dict.fromkeys(role for step in steps for role in step.get("responsible", ()))
    readers = {
        one.user.id for one in ctx.find(VersionReading, VersionReading.definition_version == of)
    }
    found = {role: [one.id for one in holders(ctx, role)] for role in roles}
    return [
        RoleReading(role=role, holders=len(held), read=len(readers.intersection(held)))
        for role, held in found.items()
    ]


@strawberry.type
class VersionDifference:
    """What a version of a definition says otherwise than another."""

    added: list[str]
    """The keys of the steps that only the later one has."""
    removed: list[str]
    """The keys of the steps that only the earlier one has."""
    changed: list[str]
    """What both have and say differently: `check.guide`."""


@query(needs=DESIGN)
def version_difference(
    ctx: Context, *, earlier: DefinitionVersion, later: DefinitionVersion
) -> VersionDifference:
    """How two versions of a definition differ, step by step (S0-06).

    earlier: The version before.
    later: The version after it.
    """
    if earlier.definition is not later.definition:
        raise Invalid("other_definition", at="later")
    old, new = ({step["key"]: step for step in one.body["steps"]} for one in (earlier, later))
    return VersionDifference(
        added=[key for key in new if key not in old],
        removed=[key for key in old if key not in new],
        changed=[
            f"{key}.{word}"
            for key, step in new.items()
            for word in sorted({*step, *old.get(key, step)})
            if key in old and step.get(word) != old[key].get(word)
        ],
    )


@query(needs=DESIGN)
def definition_package(ctx: Context, *, of: DefinitionVersion) -> str:
    """A version as a package that another installation can import, with its hash (S0-39).

    of: The version, in whatever state.
    """
    return packed(of)
