"""The GraphQL types that follow from what is installed: records, lists of them, enumerations."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
)

from dougong.builtin.audit import history_types
from dougong.builtin.translations.columns import translatable_fields
from dougong.builtin.translations.types import TRANSLATIONS, translation_type, translations_field
from dougong.builtin.workflows.possible import verbs_about
from dougong.db.naming import CORE, schema_of
from dougong.entity.base import Entity
from dougong.entity.docs import first_sentence
from dougong.entity.model import Field, Kind, ToMany, ToOne, model_of
from dougong.errors import SetupError
from dougong.graphql.action_types import ACTIONS, NAMES, actions_field, user_error_type
from dougong.graphql.computed_values import field_of
from dougong.graphql.described import all_of, arguments, described, fields, several, values
from dougong.graphql.inputs import Inputs
from dougong.graphql.scalars import MONEY, MONEY_INPUT, SCALARS, SEARCH_WORDS, Enumeration
from dougong.verbs.computed import Computed

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.bridge import Bridge

Member = Field | ToOne | ToMany | Computed
"""What a field of a record's type stands for."""

PAGE_SIZE = 20
BIGGEST_PAGE = 100


class Types:
    """All types of one generation; the same question always gets the same object."""

    def __init__(self, generation: Generation) -> None:
        """Raises SetupError when add-ons give two things the same name."""
        self.generation = generation
        self._owners: dict[str, str] = {}
        self._taken: set[str] = set()
        self._objects: dict[type[Entity], GraphQLObjectType] = {}
        self._connections: dict[type[Entity], GraphQLObjectType] = {}
        self._enums: dict[type[StrEnum], GraphQLEnumType] = {}
        self._members: dict[type[Entity], Mapping[str, Member]] = {}
        for name in (
            "Query",
            "Mutation",
            "Subscription",
            "Node",
            "PageInfo",
            *(*NAMES, *history_types.NAMES, "Translation"),
            *_shared_names(),
        ):
            self.claim(name, CORE)
        self.inputs = Inputs(self)

    def claim(self, name: str, addon: str) -> str:
        """Reserve the name of a type for an add-on.

        Raises SetupError when another type has it already.
        """
        other = self._owners.setdefault(name, addon)
        if other != addon or name in self._taken:
            raise SetupError(
                f"The add-ons {other} and {addon} both bring a GraphQL type {name}.",
                fix="rename one of the two; names in the API are shared by all add-ons.",
            )
        self._taken.add(name)
        return name

    @cached_property
    def bridge(self) -> Bridge:
        """Where hand-written types come from; what has none never loads strawberry."""
        from dougong.graphql.bridge import Bridge

        return Bridge(self)

    # Records ---------------------------------------------------------------------------------

    def members_of(self, entity: type[Entity]) -> Mapping[str, Member]:
        """What the fields of a record's type stand for, by name; not what every record has."""
        found = self._members.get(entity)
        if found is None:
            found = self._members[entity] = MappingProxyType(self._collect_members(entity))
        return found

    def _collect_members(self, entity: type[Entity]) -> dict[str, Member]:
        members: dict[str, Member] = {}
        owners: dict[str, str] = {
            "id": entity.__addon__,
            ACTIONS: CORE,
            history_types.HISTORY: CORE,
        }
        if any(translatable_fields(self.generation, entity)):
            owners[TRANSLATIONS] = CORE
        for part in (entity, *self.generation.extensions.get(entity, ())):
            model = model_of(part)
            own: list[Field | ToOne] = [*model.fields.values(), *model.links.values()]
            for member in own:
                self._check_free(entity, member.api_name, owners, model.addon)
                members[member.api_name] = member
        for many in self.generation.to_many.get(entity, {}).values():
            self._check_free(entity, many.api_name, owners, many.target.__addon__)
            members[many.api_name] = many
        for field in self.generation.computed:
            if field.entity is entity:
                self._check_free(entity, field.api_name, owners, field.addon)
                members[field.api_name] = field
        return members

    def _check_free(
        self, entity: type[Entity], name: str, owners: dict[str, str], addon: str
    ) -> None:
        if name in owners:
            raise SetupError(
                f"The add-ons {owners[name]} and {addon} both give {entity.__name__} "
                f"a field “{name}”.",
                fix="rename one of the two fields.",
                where=[
                    e for e in self.generation.extensions.get(entity, ()) if e.__addon__ == addon
                ],
            )
        owners[name] = addon

    def object_of(self, entity: type[Entity]) -> GraphQLObjectType:
        """The type of one record."""
        found = self._objects.get(entity)
        if found is None:
            model = model_of(entity)
            found = self._objects[entity] = GraphQLObjectType(
                self.claim(model.name, model.addon),
                lambda: self._fields_of(entity),
                interfaces=[self.node],
                description=model.description,
            )
        return found

    def _fields_of(self, entity: type[Entity]) -> dict[str, GraphQLField]:
        made = fields({"id": (GraphQLNonNull(GraphQLID), _ID_SAYS)})
        for name, member in self.members_of(entity).items():
            match member:
                case Field():
                    made[name] = described(GraphQLField, self.output_type(member), member)
                case ToOne():
                    made[name] = described(GraphQLField, self.object_of(member.target), member)
                case ToMany():
                    made[name] = self.connection_field(member.target, member.description)
                case Computed():
                    made[name] = field_of(member, self)
        if verbs_about(self.generation, entity):
            made[ACTIONS] = self.actions
        if any(translatable_fields(self.generation, entity)):
            made[TRANSLATIONS] = translations_field(self.translation)
        made[history_types.HISTORY] = self.history
        return made

    @cached_property
    def actions(self) -> GraphQLField:
        """The field that says what can be done with a record."""
        return actions_field(self.user_error)

    @cached_property
    def history(self) -> GraphQLField:
        """The field that says what was done to a record."""
        return history_types.history_field(self.page_info, BIGGEST_PAGE, PAGE_SIZE)

    @cached_property
    def translation(self) -> GraphQLObjectType:
        """The type of a translation."""
        return translation_type()

    @cached_property
    def user_error(self) -> GraphQLObjectType:
        """The type of a refusal."""
        return user_error_type()

    @cached_property
    def node(self) -> GraphQLInterfaceType:
        """The interface that every record's type implements."""
        return GraphQLInterfaceType(
            "Node",
            {"id": GraphQLField(GraphQLNonNull(GraphQLID), description=_ID_SAYS)},
            description="A record that can be found by its id alone.",
        )

    # Lists -----------------------------------------------------------------------------------

    def connection_of(self, entity: type[Entity]) -> GraphQLObjectType:
        """The type of a page of records."""
        found = self._connections.get(entity)
        if found is None:
            name, addon = entity.__name__, entity.__addon__
            record = self.object_of(entity)
            edge = GraphQLObjectType(
                self.claim(f"{name}Edge", addon),
                lambda: fields(
                    {
                        "cursor": (GraphQLNonNull(GraphQLString), "Where the record stands."),
                        "node": (GraphQLNonNull(record), "The record."),
                    }
                ),
                description=f"A {name} and where it stands in the list.",
            )
            count = "How many match, on all pages."
            found = self._connections[entity] = GraphQLObjectType(
                self.claim(f"{name}Connection", addon),
                lambda: fields(
                    {
                        "edges": (all_of(edge), "The records with their cursors."),
                        "nodes": (all_of(record), "The records."),
                        "pageInfo": (GraphQLNonNull(self.page_info), "What is before and after."),
                        "totalCount": (GraphQLNonNull(GraphQLInt), count),
                    }
                ),
                description=f"A page of {name} records.",
            )
        return found

    def connection_field(self, entity: type[Entity], description: str | None) -> GraphQLField:
        """A field that is a list of records, with the arguments that every list has."""
        order = self.inputs.order_of(entity)
        first = f"How many from the start, up to {BIGGEST_PAGE}; {PAGE_SIZE} unless `first` or "
        last = f"How many from the end, up to {BIGGEST_PAGE}; not with `first`."
        args = {
            "first": (GraphQLInt, f"{first}`last` is given."),
            "after": (GraphQLString, "A cursor: only records that come after it."),
            "last": (GraphQLInt, last),
            "before": (GraphQLString, "A cursor: only records that come before it."),
            "where": (self.inputs.where_of(entity), "Which records."),
            "orderBy": (several(order), "In which order; the oldest first unless said."),
        }
        kind = GraphQLNonNull(self.connection_of(entity))
        return GraphQLField(kind, arguments(args), description=description)

    @cached_property
    def page_info(self) -> GraphQLObjectType:
        """The type that says what is before and after a page."""
        after = "Whether the list has a record that comes after this page."
        before = "Whether the list has a record that comes before this page."
        start = "Where the first record stands: `before` for the previous page."
        end = "Where the last record stands: `after` for the next page."
        said = {
            "hasNextPage": (GraphQLNonNull(GraphQLBoolean), after),
            "hasPreviousPage": (GraphQLNonNull(GraphQLBoolean), before),
            "startCursor": (GraphQLString, start),
            "endCursor": (GraphQLString, end),
        }
        says = "What is before and after a page of records."
        return GraphQLObjectType("PageInfo", fields(said), description=says)

    # Values ----------------------------------------------------------------------------------

    def enum_of(self, enum: type[StrEnum]) -> GraphQLEnumType:
        """The type of an enumeration; its values in Python are the members."""
        found = self._enums.get(enum)
        if found is None:
            found = self._enums[enum] = Enumeration(
                self.claim(enum.__name__, schema_of(enum.__module__)),
                values(enum),
                description=first_sentence(enum.__doc__),
            )
        return found

    def output_scalar(self, field: Field) -> GraphQLOutputType:
        """The type of a field's values in answers, where they are not null."""
        if field.enum is not None:
            return self.enum_of(field.enum)
        return MONEY if field.kind is Kind.MONEY else SCALARS[field.kind]

    def output_type(self, field: Field) -> GraphQLOutputType:
        """The type of a field in answers."""
        kind: Any = self.output_scalar(field)
        return kind if field.may_be_null else GraphQLNonNull(kind)

    def input_type(self, field: Field) -> GraphQLInputType:
        """The type of a field's values in requests, where they are not null."""
        if field.enum is not None:
            return self.enum_of(field.enum)
        return MONEY_INPUT if field.kind is Kind.MONEY else SCALARS[field.kind]


_ID_SAYS = "The record's id in the whole API; it never changes and is never given again."


def _shared_names() -> tuple[str, ...]:
    scalars = {scalar.name for scalar in SCALARS.values()}
    return (*sorted(scalars), "ID", MONEY.name, MONEY_INPUT.name, SEARCH_WORDS.name)
