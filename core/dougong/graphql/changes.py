"""The fields of Subscription: for every entity, what changes among the records that one sees."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.graphql.described import arguments, fields, several

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.types import Types

ENTITY = "entity"
"""Under which a field's extensions have its entity."""


class ChangeKind(StrEnum):
    """What an event of a subscription tells."""

    READY = (
        "From here on nothing is missed: read your list now. It comes first, and "
        "again when your rights have changed, as you may see other records then."
    )
    CREATED = "The record is new."
    UPDATED = "The record changed, or came among those that you see and asked for."
    GONE = (
        "A record that this subscription has shown, or that `shown` names, is no longer "
        "among those that you see and asked for: deleted, changed, or out of your sight."
    )
    IDLE = "Nothing to tell for a while; only the position is newer."


SINCE = (
    "The position of the last event that you have dealt with: you are told what has changed since, "
    "some of it perhaps again. The error RESYNC says that this cannot be done (7 days are kept)."
)
SHOWN = (
    "The ids of records that you show already, at most 1000: you are told when one of them is GONE, "
    "at once where that has happened meanwhile. Give it with `since` when you come back."
)
POSITION = (
    "Where the event stands: give it back as `since` to go on from here. Events that were found "
    "together carry the position before them, all but the last: so nothing is missed in between."
)


def subscription_type(generation: Generation, types: Types) -> GraphQLObjectType:
    """The Subscription type of a generation; raises SetupError when a name is taken."""
    kind = GraphQLEnumType(
        types.claim("ChangeKind", CORE),
        {one.name: GraphQLEnumValue(one.name, description=one.value) for one in ChangeKind},
        description=ChangeKind.__doc__,
    )
    changes = {
        f"{model_of(entity).api_name}Changed": _field(entity, types, kind)
        for entity in generation.models
    }
    return GraphQLObjectType("Subscription", changes, description="What can be followed live.")


def record_name(entity: type[Entity]) -> str:
    """The field of an event that stands for the record."""
    name = model_of(entity).api_name
    return f"{name}Record" if name in ("what", "id", "position") else name


def _field(entity: type[Entity], types: Types, kind: GraphQLEnumType) -> GraphQLField:
    model = model_of(entity)
    says = "The record as it is now; null unless CREATED or UPDATED."
    event = GraphQLObjectType(
        types.claim(f"{model.name}Change", model.addon),
        lambda: fields(
            {
                "what": (GraphQLNonNull(kind), "What the event tells."),
                "id": (GraphQLID, "Of which record; null in READY and IDLE."),
                "position": (GraphQLNonNull(GraphQLString), POSITION),
                record_name(entity): (types.object_of(entity), says),
            }
        ),
        description=f"An event about the {model.name} records that you see.",
    )
    args = {
        "where": (types.inputs.where_of(entity), "Which records."),
        "since": (GraphQLString, SINCE),
        "shown": (several(GraphQLID), SHOWN),
    }
    return GraphQLField(
        GraphQLNonNull(event),
        args=arguments(args),
        description=f"Follow the {model.name} records that you may see: an event for each change of "
        "a record itself, its own lines and its extensions, not of what it links to.",
        extensions={ENTITY: entity},
    )
