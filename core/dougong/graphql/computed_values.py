"""Computed fields in an answer: the database leaves marks with the columns, Python fills them."""

from __future__ import annotations

import re
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

BEGIN, END = "\x01", "\x02"
"""Characters that JSON text never has: it writes them as escapes."""
MARKS = re.compile(rb"\x01(\d+)([^\x02]*)\x02")
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
    hidden = any(one.guard is not None for one in field.takes)
    return shown if optional or hidden else GraphQLNonNull(shown)


def filled(text: bytes, computed: Sequence[Computed], asking: Asking) -> bytes:
    """The text with every mark replaced by its value; each field is computed once for all of it."""
    pieces = MARKS.split(text)  # text, number, columns, text, number, …
    rows: list[list[tuple[Any, ...]]] = [[] for _ in computed]
    for at in range(1, len(pieces), 3):
        number = int(pieces[at])
        rows[number].append(_row(computed[number].takes, orjson.loads(pieces[at + 1])))
    values = [
        iter(_texts(field, field(some, asking)) if some else ())
        for field, some in zip(computed, rows, strict=True)
    ]
    made = [pieces[0]]
    for at in range(1, len(pieces), 3):
        made += (next(values[int(pieces[at])]), pieces[at + 2])
    return b"".join(made)


def _row(takes: Sequence[Field], said: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_value(field, value) for field, value in zip(takes, said, strict=True))


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
