"""Computed fields in an answer: the database leaves marks with the columns, Python fills them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from graphql import FieldNode, GraphQLField, GraphQLNonNull, GraphQLOutputType

from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind
from dougong.verbs.computed import Asking, Computed

if TYPE_CHECKING:
    from dougong.graphql.plan.plans import RecordsPlan
    from dougong.graphql.resolving import Resolving
    from dougong.graphql.types import Types

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


Place = tuple[str, ...]
"""Response keys from the root on; positions in lists are left out."""


@dataclass(frozen=True)
class Use:
    """A computed field in a plan; one that is by hand has a place, and a selection there."""

    field: Computed
    at: Place = ()
    nodes: tuple[FieldNode, ...] = field(default=(), compare=False)
    below: Mapping[Place, RecordsPlan] = field(default_factory=dict, compare=False)
    """How the records in its values are read."""


def is_by_hand(computed: Computed) -> bool:
    """Whether graphql-core completes the values, because they are more than plain ones."""
    from dougong.graphql.mutations.inputs import PLAIN_TYPES, without_none

    return computed.reads or without_none(computed.gives)[0] not in PLAIN_TYPES


def field_of(computed: Computed, types: Types) -> GraphQLField:
    """The API's field; raises SetupError for a type that the API cannot show."""
    if is_by_hand(computed):
        return types.bridge.computed(computed)
    return GraphQLField(type_of(computed), description=computed.description)


def type_of(field: Computed) -> GraphQLOutputType:
    """The API's type of a computed field that gives plain values."""
    from dougong.graphql.mutations.inputs import PLAIN_TYPES, without_none

    kind, optional = without_none(field.gives)
    shown: Any = PLAIN_TYPES[kind]
    return shown if optional else GraphQLNonNull(shown)


def filled(
    text: bytes, computed: Sequence[Use], asking: Asking, by_hand: Resolving | None = None
) -> bytes:
    """The text with every mark replaced by its value; each use is computed once for all of it.

    `by_hand` completes the values of those that are by hand.
    """
    pieces = MARKS.split(text)  # text, number, columns, text, number, …
    rows: list[list[tuple[Any, ...]]] = [[] for _ in computed]
    for at in range(1, len(pieces), 3):
        number = int(pieces[at])
        rows[number].append(_row(computed[number].field.takes, orjson.loads(pieces[at + 1])))
    values = [
        iter(_made(use, some, asking, by_hand) if some else ())
        for use, some in zip(computed, rows, strict=True)
    ]
    made = [pieces[0]]
    for at in range(1, len(pieces), 3):
        made += (next(values[int(pieces[at])]), pieces[at + 2])
    return b"".join(made)


def _made(
    use: Use, rows: list[Any], asking: Asking, by_hand: Resolving | None
) -> Sequence[bytes]:
    if by_hand is None or not use.at:
        return _texts(use.field, use.field(rows, asking))
    return by_hand.computed(use, rows, asking)


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
