"""What the API says of a record's actions, and of refusals: types that all entities share."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)

from dougong.db.naming import camel, upper_first
from dougong.entity.model import Kind
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


def label_of(verb: Verb[Any, Any, Any]) -> str:
    """What stands on the button: the verb's name in words."""
    name = str(verb.operation) if isinstance(verb, CrudVerb) else verb.name
    return upper_first(name.replace("_", " "))


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


def actions_field(reason: GraphQLObjectType) -> GraphQLField:
    """The field `actions`; `reason` is the type of a refusal."""
    names = GraphQLArgument(
        _some(GraphQLString),
        description="Only these, by the names of their mutations, whether you have the permission "
        "or not; in the order in which they are named.",
    )
    return GraphQLField(_some(_action_type(reason)), {"names": names}, description=SAYS)


def _action_type(reason: GraphQLObjectType) -> GraphQLObjectType:
    kind = GraphQLEnumType(
        "RecordActionKind",
        {name: GraphQLEnumValue(name, description=says) for name, says in KINDS.items()},
        description="What sort of action it is.",
    )
    json = SCALARS[Kind.JSON]
    return GraphQLObjectType(
        "RecordAction",
        _fields(
            ("name", _must(GraphQLString), "The mutation that does it."),
            ("label", _must(GraphQLString), "What to write on its button."),
            ("description", GraphQLString, "What it means, in a sentence."),
            ("kind", _must(kind), "What sort of action it is."),
            (
                "enabled",
                _must(GraphQLBoolean),
                "Whether it can be done with the record as you see it, if the form is filled in well.",
            ),
            (
                "reasons",
                _must(_some(reason)),
                "Why it cannot be done: what the mutation would say. Empty when it is enabled.",
            ),
            ("arguments", _must(json), "The mutation's arguments that are known: id and version."),
            ("form", _must(_some(_form_field_type())), "Its other arguments."),
        ),
        description="Something that can be done with a record, by a mutation.",
    )


def _form_field_type() -> GraphQLObjectType:
    made = GraphQLObjectType(
        "RecordActionField",
        lambda: _fields(
            ("name", _must(GraphQLString), "The argument, or the field of the input."),
            ("type", _must(GraphQLString), "Its GraphQL type, such as `[Decimal!]!`."),
            ("required", _must(GraphQLBoolean), "Whether it must be given."),
            ("description", GraphQLString, "What it means, in a sentence."),
            ("default", SCALARS[Kind.JSON], "What it is when it is not given."),
            ("secret", _must(GraphQLBoolean), "Whether to hide what is typed: it is kept nowhere."),
            ("entity", GraphQLString, "Of which records it takes the ids, such as `Product`."),
            ("options", _some(GraphQLString), "The values that it may have, of an enumeration."),
            ("fields", _some(made), "What it consists of, of an input object."),
        ),
        description="Something to fill in before an action.",
    )
    return made


def _fields(*said: tuple[str, Any, str]) -> dict[str, GraphQLField]:
    return {name: GraphQLField(kind, description=says) for name, kind, says in said}


def _must(kind: Any) -> Any:
    return GraphQLNonNull(kind)


def _some(kind: Any) -> Any:
    return GraphQLList(GraphQLNonNull(kind))
