"""Steps that a new record takes at once: `createSalesOrder(input: …, then: [SUBMIT, CONFIRM])`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLEnumValue, is_required_argument

from dougong.access.context import Context
from dougong.entity.base import Entity
from dougong.entity.model import EntityModel
from dougong.errors import blamed
from dougong.graphql.described import several
from dougong.workflow.workflow import Step

if TYPE_CHECKING:
    from dougong.graphql.mutations.fields import Fields

THEN = "then"


def steps_at_once(fields: Fields, model: EntityModel) -> dict[str, GraphQLArgument]:
    """The argument `then` of an entity that has steps which ask for nothing, and are no secret."""
    steps = {
        one.name.upper(): GraphQLEnumValue(one, description=one.description)
        for one in fields.generation.verbs
        if isinstance(one, Step) and one.workflow.entity is model.entity and not one.secret
        if not any(map(is_required_argument, fields.inputs.form_arguments(one).values()))
    }
    if not steps:
        return {}
    name = fields.types.claim(f"{model.name}StepAtOnce", model.addon)
    kind = GraphQLEnumType(name, steps, description="A step that asks for nothing.")
    says = "Steps to take with it at once, in this order: all of that is done, or nothing."
    return {THEN: GraphQLArgument(several(kind), description=says)}


def take_at_once(record: Entity, given: Mapping[str, Any], ctx: Context) -> None:
    """Take a new record through the steps that were asked for; raises Refused at the step's place."""
    for place, step in enumerate(given.get(THEN) or ()):
        with blamed(THEN, place):
            step(record, ctx)
