"""What a definition itself must say, and whom it must find, before a version of it is approved."""

from __future__ import annotations

from collections.abc import Iterator

from dougong import Context, Invalid, holders
from dougong_flow.entities import Definition, DefinitionVersion

SAYS = ("purpose", "goals", "value_for", "success_metric")
"""What it says: what it is for, what that follows from, what others get of it, and how one sees it."""
WHO = ("responsible", "accountable")


def lacking_purpose(definition: Definition) -> Iterator[Invalid]:
    """What a definition does not say yet of what it is for (S0-07, S0-21, S1-07)."""
    for word in SAYS:
        if not (getattr(definition, word) or "").strip():
            yield Invalid("definition_lacks", name=definition.name, what=word)


def without_holders(version: DefinitionVersion, ctx: Context) -> Iterator[Invalid]:
    """Roles of a sound version that nobody holds who is active, where it holds (S2-10)."""
    found: dict[str, bool] = {}
    for number, step in enumerate(version.body["steps"]):
        for word in WHO:
            for place, role in enumerate(step.get(word, ())):
                if role not in found:
                    found[role] = bool(holders(ctx, role, version.unit) or holders(ctx, role))
                if not found[role]:
                    at = ("body", "steps", number, word, place)
                    yield Invalid("nobody_holds_role", at=at, role=role, step=step["key"])
