"""The input types of mutations: what is needed to create and to change, and the forms of verbs."""

from __future__ import annotations

import types as python_types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLScalarType,
)

from dougong.db.naming import camel
from dougong.entity.base import Entity
from dougong.entity.fields import Money, RecordId
from dougong.entity.model import EntityModel, Field, Kind, ToOne, model_of
from dougong.errors import SetupError
from dougong.graphql.described import Says, arguments, inputs, several
from dougong.graphql.scalars import MONEY_INPUT, SCALARS
from dougong.verbs.verb import FormField, Verb
from dougong.workflow.event_log import plain

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.types import Types

HINT = "dougong.hint"
"""The key in the `extensions` of an argument or input field under which its Hint stands."""


@dataclass(frozen=True)
class Hint:
    """What who draws a form wants to know, and the type does not say."""

    entity: str | None = None
    """Of which records it takes the ids."""
    default: Any = None
    secret: bool = False
    writes: Field | ToOne | None = None
    """What of a record it changes."""


PLAIN_TYPES: Mapping[Any, GraphQLScalarType] = {
    str: SCALARS[Kind.TEXT],
    int: SCALARS[Kind.INT],
    bool: SCALARS[Kind.BOOLEAN],
    Decimal: SCALARS[Kind.DECIMAL],
    date: SCALARS[Kind.DATE],
    datetime: SCALARS[Kind.DATETIME],
    RecordId: GraphQLID,
    dict[str, Any]: SCALARS[Kind.JSON],
}
"""What a parameter or result of a verb is in the API, by its Python type."""


class Inputs:
    """The input types of one generation."""

    def __init__(self, generation: Generation, types: Types) -> None:
        self.generation = generation
        self.types = types
        self._made: dict[str, GraphQLInputObjectType] = {}

    # Create and patch ------------------------------------------------------------------------

    def create_input(
        self, entity: type[Entity], parent: ToOne | None = None
    ) -> GraphQLInputObjectType:
        """`LeadCreate`: what a new record needs; a child's parent link is left out."""
        model = model_of(entity)
        name = (
            f"{model.name}Create" if parent is None else f"{model.name}In{parent.target.__name__}"
        )
        return self._object(
            name, model.addon, lambda: self._create_fields(model, parent), model.description
        )

    def patch_input(self, entity: type[Entity]) -> GraphQLInputObjectType:
        """`LeadPatch`: the fields to change; what is absent stays as it is."""
        model = model_of(entity)
        about = f"What to change; fields that are not given stay. {model.description or ''}"
        return self._object(
            f"{model.name}Patch", model.addon, lambda: self._patch_fields(model), about
        )

    def _object(
        self, name: str, addon: str, fields: Any, description: str | None
    ) -> GraphQLInputObjectType:
        if name not in self._made:
            self._made[name] = GraphQLInputObjectType(
                self.types.claim(name, addon),
                fields,
                description=(description or "").strip() or None,
            )
        return self._made[name]

    def writable(self, entity: type[Entity]) -> list[Field | ToOne]:
        """The fields and links that people write, those of extensions included."""
        flow = self.generation.workflows.get(entity)
        found: list[Field | ToOne] = []
        for one in (entity, *self.generation.extensions.get(entity, ())):
            model = model_of(one)
            members: tuple[Field | ToOne, ...] = (*model.fields.values(), *model.links.values())
            found += [
                field
                for field in members
                if not field.read_only and not (flow and field.name == flow.state_name)
            ]
        return found

    def _create_fields(
        self, model: EntityModel, parent: ToOne | None
    ) -> dict[str, GraphQLInputField]:
        needed = {field.api_name for field in self.needed(model.entity)}
        said = self._plain_fields(model, parent)
        for name in needed & said.keys():
            said[name] = (GraphQLNonNull(said[name][0]), said[name][1])
        for name, child in model.owned.items():
            kind = self.create_input(child, self.generation.owned[child].link)
            said[camel(name)] = (several(kind), model_of(child).description)
        return inputs(said)

    def needed(self, entity: type[Entity]) -> list[Field | ToOne]:
        """What must be said of a new record."""
        fields = self.writable(entity)
        return [one for one in fields if one.owner is entity and not one.has_default]

    def _patch_fields(
        self, model: EntityModel, parent: ToOne | None = None
    ) -> dict[str, GraphQLInputField]:
        said = self._plain_fields(model, parent)
        for name, child in model.owned.items():
            says = f"{model_of(child).description} Those that are not named stay."
            said[camel(name)] = (several(self._child_patch(child)), says)
        made = inputs(said)
        for field in self.writable(model.entity):
            if field.api_name in made:
                entity = field.target.__name__ if isinstance(field, ToOne) else None
                made[field.api_name].extensions[HINT] = Hint(entity, writes=field)
        return made

    def _child_patch(self, entity: type[Entity]) -> GraphQLInputObjectType:
        """`ContactInPartyPatch`: a child to change, to add or to remove."""
        model, parent = model_of(entity), self.generation.owned[entity].link

        def fields() -> dict[str, GraphQLInputField]:
            which = "The one to change or to remove; a new one is added without it."
            remove = (GraphQLBoolean, "True removes the one with the id.")
            which_one = inputs({"id": (GraphQLID, which), "remove": remove})
            return {**self._patch_fields(model, parent), **which_one}

        name = f"{model.name}In{parent.target.__name__}Patch"
        return self._object(name, model.addon, fields, model.description)

    def _plain_fields(
        self, model: EntityModel, parent: ToOne | None
    ) -> dict[str, tuple[Any, Says]]:
        return {
            field.api_name: (self._type_of(field), field)
            for field in self.writable(model.entity)
            if parent is None or field.name != parent.name
        }

    def _type_of(self, field: Field | ToOne) -> Any:
        return GraphQLID if isinstance(field, ToOne) else self.types.input_type(field)

    # Forms of verbs --------------------------------------------------------------------------

    def form_arguments(self, verb: Verb[Any, Any, Any]) -> dict[str, GraphQLArgument]:
        """The arguments of a verb's mutation that come from its keyword-only parameters."""
        made = arguments(
            {
                camel(field.name): (self._form_type(verb, field), verb.about.get(field.name))
                for field in verb.form.values()
            }
        )
        for field in verb.form.values():
            made[camel(field.name)].extensions[HINT] = _hint(verb, field)
        return made

    def _form_type(self, verb: Verb[Any, Any, Any], field: FormField) -> GraphQLInputType:
        python_type, nullable = without_none(field.annotation)
        kind = self._python_type(verb, field.name, python_type)
        return kind if nullable or not field.required else GraphQLNonNull(kind)

    def _python_type(self, verb: Verb[Any, Any, Any], name: str, python_type: Any) -> Any:
        if get_origin(python_type) is Annotated:
            return self._python_type(verb, name, get_args(python_type)[0])
        if get_origin(python_type) is list:
            inner = self._python_type(verb, name, get_args(python_type)[0])
            return several(inner)
        if isinstance(python_type, type) and issubclass(python_type, Entity):
            return GraphQLID
        if isinstance(python_type, type) and issubclass(python_type, StrEnum):
            return self.types.enum_of(python_type)
        if python_type is Money:
            return MONEY_INPUT
        if python_type in PLAIN_TYPES:
            return PLAIN_TYPES[python_type]
        hand_written = self.types.bridge.input(python_type)
        if hand_written is not None:
            return hand_written
        raise SetupError(
            f"{verb.key} takes {name}: {python_type}, which the API has no input for.",
            fix="use str, int, bool, Decimal, date, datetime, Money, an enumeration, an entity, "
            "or a list of these.",
            where=(verb,),
        )


def _hint(verb: Verb[Any, Any, Any], field: FormField) -> Hint:
    kind, _ = without_none(field.annotation)
    (kind,) = get_args(kind) if get_origin(kind) is list else (kind,)
    entity = isinstance(kind, type) and issubclass(kind, Entity)
    secret = field.name in verb.secret
    return Hint(kind.__name__ if entity else None, plain(field.default), secret)


def without_none(annotation: Any) -> tuple[Any, bool]:
    """`str | None` → (str, True)."""
    if get_origin(annotation) in (Union, python_types.UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        if len(rest) == 1 and len(rest) < len(get_args(annotation)):
            return rest[0], True
    return annotation, False
