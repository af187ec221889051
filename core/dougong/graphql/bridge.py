"""Where hand-written types meet generated ones: what strawberry knows, made graphql-core's.

Alone in touching what strawberry keeps to itself; tests/core/graphql/test_bridge.py pins that.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_type_hints

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    get_nullable_type,
    is_input_type,
)
from strawberry import ID
from strawberry.annotation import StrawberryAnnotation
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from dougong.access.context import Context
from dougong.db.naming import schema_of
from dougong.entity.base import Entity
from dougong.entity.docs import field_docs, first_sentence
from dougong.entity.fields import Money
from dougong.errors import DougongError, SetupError
from dougong.graphql.ids import number_of
from dougong.graphql.mutations.inputs import PLAIN_TYPES, without_none
from dougong.graphql.scalars import MONEY
from dougong.verbs.computed import Computed
from dougong.verbs.query import Query

if TYPE_CHECKING:
    from dougong.graphql.types import Types

OURS: Mapping[Any, GraphQLScalarType] = {**PLAIN_TYPES, ID: GraphQLID, float: GraphQLFloat}
WHAT_FITS = (
    "str, int, float, bool, Decimal, date, datetime, Money, a StrEnum, an entity that is "
    "installed, a type of @strawberry.type, or a list of one of these"
)


class Bridge(GraphQLCoreConverter):
    """Makes the types of hand-written fields; an entity in them is its generated type."""

    def __init__(self, types: Types) -> None:
        super().__init__(StrawberryConfig(), {}, {}, lambda definition: definition.fields)
        self._types = types
        self._at = ""

    # Fields ------------------------------------------------------------------------------------

    def query(self, query: Query[Any, Any]) -> GraphQLField:
        """A field of Query; raises SetupError where its annotations do not suit the API."""
        with self._making(query):
            hints = get_type_hints(query.rule, localns={"Context": Context}, include_extras=True)
            if "return" not in hints:
                raise self._wrong("does not say what it returns", "annotate it: -> list[str].")
            arguments = Arguments(self, query, hints)

            def resolve(_root: Any, info: Any, **given: Any) -> Any:
                return query(info.context, **arguments.read(info.context, given))

            kind: Any = self.from_maybe_optional(StrawberryAnnotation(hints["return"]).resolve())
            return GraphQLField(kind, arguments.shown, resolve, description=query.description)

    def computed(self, field: Computed) -> GraphQLField:
        """A field of an entity's type whose values Python makes; null where they fail."""
        with self._making(field):
            if not field.description:
                raise self._wrong("does not say what it means", "give it a docstring.")
            kind: Any = StrawberryAnnotation(without_none(field.gives)[0]).resolve()
            shown: Any = get_nullable_type(self.from_type(kind))
            return GraphQLField(shown, resolve=lambda made, _: made, description=field.description)

    @contextmanager
    def _making(self, of: Query[Any, Any] | Computed) -> Iterator[None]:
        """Say of everything that goes wrong in the add-on where it stands."""
        self._at = f"{of.__module__}.{of.name}"
        try:
            yield
            done: set[str] = set()
            while left := [name for name in self.type_map if name not in done]:
                for name in left:
                    _ = getattr(self.type_map[name].implementation, "fields", None)
                done.update(left)
        except Exception as problem:
            cause: BaseException = problem
            while cause.__cause__ is not None:
                cause = cause.__cause__
            if isinstance(cause, DougongError):
                raise cause from None
            raise self._wrong(f"cannot be shown: {cause}", f"annotate it with {WHAT_FITS}.") from (
                problem
            )

    def _wrong(self, what: str, fix: str) -> SetupError:
        return SetupError(f"{self._at} {what}.", fix=fix)

    def from_field(
        self, field: StrawberryField, *, type_definition: StrawberryObjectDefinition | None = None
    ) -> GraphQLField:
        """A field of a hand-written type."""
        says = self._says(field, type_definition)
        if field.is_async or field.is_subscription:
            raise self._wrong("is async", "write it with def; it runs in a thread of its own.")
        made = super().from_field(field, type_definition=type_definition)
        made.description = says
        return made

    def from_input_field(
        self, field: StrawberryField, *, type_definition: StrawberryObjectDefinition | None = None
    ) -> GraphQLInputField:
        """A field of a hand-written input."""
        says = self._says(field, type_definition)
        made = super().from_input_field(field, type_definition=type_definition)
        made.description = says
        return self._for_input(made)

    def _says(self, field: StrawberryField, of: StrawberryObjectDefinition | None) -> str:
        origin: Any = field.origin if isinstance(field.origin, type) else of and of.origin
        self._at = f"{origin.__module__}.{origin.__qualname__}.{field.python_name}"
        resolver = field.base_resolver and field.base_resolver.wrapped_func
        docs = field_docs(origin).get(field.python_name)
        says = field.description or first_sentence(getattr(resolver, "__doc__", None)) or docs
        if not says:
            raise self._wrong("does not say what it means", "write a docstring below it.")
        return says

    def from_argument(self, argument: StrawberryArgument) -> GraphQLArgument:
        """An argument of a hand-written field."""
        return self._for_input(super().from_argument(argument))

    def _for_input(self, made: Any) -> Any:
        if not is_input_type(made.type):
            fix = "take what has a value; a record can be an argument of a @query itself."
            raise self._wrong(f"takes {made.type}, which clients cannot send", fix)
        return made

    # Types -------------------------------------------------------------------------------------

    def from_type(self, type_: Any) -> Any:
        """What an annotation is in the API; raises SetupError for one that it cannot show."""
        if _is_entity(type_):
            if type_ not in self._types.generation.models:
                said = f"shows {type_.__name__}, which is not installed"
                raise self._wrong(said, "show entities of this add-on or of those it needs.")
            return self._types.object_of(type_)
        if type_ is Money:
            return MONEY
        try:
            return super().from_type(type_)
        except TypeError as problem:
            if "Unexpected type" not in str(problem):
                raise
            raise self._unknown(type_) from None

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
        if scalar not in OURS:
            raise self._unknown(scalar)
        return OURS[scalar]

    def from_enum(self, enum: StrawberryEnumDefinition) -> Any:
        """An enumeration, the same as where an entity has it."""
        kind: Any = enum.wrapped_cls
        if not issubclass(kind, StrEnum):
            raise self._wrong(f"has {kind.__name__}, which is no StrEnum", "derive it from StrEnum.")
        made: GraphQLEnumType = self._types.enum_of(kind)
        return made

    def from_object(self, object_type: StrawberryObjectDefinition) -> GraphQLObjectType:
        """A hand-written type."""
        says = self._claimed(object_type)
        made = super().from_object(object_type)
        made.description = says
        return made

    def from_input_object(self, object_type: type) -> GraphQLInputObjectType:
        """A hand-written input."""
        definition: Any = object_type.__strawberry_definition__  # type: ignore[attr-defined]
        says = self._claimed(definition)
        made = super().from_input_object(object_type)
        made.description = says
        return made

    def from_interface(self, interface: Any) -> Any:
        """Refused: what a list of an interface costs cannot be said before it is read."""
        raise self._unknown(interface.origin)

    def from_union(self, union: Any) -> Any:
        """Refused, for the same reason."""
        raise self._unknown(union)

    def _claimed(self, definition: StrawberryObjectDefinition) -> str:
        """Take a type's name for its add-on, once; what the type's docstring says."""
        name, kind = self.config.name_converter.from_type(definition), definition.origin
        known: Any = self.type_map.get(name)
        if known is None:
            self._types.claim(name, schema_of(kind.__module__))
        elif known.definition.origin is not kind:
            other = known.definition.origin
            raise SetupError(
                f"{other.__module__} and {kind.__module__} both have a GraphQL type {name}.",
                fix="rename one of the two; names in the API are shared by all add-ons.",
            )
        own = kind.__doc__ or ""
        made = own.startswith(f"{kind.__name__}(")  # what dataclasses write themselves
        says = definition.description or (None if made else first_sentence(own))
        if not says:
            self._at = f"{kind.__module__}.{kind.__qualname__}"
            raise self._wrong("does not say what it means", "give it a docstring.")
        return says

    def _unknown(self, annotation: Any) -> SetupError:
        said = getattr(annotation, "__name__", annotation)
        return self._wrong(
            f"is annotated with {said}, which the API cannot show", f"annotate it with {WHAT_FITS}."
        )


class Arguments:
    """The arguments of a query: its keyword-only parameters; a record is given by its id."""

    def __init__(self, bridge: Bridge, query: Query[Any, Any], hints: Mapping[str, Any]) -> None:
        self._bridge = bridge
        self._addon = query.addon
        self._plain: list[StrawberryArgument] = []
        self._records: dict[str, tuple[str, type[Entity]]] = {}
        self._absent: list[str] = []
        """Those that need not be given and have no value of their own then."""
        self.shown: dict[str, GraphQLArgument] = {}
        docs = dict(re.findall(r"^ *(\w+): (\S.*)$", query.__doc__ or "", re.MULTILINE))
        for name, parameter in list(inspect.signature(query.rule).parameters.items())[1:]:
            annotation, optional = without_none(hints.get(name))
            made = StrawberryArgument(
                name, None, StrawberryAnnotation(hints.get(name)),
                description=docs.get(name), default=parameter.default,
            )  # fmt: skip
            key = bridge.config.name_converter.from_argument(made)
            if _is_entity(annotation):
                bridge.from_type(annotation)
                kind: Any = GraphQLID if optional else GraphQLNonNull(GraphQLID)
                self.shown[key] = GraphQLArgument(kind, description=docs.get(name))
                self._records[name] = (key, annotation)
            else:
                self.shown[key] = bridge.from_argument(made)
                self._plain.append(made)
                if optional and parameter.default is parameter.empty:
                    self._absent.append(name)

    def read(self, ctx: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What the function is called with.

        Raises GraphQLError for what is no id, and Refused for a record that cannot be seen.
        """
        values = dict.fromkeys(self._absent)
        values |= convert_arguments(
            given, self._plain, self._bridge.scalar_registry, self._bridge.config
        )
        for name, (key, entity) in self._records.items():
            sent = given.get(key)
            with ctx.asking(self._addon):
                values[name] = None if sent is None else ctx.get(entity, number_of(sent, entity))
        return values


def _is_entity(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Entity)
