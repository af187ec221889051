"""Computed fields in an answer: what Python is given, and what becomes of what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from graphql import GraphQLNonNull, GraphQLOutputType

from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind
from dougong.errors import SetupError
from dougong.verbs.computed import Asking, Computed

READ: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.BIGINT: int,
    Kind.DECIMAL: Decimal,
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
    Kind.MONEY: lambda said: Money(Decimal(said["amount"]), said["currency"]),
}


def type_of(field: Computed) -> GraphQLOutputType:
    """The API's type of a computed field; raises SetupError for one that the API cannot show."""
    from dougong.graphql.mutations.inputs import PLAIN_TYPES, without_none

    kind, optional = without_none(field.gives)
    shown: Any = PLAIN_TYPES.get(kind)
    if shown is None:
        raise SetupError(
            f"{field.key} gives {kind}, which the API cannot show.",
            fix="give str, int, bool, Decimal, date or datetime.",
        )
    return shown if optional else GraphQLNonNull(shown)


def texts_of(field: Computed, rows: Sequence[Sequence[Any]], asking: Asking) -> list[bytes]:
    """The field's values as JSON, for rows of columns as JSON has them; computed in one call."""
    taken = [
        tuple(_value(one, value) for one, value in zip(field.takes, row, strict=True))
        for row in rows
    ]
    return _texts(field, field(taken, asking)) if taken else []


def _value(field: Field, said: Any) -> Any:
    if said is None:
        return None
    if field.enum is not None:
        return field.enum[said]
    return READ[field.kind](said) if field.kind in READ else said


def _texts(field: Computed, values: Sequence[Any]) -> list[bytes]:
    kind: Any = type_of(field)
    scalar = getattr(kind, "of_type", kind)
    if kind is not scalar and None in values:
        raise RuntimeError(f"{field.key} gave None, which its annotation rules out")
    write = scalar.coerce_output_value
    return [orjson.dumps(None if value is None else write(value)) for value in values]
