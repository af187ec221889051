"""Random values for arguments and variables, drawn by the types of the schema."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
    is_required_input_field,
)

from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.guide import Guide

DEEPEST = 3
"""How many conditions may stand within each other."""
DIRECTION = "OrderDirection"
STATS = ("StatsGroup", "StatsMeasure", "StatsOrder")
TEXT_MATCH = ("contains", "startsWith", "endsWith")
ODD: Mapping[str, Sequence[Any]] = {
    "String": (
        "",
        "a",
        "E",
        "斗",
        "%",
        "_",
        "\\",
        '"',
        "\x01",
        "🏯",
        "ß",
        "ss",
        "i",
        "ſ",
        "\u0000",
    ),
    "Int": (0, 1, -1, 2, 2**31 - 1, -(2**31)),
    "BigInt": ("0", "-1", "9223372036854775807", "-9223372036854775808", 5),
    "Boolean": (False, True),
    "Decimal": ("0", "1", "-0.0001", "0.50", 12, "9" * 40 + "." + "9" * 40, "99999999999999.9999"),
    "Date": ("2024-01-01", "0001-01-01", "9999-12-31", "2024-02-29"),
    "DateTime": (
        *("2024-03-31T01:30:00.000000Z", "2024-03-31T03:30:00+02:00", "0001-01-01T00:00:00Z"),
        *("9999-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ),
    "JSON": (None, 1, "a", {}),
    "ResultName": ("count", "m0", "m1"),
}


class Symbol(str):
    """A value of an enumeration: written without quotes in a document."""

    __slots__ = ()


@dataclass(frozen=True)
class Variable:
    """A variable where a value could stand."""

    name: str
    kind: str
    value: Any
    default: bool
    """Whether its value stands in the document, as the variable's default."""
    again: Callable[[], Any] = field(compare=False, repr=False)
    """Draws another value."""


@dataclass(frozen=True)
class Place:
    """Where a value goes: the field of an entity that it is compared with, and the operator."""

    entity: str = ""
    field: str = ""
    operator: str = ""
    depth: int = 0


class Values:
    """Draws values; `pool` has what the records hold, by entity and field."""

    def __init__(
        self,
        dice: Dice,
        pool: Mapping[tuple[str, str], Sequence[Any]],
        entities: Sequence[str],
        guide: Guide,
        places: Mapping[tuple[str, str], Place] = MappingProxyType({}),
    ) -> None:
        """`places` says where the fields of inputs go that are no conditions: `LeadCreate.owner`."""
        self._dice = dice
        self._pool = pool
        self._entities = entities
        self._places = places
        self.guide = guide
        self.variables: list[Variable] = []

    def preferred(self, kind: Any, names: list[str]) -> list[str]:
        """Often only those fields of a type that lead to what was never met before."""
        return self.guide.nearest(kind, names) if self._dice.chance(60) else names

    def draw(self, kind: GraphQLInputType, at: Place, *, needed: bool = False) -> Any:
        """A value for a document, with variables in it here and there.

        `needed`: it must not be null, whatever the type says.
        """
        if self._dice.chance(12):
            return self.variable(kind, lambda: self._value(kind, at, self._inner), needed=needed)
        return self._value(kind, at, self.draw)

    def variable(
        self, kind: GraphQLInputType, make: Callable[[], Any], *, needed: bool = False
    ) -> Variable:
        """A new variable whose values are made so."""
        must = needed and not isinstance(kind, GraphQLNonNull)
        made = Variable(
            f"v{len(self.variables)}",
            f"{kind}!" if must else str(kind),
            make(),
            self._dice.chance(15),
            make,
        )
        self.variables.append(made)
        return made

    def _inner(self, kind: GraphQLInputType, at: Place, *, needed: bool = False) -> Any:
        return self._value(kind, at, self._inner)

    def _value(self, kind: GraphQLInputType, at: Place, below: Any) -> Any:
        plain: Any = get_nullable_type(kind)
        if isinstance(plain, GraphQLList):
            some = [below(plain.of_type, at) for _ in range(self._dice.number(0, 3))]
            alone = len(some) == 1 and not isinstance(some[0], Variable)
            return some[0] if alone and self._dice.chance(20) else some
        if isinstance(plain, GraphQLInputObjectType):
            return self._object(plain, at, below)
        if isinstance(plain, GraphQLEnumType):
            known = self._pool.get((at.entity, at.field), ()) if plain.name != DIRECTION else ()
            return Symbol(self._dice.one([*known, *plain.values]))
        return self._leaf(plain.name, at)

    def _object(self, kind: GraphQLInputObjectType, at: Place, below: Any) -> dict[str, Any]:
        entity = kind.name[:-5] if kind.name.endswith("Where") else at.entity
        is_where = kind.name.endswith("Where")
        names = [
            name
            for name, one in kind.fields.items()
            if at.depth < DEEPEST or not is_nested(one.type)
        ]
        names = self.preferred(kind, names)
        if kind.name.endswith(STATS):
            return self._statistic(kind, at)
        if kind.is_one_of:
            name = self._dice.one(names)
            deeper = Place(entity, name, "", at.depth + 1)
            return {name: below(kind.fields[name].type, deeper, needed=True)}
        if not self._dice.chance(96):
            return {}
        made: dict[str, Any] = {}
        chosen = self._dice.several(names, 3 if is_where and at.depth == 0 else 2)
        must = [n for n, one in kind.fields.items() if is_required_input_field(one)]
        for name in dict.fromkeys((*must, *chosen)):
            inside = self._inside(at, entity, name, kind=kind.name, is_where=is_where)
            null = (
                self._dice.chance(1)
                and self._dice.chance(40)
                and not isinstance(kind.fields[name].type, GraphQLNonNull)
            )
            made[name] = None if null else below(kind.fields[name].type, inside)
        if "version" in made and isinstance(made.get("id"), str):
            made["version"] = self.version_of(made["id"])
        return made

    def _statistic(self, kind: GraphQLInputObjectType, at: Place) -> dict[str, Any]:
        """What to group by, to measure or to order by: of what is measured, one thing."""
        names = [name for name in kind.fields if name != "as"]
        chosen = {"StatsOrder": names, "StatsMeasure": ["as", self._dice.one(names)]}
        known = chosen.get(kind.name[kind.name.index("Stats") :], ["key"])
        if "key" in known and self._dice.chance(20):
            known = names
        return {name: self._value(kind.fields[name].type, at, self._inner) for name in known}

    def _inside(self, at: Place, entity: str, name: str, *, kind: str, is_where: bool) -> Place:
        if (kind, name) in self._places:
            return self._places[kind, name]
        if is_where:
            return Place(entity, name, "", at.depth + 1)
        if name in ("amount", "currency"):
            return Place(entity, f"{at.field}.{name}", "", at.depth)
        return Place(entity, at.field, name, at.depth)

    def _leaf(self, scalar: str, at: Place) -> Any:
        known = self._pool.get((at.entity, at.field), ())
        if scalar == "ID":
            return self.id_of(at.entity)
        if at.operator == "isNull":
            return self._dice.chance(50)
        if not known or self._dice.chance(25):
            return self._dice.one(ODD.get(scalar, ODD["String"]))
        value = self._dice.one(known)
        if at.operator in TEXT_MATCH:
            start = self._dice.number(0, len(value))
            part = value[start : start + self._dice.number(0, 4)]
            return part.swapcase() if self._dice.chance(30) else part
        return value

    def wanted(self) -> bool:
        """Whether something is given that may be left out."""
        return self._dice.chance(40)

    def version_of(self, record: str) -> int:
        """Mostly the version that a record with this id had when the values were looked at."""
        known = self._pool.get(("version of", record), ())
        return self._dice.one(known) if known and self._dice.chance(85) else self._dice.number(0, 3)

    def id_of(self, entity: str) -> str:
        """The id of a record that is there, of one that is not, or something else."""
        known = self._pool.get((entity, "id"), ())
        if known and not self._dice.chance(6):
            return str(self._dice.one(known))
        if not self._dice.chance(40 if known else 5):
            return f"{entity}:999"
        other = self._dice.one([*self._entities, "Nothing"])
        return self._dice.one(
            [f"{entity}:0001", f"{other}:1", f"{entity}:{2**63}", "", "7", "Lead:"]
        )


def is_nested(kind: Any) -> bool:
    """Whether a value of the type can hold conditions or orders on other records."""
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    name = getattr(kind, "name", "")
    return name.endswith(("Where", "LinkFilter", "ListFilter", "Order")) and name != "MoneyOrder"


def literal(value: Any) -> str:
    """A value as a document says it."""
    match value:
        case Variable():
            return f"${value.name}"
        case Symbol():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{key}: {literal(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(literal(one) for one in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def settled(value: Any) -> Any:
    """A value with variables replaced by what they bring first."""
    match value:
        case Variable():
            return settled(value.value)
        case dict():
            return {key: settled(one) for key, one in value.items()}
        case list():
            return [settled(one) for one in value]
        case _:
            return value
