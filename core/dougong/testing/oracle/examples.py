"""Examples: a document, values for its variables, and who asks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema
from hypothesis import strategies as st

from dougong.testing.oracle.beyond import beyond
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.documents import CursorsOf, Documents
from dougong.testing.oracle.guide import Guide
from dougong.testing.oracle.inputs import Values

SIZES = (100, 200, 400, 800)
"""Of how many bytes of chance a document is made."""


@dataclass(frozen=True)
class Request:
    """One asking of a document."""

    variables: Mapping[str, Any]
    who: str


@dataclass(frozen=True)
class Example:
    """A document, and how it is asked, one time after the other."""

    document: str
    requests: tuple[Request, ...]

    def __repr__(self) -> str:
        asked = "\n".join(
            f"{one.who}: {json.dumps(one.variables, ensure_ascii=False)}" for one in self.requests
        )
        return f"\n{self.document}\n{asked}\n"


@dataclass(frozen=True)
class World:
    """What examples are drawn from."""

    schema: GraphQLSchema
    people: Sequence[str]
    pool: Mapping[tuple[str, str], Sequence[Any]]
    cursors: CursorsOf
    entities: Sequence[str]
    guide: Guide
    everything: bool = False
    """Whether root fields are asked for that the plain resolvers do not answer."""


def examples(world: World) -> st.SearchStrategy[Example]:
    """Examples about the records of a world."""

    @st.composite
    def drawn(draw: Any) -> Example:
        # One draw: of many small ones Hypothesis would make examples that are too much alike.
        size = draw(st.sampled_from(SIZES))
        return example(Dice(draw(st.binary(min_size=size, max_size=size))), world)

    return drawn()


def example(dice: Dice, world: World) -> Example:
    """The example that these choices make."""
    who = world.people[0] if dice.chance(25) else dice.one(world.people)
    if dice.chance(2):
        return Example(beyond(world.schema, dice), (Request({}, who),))
    values = Values(dice, world.pool, world.entities, world.guide)
    everything = world.everything
    text = Documents(world.schema, dice, values, world.cursors, everything=everything).draw()
    asked = [Request(sent(dice, values, again=False), who)]
    if dice.chance(30):
        other = who if dice.chance(60) else dice.one(world.people)
        asked.append(Request(sent(dice, values, again=True), other))
    return Example(text, tuple(asked))


def sent(dice: Dice, values: Values, *, again: bool) -> dict[str, Any]:
    """Values for the variables; some are left out where that is allowed."""
    sent = {}
    for one in values.variables:
        optional = one.default or not one.kind.endswith("!")
        if not (optional and dice.chance(30 if one.default else 6)):
            sent[one.name] = one.again() if again and dice.chance(60) else one.value
    return sent
