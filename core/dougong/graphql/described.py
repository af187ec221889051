"""Fields, inputs and arguments, each from its type and the sentence that says what it means."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLList,
    GraphQLNonNull,
)

from dougong.entity.docs import Words

T = TypeVar("T")
Says = str | None | Words
Said = Mapping[str, tuple[Any, Says]]


class ReadLater:
    """A description that stands in the source of an add-on, and is read when somebody looks at it.

    Most who ask never do, and to read all of them takes long while a server starts.
    """

    def __get__(self, owner: Any, kind: type | None = None) -> str | None:
        words: Words = vars(owner)["description"]
        return words.description

    def __set__(self, owner: Any, words: Words) -> None:
        vars(owner)["description"] = words


LATER: dict[type, Any] = {
    kind: type(kind.__name__, (kind,), {"description": ReadLater()})
    for kind in (GraphQLField, GraphQLArgument, GraphQLInputField, GraphQLEnumValue)
}


def described(kind: type[T], what: Any, says: Says) -> T:
    """A field or an argument of a type, or an enumeration's value: `what` is the type or value."""
    return (LATER if isinstance(says, Words) else {}).get(kind, kind)(what, description=says)  # type: ignore[no-any-return]


def fields(said: Said) -> dict[str, GraphQLField]:
    """The fields of a type."""
    return {name: described(GraphQLField, kind, says) for name, (kind, says) in said.items()}


def inputs(said: Said) -> dict[str, GraphQLInputField]:
    """The fields of an input."""
    return {name: described(GraphQLInputField, kind, says) for name, (kind, says) in said.items()}


def values(enum: type[StrEnum]) -> dict[str, GraphQLEnumValue]:
    """The values of an enumeration; in Python they are its members."""
    return {v.name: described(GraphQLEnumValue, v, Words(enum, v.name)) for v in enum}


def arguments(said: Said) -> dict[str, GraphQLArgument]:
    """The arguments of a field."""
    return {name: described(GraphQLArgument, kind, says) for name, (kind, says) in said.items()}


def several(kind: Any) -> Any:
    """A list that may be left out, of things that are there."""
    return GraphQLList(GraphQLNonNull(kind))


def all_of(kind: Any) -> Any:
    """A list that is there, of things that are there."""
    return GraphQLNonNull(several(kind))
