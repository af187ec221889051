"""Computed fields in an answer: what Python is given, and what becomes of what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    from dougong.graphql.types import Types

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
    """The Computed, the Query, or the AskedActions."""
    at: Place = ()
    nodes: tuple[FieldNode, ...] = field(default=(), compare=False)
    below: Mapping[Place, RecordsPlan] = field(default_factory=dict, compare=False)
    """How the records in its values are read."""

    @property
    def reads(self) -> bool:
        """Whether it takes a transaction: code by hand may look for records, and guards do."""
        return bool(self.at) or getattr(self.of, "reads", False)


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


def row_of(computed: Computed, said: Sequence[Any]) -> tuple[Any, ...]:
    """What a field is computed from, from columns as JSON has them."""
    return tuple(_value(one, value) for one, value in zip(computed.takes, said, strict=True))


def texts_of(computed: Computed, rows: Sequence[Any], asking: Asking) -> list[bytes]:
    """The values of a plain field as JSON, one for each row; computed in one call."""
    return _texts(computed, computed(rows, asking))


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
