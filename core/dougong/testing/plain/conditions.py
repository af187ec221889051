"""`where` decided in Python, record by record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.graphql.ids import number_of
from dougong.testing.plain.records import Seen


def fold(text: str) -> str:
    """A text in small letters, each letter for itself, as the database makes them small."""
    return "".join("i" if letter == "İ" else letter.lower() for letter in text)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, operand: value is not None and value == operand,
    "ne": lambda value, operand: value is None or value != operand,
    "in": lambda value, operand: value is not None and value in operand,
    "notIn": lambda value, operand: value is None or value not in operand,
    "lt": lambda value, operand: value is not None and value < operand,
    "lte": lambda value, operand: value is not None and value <= operand,
    "gt": lambda value, operand: value is not None and value > operand,
    "gte": lambda value, operand: value is not None and value >= operand,
    "contains": lambda value, operand: value is not None and fold(operand) in fold(value),
    "startsWith": lambda value, operand: (
        value is not None and fold(value).startswith(fold(operand))
    ),
    "endsWith": lambda value, operand: value is not None and fold(value).endswith(fold(operand)),
    "isNull": lambda value, operand: (value is None) == operand,
}


def holds(seen: Seen, record: Any, where: Mapping[str, Any]) -> bool:
    """Whether all conditions hold for a record, as far as the person sees it."""
    return all(_holds(seen, record, key, asked) for key, asked in where.items())


def _holds(seen: Seen, record: Any, key: str, asked: Any) -> bool:
    match key:
        case "and":
            return all(holds(seen, record, one) for one in asked)
        case "or":
            return any(holds(seen, record, one) for one in asked)
        case "not":
            return not holds(seen, record, asked)
        case "id":
            return _id_holds(record, asked)
        case "search":
            texts = [fold(text) for text in seen.searched(record)]
            return all(any(fold(word) in text for text in texts) for word in asked.split())
    match seen.member(type(record), key):
        case Field(kind=Kind.MONEY) as field:
            return _money_holds(seen.value(record, field), asked)
        case Field() as field:
            return _value_holds(seen.value(record, field), asked)
        case ToOne() as link:
            return _link_holds(seen, seen.linked(record, link), asked)
        case ToMany() as many:
            return _list_holds(seen, seen.listed(record, many), asked)
    raise KeyError(key)


def _value_holds(value: Any, asked: Mapping[str, Any]) -> bool:
    return all(OPERATORS[operator](value, operand) for operator, operand in asked.items())


def _id_holds(record: Any, asked: Mapping[str, Any]) -> bool:
    entity = type(record)
    read = {
        operator: [number_of(one, entity) for one in operand]
        if isinstance(operand, list)
        else number_of(operand, entity)
        for operator, operand in asked.items()
    }
    return _value_holds(record.id, read)


def _money_holds(money: Any, asked: Mapping[str, Any]) -> bool:
    return all(
        _value_holds(money, {"isNull": operand})
        if part == "isNull"
        else _value_holds(money and money[part], operand)
        for part, operand in asked.items()
    )


def _link_holds(seen: Seen, target: Any, asked: Mapping[str, Any]) -> bool:
    there = target is not None
    return all(
        there and holds(seen, target, operand) if operator == "is" else there != operand
        for operator, operand in asked.items()
    )


def _list_holds(seen: Seen, targets: list[Any], asked: Mapping[str, Any]) -> bool:
    for operator, operand in asked.items():
        alike = [holds(seen, target, operand) for target in targets]
        if not {"some": any(alike), "none": not any(alike), "every": all(alike)}[operator]:
            return False
    return True


def comparable(value: Any) -> Any:
    """What a value is ordered by; an enumeration's member by the name that is stored."""
    return value.name if isinstance(value, StrEnum) else value
