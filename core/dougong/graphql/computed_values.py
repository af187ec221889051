"""Computed fields in an answer: the database leaves marks with the columns, Python fills them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from graphql import FieldNode, GraphQLField, GraphQLNonNull

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
    """What Python makes in a plan: a query, or a field of records; both by hand have a place."""

    of: Any
    """The Computed, or the Query."""
    at: Place = ()
    nodes: tuple[FieldNode, ...] = field(default=(), compare=False)
    below: Mapping[Place, RecordsPlan] = field(default_factory=dict, compare=False)
    """How the records in its values are read."""


def _plain(computed: Computed) -> tuple[Any, bool]:
    """The scalar of its values, if it is one, and whether they can be null."""
    from dougong.graphql.mutations.inputs import PLAIN_TYPES, without_none

    kind, optional = without_none(computed.gives)
    hidden = any(one.guard is not None for one in computed.takes)
    return PLAIN_TYPES.get(kind), optional or hidden


def is_by_hand(computed: Computed) -> bool:
    """Whether graphql-core completes the values, because they are more than plain ones."""
    return computed.reads or _plain(computed)[0] is None


def field_of(computed: Computed, types: Types) -> GraphQLField:
    """The API's field; raises SetupError for what the API cannot show or read."""
    _ = computed.takes
    if is_by_hand(computed):
        return types.bridge.computed(computed)
    scalar, optional = _plain(computed)
    kind = scalar if optional else GraphQLNonNull(scalar)
    return GraphQLField(kind, description=computed.description)


def filled(
    text: bytes,
    computed: Sequence[Use],
    asking: Asking,
    by_hand: Resolving | None = None,
    lines: Sequence[Sequence[Any]] = ((),),
) -> bytes:
    """The text with every mark replaced by its value; each use is computed once for all of it.

    `by_hand` completes the values of those that are by hand; for its errors `lines` says where in
    the answer each line of the text stands.
    """
    pieces = MARKS.split(text)  # text, number, columns, text, number, …
    rows: list[list[tuple[Any, ...]]] = [[] for _ in computed]
    for at in range(1, len(pieces), 3):
        number = int(pieces[at])
        rows[number].append(_row(computed[number].of.takes, orjson.loads(pieces[at + 1])))
    values = []
    for number, (use, some) in enumerate(zip(computed, rows, strict=True)):
        if by_hand is not None and use.at and some:
            places = _places(text, number, lines)
            values.append(iter(by_hand.computed(use, some, places)))
        else:
            values.append(iter(_texts(use.of, use.of(some, asking)) if some else ()))
    made = [pieces[0]]
    for at in range(1, len(pieces), 3):
        made += (next(values[int(pieces[at])]), pieces[at + 2])
    return b"".join(made)


def _places(text: bytes, number: int, lines: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Where in an answer the marks of a use stand, in order."""
    said = MARKS.sub(rb'"\\u0001\1"', text)
    return [
        [*at, *place]
        for at, line in zip(lines, said.split(b"\n"), strict=True)
        for place in _within(orjson.loads(line or b"null"), f"\x01{number}")
    ]


def _within(value: Any, mark: str) -> Iterator[list[Any]]:
    if value == mark:
        yield []
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ([key, *place] for place in _within(one, mark))


def _row(takes: Sequence[Field], said: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(_value(field, value) for field, value in zip(takes, said, strict=True))


def _value(field: Field, said: Any) -> Any:
    if said is None:
        return None
    if field.enum is not None:
        return field.enum[said]
    return READ[field.kind](said) if field.kind in READ else said


def _texts(field: Computed, values: Sequence[Any]) -> list[bytes]:
    scalar, optional = _plain(field)
    if not optional and None in values:
        raise RuntimeError(f"{field.key} gave None, which its annotation rules out")
    write = scalar.coerce_output_value
    return [orjson.dumps(None if value is None else write(value)) for value in values]
