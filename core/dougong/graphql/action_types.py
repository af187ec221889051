"""What the API says of a record's actions, and of refusals: types that all entities share."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from dougong.db.naming import camel
from dougong.entity.model import Kind
from dougong.graphql.described import all_of, arguments, fields, several
from dougong.graphql.scalars import SCALARS
from dougong.verbs.crud import CrudVerb
from dougong.verbs.verb import Verb
from dougong.workflow.workflow import Step

ACTIONS = "actions"
NAMES = ("UserError", "RecordAction", "RecordActionKind", "RecordActionField")
KINDS = {
    "STEP": "Moves the record to another state.",
    "ACTION": "Does something else with the record.",
    "UPDATE": "Changes fields of the record.",
    "DELETE": "Removes the record.",
}
SAYS = """What you can do with the record, and whether it can be done as the record is now.

What you have no permission for is left out, unless `names` asks for it. Null, with an error, when
it cannot be said."""


def mutation_name(verb: Verb[Any, Any, Any]) -> str:
    """How the API calls a verb: `qualifyLead`, `mergeLeads`, `updateLead`."""
    if isinstance(verb, CrudVerb):
        return f"{verb.operation}{verb.entity.__name__}"
    entity = verb.workflow.entity.__name__ if isinstance(verb, Step) else ""
    return camel(verb.name) + entity


def user_error_type() -> GraphQLObjectType:
    """What a refusal is in the API."""
    said = {
        "path": (all_of(GraphQLString), "Which input is to blame, from the arguments inwards."),
        "code": (_must(GraphQLString), "The reason, for programs."),
        "message": (_must(GraphQLString), "The reason, as a sentence."),
        "params": (_must(SCALARS[Kind.JSON]), "The values in the sentence."),
    }
    return GraphQLObjectType(
        "UserError",
        fields(said),
        description="Why something was refused, in a way that a form can show.",
    )


def actions_field(reason: GraphQLObjectType) -> GraphQLField:
    """The field `actions`; `reason` is the type of a refusal."""
    says = (
        "Only these, by the names of their mutations, whether you have the permission or not; "
        "in the order in which they are named."
    )
    names = arguments({"names": (several(GraphQLString), says)})
    return GraphQLField(several(_action_type(reason)), names, description=SAYS)


def _action_type(reason: GraphQLObjectType) -> GraphQLObjectType:
    kind = GraphQLEnumType(
        "RecordActionKind",
        {name: GraphQLEnumValue(name, description=says) for name, says in KINDS.items()},
        description="What sort of action it is.",
    )
    can = "Whether it can be done with the record as you see it, if the form is filled in well."
    why = "Why it cannot be done: what the mutation would say. Empty when it is enabled."
    known = "The mutation's arguments that are known: id and version."
    said = {
        "name": (_must(GraphQLString), "The mutation that does it."),
        "label": (_must(GraphQLString), "What to write on its button."),
        "description": (GraphQLString, "What it means, in a sentence."),
        "kind": (_must(kind), "What sort of action it is."),
        "enabled": (_must(GraphQLBoolean), can),
        "reasons": (all_of(reason), why),
        "arguments": (_must(SCALARS[Kind.JSON]), known),
        "form": (all_of(_form_field_type()), "Its other arguments, those that you may give."),
    }
    return GraphQLObjectType(
        "RecordAction",
        fields(said),
        description="Something that can be done with a record, by a mutation.",
    )


def _form_field_type() -> GraphQLObjectType:
    said = {
        "name": (_must(GraphQLString), "The argument, or the field of the input."),
        "label": (_must(GraphQLString), "What to write beside it."),
        "type": (_must(GraphQLString), "Its GraphQL type, such as `[Decimal!]!`."),
        "required": (_must(GraphQLBoolean), "Whether it must be given."),
        "description": (GraphQLString, "What it means, in a sentence."),
        "default": (SCALARS[Kind.JSON], "What it is when it is not given."),
        "secret": (_must(GraphQLBoolean), "Whether to hide what is typed: it is kept nowhere."),
        "entity": (GraphQLString, "Of which records it takes the ids, such as `Product`."),
        "options": (several(GraphQLString), "The values that it may have, of an enumeration."),
    }
    made = GraphQLObjectType(
        "RecordActionField",
        lambda: fields({**said, "fields": (several(made), "What it consists of, of an input.")}),
        description="Something to fill in before an action.",
    )
    return made


def _must(kind: Any) -> Any:
    return GraphQLNonNull(kind)
