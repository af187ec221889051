"""Which version of a definition is carried out: the one for the nearest unit that holds or is tried out."""

from __future__ import annotations

from dougong import Context, Refused, Unit, units_of
from dougong_flow.entities import Definition, DefinitionVersion, VersionState

STARTABLE = (VersionState.EFFECTIVE, VersionState.TRIAL)
"""In which states a version is carried out, the preferred one first."""


def version_for(definition: Definition, unit: Unit | None, ctx: Context) -> DefinitionVersion:
    """The version for a unit, or for whom somebody asks who belongs to one; else the general one.

    Raises Refused where none holds or is tried out there.
    """
    mine = [unit] if unit is not None else [] if ctx.me is None else units_of(ctx, ctx.me)[:1]
    possible = ctx.find(
        DefinitionVersion,
        DefinitionVersion.definition == definition,
        DefinitionVersion.state.in_(STARTABLE),
    )
    for place in [*_upwards(mine), None]:
        there = [one for one in possible if one.unit is place]
        if there:
            return min(there, key=lambda one: STARTABLE.index(one.state))
    raise Refused("nothing_holds_there", name=definition.name)


def _upwards(units: list[Unit]) -> list[Unit]:
    found: list[Unit] = []
    for unit in units:
        above: Unit | None = unit
        while above is not None and above not in found:
            found.append(above)
            above = above.parent
    return found
