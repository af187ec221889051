"""What `where` and `orderBy` accept.

`where`: a missing key is no condition; all that are given must hold. Conditions are true or false,
never unknown: an empty field is not equal to anything, `ne` and `not` are the exact opposites.
A link takes `{is: {…}}` or `{isNull: true}`; a list takes `some`, `none` and `every`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedInputType,
    GraphQLString,
)

from dougong.db.naming import CORE, schema_of
from dougong.entity.base import Entity
from dougong.entity.docs import Words
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.errors import SetupError
from dougong.graphql.described import Said, Says, inputs, several
from dougong.graphql.scalars import DECIMAL, SCALARS, SEARCH_WORDS, Enumeration
from dougong.verbs.computed import Computed

if TYPE_CHECKING:
    from dougong.graphql.types import Member, Types

EQUALITY = ("eq", "ne", "in", "notIn")
COMPARISON = ("lt", "lte", "gt", "gte")
MEANINGS = ("and", "or", "not", "search")
TEXT_MATCH = ("contains", "startsWith", "endsWith")
LISTS = ("in", "notIn")
OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    **dict.fromkeys((Kind.TEXT, Kind.EMAIL, Kind.PHONE), EQUALITY + TEXT_MATCH),
    **dict.fromkeys(
        (Kind.INT, Kind.BIGINT, Kind.DECIMAL, Kind.DATE, Kind.DATETIME), EQUALITY + COMPARISON
    ),
    Kind.BOOLEAN: ("eq", "ne"),
    Kind.ENUM: EQUALITY,
}
SAYS = {
    "eq": "Is this value.",
    "ne": "Is not this value.",
    "in": "Is one of these.",
    "notIn": "Is none of these.",
    "lt": "Is less, or earlier.",
    "lte": "Is at most this.",
    "gt": "Is more, or later.",
    "gte": "Is at least this.",
    "contains": "Has this text in it; capitals do not matter.",
    "startsWith": "Starts with this text; capitals do not matter.",
    "endsWith": "Ends with this text; capitals do not matter.",
    "isNull": "Whether there is no value (or none that you may see).",
}


class Direction(StrEnum):
    """Which way an order runs, and where records without a value stand."""

    ASC = "ASC"
    DESC = "DESC"
    ASC_NULLS_FIRST = "ASC_NULLS_FIRST"
    ASC_NULLS_LAST = "ASC_NULLS_LAST"
    DESC_NULLS_FIRST = "DESC_NULLS_FIRST"
    DESC_NULLS_LAST = "DESC_NULLS_LAST"

    @property
    def descends(self) -> bool:
        """Whether the largest comes first."""
        return self.name.startswith("DESC")

    @property
    def nulls_first(self) -> bool:
        """Whether records without a value come first; unless said, as if they were largest."""
        return self.name.endswith("FIRST") or self is Direction.DESC

    @property
    def mirrored(self) -> Direction:
        """The same order from its end to its start."""
        return Direction(_SWAPPED.sub(lambda found: _OPPOSITES[found[0]], self.name))


_OPPOSITES = {"ASC": "DESC", "DESC": "ASC", "FIRST": "LAST", "LAST": "FIRST"}
_SWAPPED = re.compile("|".join(_OPPOSITES))
DIRECTIONS_SAY = {
    "ASC": "Smallest first, then those without a value.",
    "DESC": "Those without a value first, then the largest.",
    "ASC_NULLS_FIRST": "Those without a value first, then the smallest.",
    "ASC_NULLS_LAST": "Smallest first, those without a value last.",
    "DESC_NULLS_FIRST": "Those without a value first, then the largest.",
    "DESC_NULLS_LAST": "Largest first, those without a value last.",
}


def is_searchable(member: Member) -> bool:
    """Whether `search` looks into it."""
    return isinstance(member, Field) and member.searchable


class Inputs:
    """The types of `where` and `orderBy` of one generation."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._filters: dict[str, GraphQLInputObjectType] = {}
        self._wheres: dict[type[Entity], GraphQLInputObjectType] = {}
        self._orders: dict[type[Entity], GraphQLInputObjectType] = {}

    # where -----------------------------------------------------------------------------------

    def where_of(self, entity: type[Entity]) -> GraphQLInputObjectType:
        """The conditions on records of an entity.

        Raises SetupError when it has a field whose name means something else there.
        """
        found = self._wheres.get(entity)
        if found is None:
            self._check_names(entity)
            name = entity.__name__
            found = self._wheres[entity] = GraphQLInputObjectType(
                self._types.claim(f"{name}Where", entity.__addon__),
                lambda: self._conditions(entity),
                description=f"Which {name} records; all conditions that are given must hold.",
            )
        return found

    def _check_names(self, entity: type[Entity]) -> None:
        for name, member in self._types.members_of(entity).items():
            if name in MEANINGS and not isinstance(member, Computed):
                owner = member.target if isinstance(member, ToMany) else member.owner
                raise SetupError(
                    f"The add-on {owner.__addon__} gives {entity.__name__} a field “{name}”, which "
                    "has a meaning of its own in `where`.",
                    fix="rename the field.",
                )

    def _conditions(self, entity: type[Entity]) -> dict[str, GraphQLInputField]:
        where = self.where_of(entity)
        said: dict[str, tuple[Any, Says]] = {
            "and": (several(where), "All of these hold."),
            "or": (several(where), "At least one of these holds."),
            "not": (where, "This does not hold."),
            "id": (self._id_filter, "The record's id."),
        }
        members = self._types.members_of(entity)
        if found := [name for name, member in members.items() if is_searchable(member)]:
            says = f"Every word is in one of {', '.join(found)}; capitals do not matter."
            said["search"] = (SEARCH_WORDS, says)
        for name, member in members.items():
            kind = self._condition_on(member)
            if kind is not None:
                said[name] = (kind, member if isinstance(member, Words) else member.description)
        return inputs(said)

    def _condition_on(self, member: Member) -> GraphQLInputType | None:
        match member:
            case Field(kind=Kind.JSON) | Computed():
                return None
            case Field(kind=Kind.MONEY):
                return self._money_filter
            case Field(enum=enum) if enum is not None:
                kind = self._types.enum_of(enum)
                return self._filter(kind, Kind.ENUM, schema_of(enum.__module__))
            case Field():
                # Addresses and numbers are matched by parts of them too.
                text = member.kind in (Kind.EMAIL, Kind.PHONE)
                kind_of = Kind.TEXT if text else member.kind
                return self._filter(SCALARS[kind_of], kind_of, CORE)
            case ToOne():
                return self._link_filter(member.target)
            case ToMany():
                return self._list_filter(member.target)

    def _filter(self, scalar: GraphQLNamedInputType, kind: Kind, addon: str) -> GraphQLInputType:
        said: dict[str, tuple[Any, str]] = {
            operator: (several(scalar) if operator in LISTS else scalar, SAYS[operator])
            for operator in OPERATORS[kind]
        }
        said["isNull"] = (GraphQLBoolean, SAYS["isNull"])
        says = f"Conditions on a value ({scalar.name})."
        return self._add(f"{scalar.name}Filter", addon, said, says)

    @cached_property
    def _id_filter(self) -> GraphQLInputObjectType:
        fields = {"eq": (GraphQLID, SAYS["eq"]), "in": (several(GraphQLID), SAYS["in"])}
        return self._add("IDFilter", CORE, fields, "Conditions on a record's id.")

    @cached_property
    def _money_filter(self) -> GraphQLInputObjectType:
        fields = {
            "amount": (self._filter(DECIMAL, Kind.DECIMAL, CORE), "How much."),
            "currency": (self._filter(GraphQLString, Kind.TEXT, CORE), "Its currency."),
            "isNull": (GraphQLBoolean, SAYS["isNull"]),
        }
        return self._add("MoneyFilter", CORE, fields, "Conditions on an amount of money.")

    def _link_filter(self, target: type[Entity]) -> GraphQLInputObjectType:
        where = (self.where_of(target), "There is one, and it is like this.")
        said = {"is": where, "isNull": (GraphQLBoolean, SAYS["isNull"])}
        says = f"Conditions on the {target.__name__} that a record links to."
        return self._add(f"{target.__name__}LinkFilter", target.__addon__, said, says)

    def _list_filter(self, target: type[Entity]) -> GraphQLInputObjectType:
        where = self.where_of(target)
        said = {
            "some": (where, "At least one is like this."),
            "none": (where, "None is like this."),
            "every": (where, "All are like this, or there is none."),
        }
        says = f"Conditions on a record's {target.__name__} list."
        return self._add(f"{target.__name__}ListFilter", target.__addon__, said, says)

    def _add(self, name: str, addon: str, said: Said, says: str) -> GraphQLInputObjectType:
        if name not in self._filters:
            self._types.claim(name, addon)
            made = GraphQLInputObjectType(name, inputs(said), description=says)
            self._filters[name] = made
        return self._filters[name]

    # orderBy ---------------------------------------------------------------------------------

    def order_of(self, entity: type[Entity]) -> GraphQLInputObjectType:
        """One level of an order of records; the API takes a list of them."""
        found = self._orders.get(entity)
        if found is None:
            name = entity.__name__
            found = self._orders[entity] = GraphQLInputObjectType(
                self._types.claim(f"{name}Order", entity.__addon__),
                lambda: self._order_keys(entity),
                description=f"By what {name} records are ordered: exactly one key.",
                is_one_of=True,
            )
        return found

    def _order_keys(self, entity: type[Entity]) -> dict[str, GraphQLInputField]:
        keys: dict[str, tuple[Any, Says]] = {"id": (self.direction, "As they were made.")}
        for name, member in self._types.members_of(entity).items():
            match member:
                case Field(kind=Kind.MONEY):
                    keys[name] = (self._money_order, member)
                case Field() if member.kind is not Kind.JSON:
                    keys[name] = (self.direction, member)
                case ToOne():
                    keys[name] = (self.order_of(member.target), member)
                case _:
                    pass
        return inputs(keys)

    @cached_property
    def _money_order(self) -> GraphQLInputObjectType:
        return GraphQLInputObjectType(
            self._types.claim("MoneyOrder", CORE),
            inputs(
                {
                    "amount": (self.direction, "By how much it is."),
                    "currency": (self.direction, "By its currency."),
                }
            ),
            description="By what amounts of money are ordered: exactly one key.",
            is_one_of=True,
        )

    @cached_property
    def direction(self) -> GraphQLEnumType:
        """Which way an order runs."""
        return Enumeration(
            self._types.claim("OrderDirection", CORE),
            {
                one.name: GraphQLEnumValue(one, description=DIRECTIONS_SAY[one.name])
                for one in Direction
            },
            description=Direction.__doc__,
        )
