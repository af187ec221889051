"""The API's ids: `Lead:42`, opaque to clients, never reused."""

from __future__ import annotations

from graphql import GraphQLError

from dougong.entity.base import Entity
from dougong.graphql.problems import bad_input
from dougong.graphql.scalars import shown

BIGGEST = 2**63 - 1


def global_id(entity: type[Entity], number: int) -> str:
    """The id of a record in the API."""
    return f"{entity.__name__}:{number}"


def split_id(text: str) -> tuple[str, int]:
    """The type and the number in an id of the API.

    Raises GraphQLError (BAD_ID) when it is not one.
    """
    name, colon, number = str(text).partition(":")
    if not (colon and name.isidentifier() and number.isascii() and number.isdecimal()):
        raise _bad_id(
            f"“{shown(text)}” is not an id; ids look like “Lead:42” and come from the API."
        )
    if len(number) > 19 or int(number) > BIGGEST:
        raise _bad_id(f"“{shown(text)}” is not an id: the number is too large.")
    return name, int(number)


def number_of(text: str, entity: type[Entity]) -> int:
    """The number of a record of this entity, from its id in the API.

    Raises GraphQLError (BAD_ID) when the text is no id, or the id of something else.
    """
    name, number = split_id(text)
    if name != entity.__name__:
        raise _bad_id(f"“{shown(text)}” is not the id of a {entity.__name__}.")
    return number


def _bad_id(message: str) -> GraphQLError:
    return bad_input("BAD_ID", message)
