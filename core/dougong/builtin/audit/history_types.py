"""What the API says of a record's history: types that all entities share."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from dougong.entity.model import Kind
from dougong.graphql.described import all_of, arguments, fields
from dougong.graphql.scalars import SCALARS

HISTORY = "history"
NAMES = ("RecordHistory", "RecordHistoryEdge", "RecordChange", "RecordChangeKind", "FieldChange")
KINDS = {
    "CREATED": "The record was added; its fields are told as they were then.",
    "UPDATED": "Fields of it were changed.",
    "DELETED": "It was removed; its fields are told as they were last.",
}
SAYS = "What was done to the record, the latest first, as far as you may see it."


def history_field(page_info: GraphQLObjectType, biggest: int, usual: int) -> GraphQLField:
    """The field `history`, with the type of `pageInfo`."""
    args = {
        "first": (GraphQLInt, f"How many, up to {biggest}; {usual} unless it is given."),
        "after": (GraphQLString, "A cursor: only what was done before that."),
    }
    kind = GraphQLNonNull(_connection(page_info))
    return GraphQLField(kind, arguments(args), description=SAYS)


def _connection(page_info: GraphQLObjectType) -> GraphQLObjectType:
    change = _change()
    edge = GraphQLObjectType(
        "RecordHistoryEdge",
        fields(
            {
                "cursor": (_must(GraphQLString), "Where the change stands."),
                "node": (_must(change), "The change."),
            }
        ),
        description="A change of a record and where it stands in its history.",
    )
    return GraphQLObjectType(
        "RecordHistory",
        fields(
            {
                "edges": (all_of(edge), "The changes with their cursors."),
                "nodes": (all_of(change), "The changes."),
                "pageInfo": (_must(page_info), "What is before and after."),
                "totalCount": (_must(GraphQLInt), "How many there are, on all pages."),
            }
        ),
        description="A page of what was done to a record.",
    )


def _change() -> GraphQLObjectType:
    kind = GraphQLEnumType(
        "RecordChangeKind",
        {name: GraphQLEnumValue(name, description=says) for name, says in KINDS.items()},
        description="What sort of change it was.",
    )
    said = {
        "at": (_must(SCALARS[Kind.DATETIME]), "When its transaction began."),
        "kind": (_must(kind), "What sort of change it was."),
        "user": (
            GraphQLID,
            "Who did it; null for a job or a command, and for whom you cannot see.",
        ),
        "label": (GraphQLString, "What that person, job or command was called."),
        "onBehalfOf": (GraphQLID, "Who was stood in for."),
        "addon": (GraphQLString, "The add-on whose code made the change; null past all of them."),
        "verb": (GraphQLString, "What was being done: `crm.qualify`."),
        "role": (GraphQLString, "The role that permitted it, where one was needed."),
        "reason": (GraphQLString, "Why, where the step asked for a reason."),
        "elevation": (GraphQLString, "Why its code read more than its add-on may, where it did."),
        "changes": (all_of(_field_change()), "The fields that changed, those that you may see."),
    }
    return GraphQLObjectType(
        "RecordChange", fields(said), description="Something that was done to a record."
    )


def _field_change() -> GraphQLObjectType:
    value = SCALARS[Kind.JSON]
    said = {
        "field": (_must(GraphQLString), "The field, as the API calls it."),
        "label": (_must(GraphQLString), "What to call it."),
        "from": (value, "What it was; of a link the id, if you may see that record."),
        "to": (value, "What it became."),
    }
    return GraphQLObjectType(
        "FieldChange",
        fields(said),
        description="A field's value before and after. Of an amount of money, the parts that changed.",
    )


def _must(kind: Any) -> Any:
    return GraphQLNonNull(kind)
