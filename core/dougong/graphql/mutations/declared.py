"""What a field of Mutation carries, and what a refusal is in the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString

from dougong.access.context import Context
from dougong.entity.base import Entity
from dougong.entity.model import Kind
from dougong.graphql.scalars import SCALARS

MUTATION = "dougong.mutation"
"""The key in a field's `extensions` under which its Mutation stands."""


@dataclass(frozen=True)
class Outcome:
    """What a mutation did: the record to show, or the plain values of its payload."""

    record: Entity | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Mutation:
    """One field of Mutation, ready to be done in a transaction."""

    addon: str
    entity: type[Entity] | None
    """The entity of the payload's record, where it has one."""
    act: Callable[[Context, Mapping[str, Any]], Outcome]


def user_error_type() -> GraphQLObjectType:
    """What a refusal is in the API."""
    some_text: Any = GraphQLNonNull(GraphQLString)
    return GraphQLObjectType(
        "UserError",
        {
            "path": GraphQLField(
                GraphQLNonNull(GraphQLList(some_text)),
                description="Which input is to blame, from the arguments inwards.",
            ),
            "code": GraphQLField(some_text, description="The reason, for programs."),
            "message": GraphQLField(some_text, description="The reason, as a sentence."),
            "params": GraphQLField(
                GraphQLNonNull(SCALARS[Kind.JSON]), description="The values in the sentence."
            ),
        },
        description="Why something was refused, in a way that a form can show.",
    )
