"""`<entity>Stats`: the types in which records are counted, summed and compared, group by group."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import (
    ConstValueNode,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    StringValueNode,
    print_ast,
)

from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToOne, model_of
from dougong.errors import SetupError
from dougong.graphql.described import (
    Says,
    all_of,
    arguments,
    described,
    fields,
    inputs,
    several,
    values,
)
from dougong.graphql.scalars import JSON

if TYPE_CHECKING:
    from dougong.graphql.types import Types

MOST_GROUPS = 1_000
RESULTS = ("count", "values")
NUMBERS = (Kind.INT, Kind.BIGINT, Kind.DECIMAL, Kind.MONEY)
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
MEASURES = {
    "count": "How many records have a value.",
    "countDistinct": "How many different values there are.",
    "sum": "The exact sum; null where there is no value.",
    "avg": "The average of the values that there are, rounded to six decimals, halves away from zero.",
    "min": "The smallest or earliest value.",
    "max": "The largest or latest value.",
}
OF_NUMBERS = ("sum", "avg")
VALUES_SAY = (
    "The measures by their names: whole numbers as numbers, decimals as exact strings, days and "
    "moments as everywhere; of money a list with one amount for each currency."
)
ROWS_SAY = (
    "Counts, sums and comparisons of the {0} records that you may see: one row for each group, or "
    "a single one without groupBy."
)


class DateUnit(StrEnum):
    """How long a time is put together in one group; in UTC."""

    DAY = "DAY"
    """A day, by midnight."""
    WEEK = "WEEK"
    """A week, by its Monday."""
    MONTH = "MONTH"
    """A month, by its first day."""
    QUARTER = "QUARTER"
    """A quarter, by its first day."""
    YEAR = "YEAR"
    """A year, by its first day."""


def _name(value: Any) -> str:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise GraphQLError(
        f"“{str(value)[:60]}” is not a name for a result: up to 60 letters, digits and _, "
        "the first no digit."
    )


def _literal_name(node: ConstValueNode) -> str:
    return _name(node.value if isinstance(node, StringValueNode) else print_ast(node) + " unquoted")


RESULT_NAME = GraphQLScalarType(
    "ResultName",
    description="What a result is called: letters, digits and _, like “turnover”.",
    coerce_input_value=_name,
    coerce_input_literal=_literal_name,
    coerce_output_value=str,
)


class StatsTypes:
    """The types of the statistics of one generation."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self._key_enums: dict[type[Entity], GraphQLEnumType] = {}
        types.claim(RESULT_NAME.name, CORE)

    def field_of(self, entity: type[Entity]) -> GraphQLField:
        """The field of Query with the statistics of an entity.

        Raises SetupError when the entity has a field whose name the results need.
        """
        group, measure = self._group_of(entity), self._measure_of(entity)
        says = "What to find out about each group besides how many it has."
        order = "In which order; by what they have in common unless said."
        first = f"How many groups at most, up to {MOST_GROUPS}. Without it there are all, and "
        args = {
            "where": (self._types.inputs.where_of(entity), "Which records."),
            "groupBy": (several(group), "What a group has in common."),
            "measures": (several(measure), says),
            "orderBy": (several(self._order), order),
            "first": (GraphQLInt, f"{first}an error where they are more than that."),
        }
        says = ROWS_SAY.format(entity.__name__)
        return GraphQLField(all_of(self._row_of(entity)), arguments(args), description=says)

    def _keys(self, entity: type[Entity]) -> dict[str, Field | ToOne]:
        """What records can be grouped by, and measured."""
        keys = {
            name: member
            for name, member in self._types.members_of(entity).items()
            if isinstance(member, ToOne) or (isinstance(member, Field) and member.kind != Kind.JSON)
        }
        for name in RESULTS:
            if name in keys:
                raise SetupError(
                    f"The add-on {model_of(keys[name].owner).addon} gives {entity.__name__} a "
                    f"field “{name}”, and so do its statistics.",
                    fix="rename the field.",
                )
        return keys

    def _row_of(self, entity: type[Entity]) -> GraphQLObjectType:
        name = entity.__name__
        return GraphQLObjectType(
            self._types.claim(f"{name}Stats", entity.__addon__),
            lambda: self._results(entity),
            description=f"A group of {name} records, by what was grouped by; the rest is null.",
        )

    def _results(self, entity: type[Entity]) -> dict[str, GraphQLField]:
        said: dict[str, tuple[Any, Says]] = {
            name: (self._output(member), member) for name, member in self._keys(entity).items()
        }
        count = "How many records there are in the group."
        said["count"] = (GraphQLNonNull(GraphQLInt), count)
        said["values"] = (GraphQLNonNull(JSON), VALUES_SAY)
        return fields(said)

    def _output(self, member: Field | ToOne) -> GraphQLOutputType:
        if isinstance(member, ToOne):
            return self._types.object_of(member.target)
        return self._types.output_scalar(member)

    # What is asked ---------------------------------------------------------------------------

    def _group_of(self, entity: type[Entity]) -> GraphQLInputObjectType:
        name, key = entity.__name__, GraphQLNonNull(self._key_enum(entity))
        by = "For days and moments: how long a time is one group."
        return GraphQLInputObjectType(
            self._types.claim(f"{name}StatsGroup", entity.__addon__),
            inputs({"key": (key, "The field."), "by": (self._unit, by)}),
            description=f"What a group of {name} records has in common.",
        )

    def _measure_of(self, entity: type[Entity]) -> GraphQLInputObjectType:
        name, key, number = entity.__name__, self._key_enum(entity), self._number_enum(entity)
        called = "What the result is called in `values`."
        said: dict[str, tuple[Any, str]] = {"as": (GraphQLNonNull(RESULT_NAME), called)}
        for measure, says in MEASURES.items():
            kind = number if measure in OF_NUMBERS else key
            if kind is not None:
                said[measure] = (kind, says)
        return GraphQLInputObjectType(
            self._types.claim(f"{name}StatsMeasure", entity.__addon__),
            inputs(said),
            description=f"One thing to find out about {name} records: its name and one of the rest.",
        )

    def _key_enum(self, entity: type[Entity]) -> GraphQLEnumType:
        found = self._key_enums.get(entity)
        if found is None:
            found = self._key_enums[entity] = self._enum(
                entity, "Key", self._keys(entity), "What {0} records can be grouped by."
            )
        return found

    def _number_enum(self, entity: type[Entity]) -> GraphQLEnumType | None:
        numbers = {
            name: member
            for name, member in self._keys(entity).items()
            if isinstance(member, Field) and member.kind in NUMBERS and name != "version"
        }
        if not numbers:
            return None
        return self._enum(entity, "Number", numbers, "What of {0} records can be summed.")

    def _enum(
        self, entity: type[Entity], what: str, members: dict[str, Any], says: str
    ) -> GraphQLEnumType:
        return GraphQLEnumType(
            self._types.claim(f"{entity.__name__}Stats{what}", entity.__addon__),
            {name: described(GraphQLEnumValue, name, member) for name, member in members.items()},
            description=says.format(entity.__name__),
        )

    @cached_property
    def _unit(self) -> GraphQLEnumType:
        return GraphQLEnumType(
            self._types.claim("DateUnit", CORE),
            values(DateUnit),
            description=DateUnit.__doc__,
        )

    @cached_property
    def _order(self) -> GraphQLInputObjectType:
        by = "A field that is grouped by, the name of a measure, or `count`."
        direction = (self._types.inputs.direction, "Smallest first unless said.")
        return GraphQLInputObjectType(
            self._types.claim("StatsOrder", CORE),
            inputs({"by": (GraphQLNonNull(RESULT_NAME), by), "direction": direction}),
            description="One level of an order of groups.",
        )
