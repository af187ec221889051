"""Where hand-written types meet generated ones: what strawberry knows, made graphql-core's.

Alone in touching what strawberry keeps to itself; tests/core/graphql/test_bridge.py pins that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_nullable_type,
    is_input_type,
)
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from dougong.db.naming import schema_of
from dougong.entity.base import Entity
from dougong.entity.docs import field_docs, first_sentence
from dougong.entity.fields import Money
from dougong.errors import DougongError, SetupError
from dougong.graphql.mutations.inputs import PLAIN_TYPES, Inputs, without_none
from dougong.graphql.mutations.values import Values
from dougong.graphql.scalars import MONEY
from dougong.verbs.computed import Computed
from dougong.verbs.query import Query

if TYPE_CHECKING:
    from dougong.graphql.types import Types

OURS: Mapping[Any, GraphQLScalarType] = {**PLAIN_TYPES, ID: GraphQLID, float: GraphQLFloat}
WHAT_FITS = (
    "annotate it with str, int, float, bool, Decimal, date, datetime, Money, a StrEnum, an entity, "
    "a class of @strawberry.type, or a list of one of these."
)


class Bridge(GraphQLCoreConverter):
    """Makes the types of hand-written fields; an entity in them is its generated type."""

    def __init__(self, types: Types) -> None:
        super().__init__(StrawberryConfig(), {}, {}, self._described)
        self._types = types
        self._at = ""
        """What is being made, for errors."""
        self._inputs = Inputs(types.generation, types)
        self._values = Values(self._inputs)

    def query(self, query: Query[Any, Any]) -> GraphQLField:
        """A field of Query; raises SetupError where its annotations do not suit the API."""
        with self._making(query):
            given = self._inputs.form_arguments(query)
            kind: Any = self.from_maybe_optional(StrawberryAnnotation(query.returns).resolve())

            def resolve(_root: Any, info: Any, **form: Any) -> Any:
                return query(info.context, **self._values.read_form(query, form, info.context))

            return GraphQLField(kind, given, resolve, description=self._said(query.description))

    def input(self, annotation: Any) -> GraphQLInputType | None:
        """The type of a hand-written input; None for anything else."""
        definition = getattr(annotation, "__strawberry_definition__", None)
        return self.from_input_object(annotation) if definition and definition.is_input else None

    def read(self, annotation: Any, value: dict[str, Any]) -> Any:
        """A hand-written input as its class has it."""
        return convert_argument(value, annotation, self.scalar_registry, self.config)

    def computed(self, field: Computed) -> GraphQLField:
        """A field of an entity's type whose values Python makes; null where they fail."""
        with self._making(field):
            kind: Any = StrawberryAnnotation(without_none(field.gives)[0]).resolve()
            shown: Any = get_nullable_type(self.from_type(kind))
            says = self._said(field.description)
            return GraphQLField(shown, resolve=lambda made, _: made, description=says)

    @contextmanager
    def _making(self, of: Query[Any, Any] | Computed) -> Iterator[None]:
        """Say of everything that goes wrong where it stands."""
        self._at = f"{of.__module__}.{of.name}"
        done = set(self.type_map)
        try:
            yield
            while left := self.type_map.keys() - done:
                for name in left:  # asked for now, so that what is wrong is found at install
                    _ = getattr(self.type_map[name].implementation, "fields", None)
                done |= left
        except Exception as problem:
            cause: BaseException = problem
            while cause.__cause__ is not None:
                cause = cause.__cause__
            if isinstance(cause, DougongError):
                raise cause from None
            raise self._wrong(f"cannot be shown by the API: {cause}", WHAT_FITS) from problem

    def _wrong(self, what: str, fix: str) -> SetupError:
        return SetupError(f"{self._at} {what}.", fix=fix)

    # What strawberry's converter asks ------------------------------------------------------------

    def _described(self, definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The fields of a type or input that is new; its name is taken and its texts are read."""
        name, kind = self.config.name_converter.from_type(definition), definition.origin
        self._at = f"{kind.__module__}.{kind.__qualname__}"
        self._types.claim(name, schema_of(kind.__module__))
        written = not (kind.__doc__ or "").startswith(f"{kind.__name__}(")  # as dataclasses do
        says = definition.description or (first_sentence(kind.__doc__) if written else None)
        made: Any = self.type_map[name].implementation
        made.description = self._said(says)
        for field in definition.fields:
            owner: Any = field.origin if isinstance(field.origin, type) else kind
            self._at = f"{owner.__module__}.{owner.__qualname__}.{field.python_name}"
            if field.is_async or field.is_subscription:
                raise self._wrong("is async", "write it with def; it has a thread of its own.")
            resolver: Any = field.base_resolver
            own = first_sentence(resolver and resolver.wrapped_func.__doc__)
            below = field_docs(owner).get(field.python_name)
            field.description = self._said(field.description or own or below)
        return definition.fields

    def _said(self, says: str | None) -> str:
        if not says:
            raise self._wrong("does not say what it means", "give it a docstring.")
        return says

    def validate_same_type_definition(
        self, name: str, type_definition: Any, cached_type: Any
    ) -> None:
        """Refuse two types of one name."""
        one, other = (getattr(it, "origin", it) for it in (cached_type.definition, type_definition))
        if one is not other:
            raise SetupError(
                f"{one.__module__} and {other.__module__} both have a GraphQL type {name}.",
                fix="rename one of the two; names in the API are shared by all add-ons.",
            )

    def from_argument(self, argument: StrawberryArgument) -> GraphQLArgument:
        """An argument of a hand-written field."""
        made = super().from_argument(argument)
        if not is_input_type(made.type):
            fix = "take its id as strawberry.ID; only a @query itself is given records."
            raise self._wrong(f"takes {made.type}, which clients cannot send", fix)
        return made

    def from_type(self, type_: Any) -> Any:
        """What an annotation is in the API; raises SetupError for one that it cannot show."""
        if _is_entity(type_) and type_ in self._types.generation.models:
            return self._types.object_of(type_)
        if type_ is Money:
            return MONEY
        definition = getattr(type_, "__strawberry_definition__", type_)
        if isinstance(definition, StrawberryUnion) or getattr(definition, "is_interface", False):
            return self._unknown(type_)
        try:
            return super().from_type(type_)
        except TypeError:
            return self._unknown(type_)

    def from_maybe_optional(self, type_: Any) -> Any:
        """The same, null only where it says so; of a record, wherever the asker may not see it."""
        return self.from_type(type_) if _is_entity(type_) else super().from_maybe_optional(type_)

    def from_list(self, type_: StrawberryList) -> Any:
        """A list; records that the asker may not see are left out of it."""
        if _is_entity(type_.of_type):
            return GraphQLList(GraphQLNonNull(self.from_type(type_.of_type)))
        return super().from_list(type_)

    def from_scalar(self, scalar: type) -> GraphQLScalarType:
        """One of the API's own scalars."""
        return OURS[scalar] if scalar in OURS else self._unknown(scalar)

    def from_enum(self, enum: StrawberryEnumDefinition) -> Any:
        """An enumeration, the same as where an entity has it."""
        kind: Any = enum.wrapped_cls
        return self._types.enum_of(kind) if issubclass(kind, StrEnum) else self._unknown(kind)

    def _unknown(self, annotation: Any) -> Any:
        said = getattr(annotation, "__name__", annotation)
        raise self._wrong(f"is annotated with {said}, which the API cannot show", WHAT_FITS)


def _is_entity(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Entity)
