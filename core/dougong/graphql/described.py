"""Fields, inputs and arguments, each from its type and the sentence that says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLInputField, GraphQLList, GraphQLNonNull

Said = Mapping[str, tuple[Any, str | None]]


def fields(said: Said) -> dict[str, GraphQLField]:
    """The fields of a type."""
    return {name: GraphQLField(kind, description=says) for name, (kind, says) in said.items()}


def inputs(said: Said) -> dict[str, GraphQLInputField]:
    """The fields of an input."""
    return {name: GraphQLInputField(kind, description=says) for name, (kind, says) in said.items()}


def arguments(said: Said) -> dict[str, GraphQLArgument]:
    """The arguments of a field."""
    return {name: GraphQLArgument(kind, description=says) for name, (kind, says) in said.items()}


def several(kind: Any) -> Any:
    """A list that may be left out, of things that are there."""
    return GraphQLList(GraphQLNonNull(kind))


def all_of(kind: Any) -> Any:
    """A list that is there, of things that are there."""
    return GraphQLNonNull(several(kind))
