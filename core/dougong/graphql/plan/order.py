"""`orderBy`, and cursors: where a record stands in an order, safe against inserts and deletes."""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import orjson
from graphql import GraphQLError
from sqlalchemy import BigInteger, ColumnElement, Text, and_, func, or_, tuple_

from dougong.entity.model import Field, Kind, ToOne
from dougong.graphql.inputs import Direction
from dougong.graphql.plan.arguments import Arguments, text
from dougong.graphql.plan.source import Page, Source
from dougong.graphql.plan.texts import Joined, Pieces, assemble, or_null, quote, scalar
from dougong.graphql.plan.where import SQL_TYPES
from dougong.graphql.problems import bad_input
from dougong.graphql.scalars import BIG_INT, DATE, DATE_TIME, DECIMAL

MOST_KEYS = 8


def _int(said: str) -> int:
    number = int(said)
    if not -(2**31) <= number < 2**31:
        raise ValueError(said)
    return number


READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.INT: _int,
    Kind.BIGINT: BIG_INT.coerce_input_value,
    Kind.DECIMAL: DECIMAL.coerce_input_value,
    Kind.BOOLEAN: lambda said: {"true": True, "false": False}[said],
    Kind.DATE: DATE.coerce_input_value,
    Kind.DATETIME: DATE_TIME.coerce_input_value,
}


@dataclass(frozen=True)
class OrderKey:
    """One level of an order."""

    name: str
    column: ColumnElement[Any]
    kind: Kind
    nullable: bool
    direction: Direction

    @property
    def clause(self) -> ColumnElement[Any]:
        """The key in an ORDER BY."""
        ordered = self.column.desc() if self.direction.descends else self.column.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if self.direction.nulls_first else ordered.nulls_last()


class Order:
    """An order of records that leaves no two in the same place."""

    def __init__(self, source: Source, asked: Sequence[Any] | None, of: str) -> None:
        """`of` names the list: its cursors are good for no other.

        Raises GraphQLError for an order of too many levels.
        """
        if asked and len(asked) > MOST_KEYS:
            raise bad_input("TOO_MANY_KEYS", f"An order takes at most {MOST_KEYS} keys.")
        self.keys = [_key(source, one) for one in asked or ()]
        if "id" not in [key.name for key in self.keys]:
            descends = bool(self.keys) and self.keys[-1].direction.descends
            direction = Direction.DESC if descends else Direction.ASC
            self.keys.append(OrderKey("id", source.alias.id, Kind.BIGINT, False, direction))
        said = ",".join(f"{key.name} {key.direction}" for key in self.keys)
        self.signature = hashlib.sha256(f"{of}: {said}".encode()).hexdigest()[:12]

    @property
    def clauses(self) -> list[ColumnElement[Any]]:
        """The ORDER BY."""
        return [key.clause for key in self.keys]

    @property
    def mirrored(self) -> Self:
        """The same order from its end to its start, with the same cursors."""
        return self._with(replace(key, direction=key.direction.mirrored) for key in self.keys)

    def over(self, columns: Iterable[ColumnElement[Any]]) -> Self:
        """The same order, in a SELECT that has its columns under other names."""
        pairs = zip(self.keys, columns, strict=True)
        return self._with(replace(key, column=column) for key, column in pairs)

    def _with(self, keys: Iterable[OrderKey]) -> Self:
        other = copy.copy(self)
        other.keys = list(keys)
        return other

    # Cursors ---------------------------------------------------------------------------------

    def cursor(self, page: Page) -> ColumnElement[str]:
        """A row's cursor: base64url of a JSON list, the order's signature and the row's values."""
        pieces: Pieces = [f'["{self.signature}"']
        for key in self.keys:
            column = page.taken(("order", key.name), key.column)
            pieces += [",", _as_string(key, column)]
        raw = func.convert_to(assemble([*pieces, "]"]), quote("UTF8"))
        coded = func.encode(raw, quote("base64"))
        # base64 becomes base64url; padding and the line breaks of PostgreSQL's encode go.
        return func.translate(
            coded, func.concat(quote("+/="), func.chr(10)), quote("-_"), type_=Text()
        )

    def bind(self, arguments: Arguments, cursor: Any) -> list[ColumnElement[Any]]:
        """The values in a cursor, as parameters.

        A cursor that cannot be read is refused (BAD_CURSOR) here or, when a variable brings it,
        with each run.
        """
        return [
            arguments.bind(
                cursor,
                BigInteger() if key.name == "id" else SQL_TYPES[key.kind],
                self._reader(place),
            )
            for place, key in enumerate(self.keys)
        ]

    def after(
        self, values: Sequence[ColumnElement[Any]], *, inclusive: bool = False
    ) -> ColumnElement[bool]:
        """The condition for rows that come after those values, or in their place too."""
        directions = {key.direction.descends for key in self.keys}
        if len(directions) == 1 and not any(key.nullable for key in self.keys):
            here = tuple_(*(key.column for key in self.keys))
            there = tuple_(*values)
            if inclusive:
                return here <= there if directions == {True} else here >= there
            return here < there if directions == {True} else here > there
        later = _expanded(list(zip(self.keys, values, strict=True)), inclusive)
        first = self.keys[0]
        if first.nullable:
            return later
        # It follows from the rest, but this an index can be searched for.
        reached = (
            first.column <= values[0] if first.direction.descends else first.column >= values[0]
        )
        return and_(reached, later)

    def _reader(self, place: int) -> Callable[[Any], Any]:
        return lambda said: self._read(said)[place]

    def _read(self, said: Any) -> list[Any]:
        """The values in a cursor, in the order of the keys.

        Raises GraphQLError (BAD_CURSOR) when it is not one, or is one of another order.
        """
        try:
            padded = str(said) + "=" * (-len(str(said)) % 4)
            found = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            signature, *values = found
        except (binascii.Error, ValueError, TypeError) as problem:
            raise _bad_cursor(f"“{str(said)[:60]}” is not a cursor.") from problem
        if signature != self.signature or len(values) != len(self.keys):
            raise _bad_cursor(
                "The cursor is of another list, or of this list in another order: start without "
                "a cursor, or give one that came with the same orderBy."
            )
        try:
            return [_value(key, one) for key, one in zip(self.keys, values, strict=True)]
        except (ValueError, TypeError, KeyError, GraphQLError) as problem:
            raise _bad_cursor("The cursor has been changed; take it from an answer.") from problem


def _key(source: Source, asked: Any) -> OrderKey:
    """One level of an order; it may go through links: `{owner: {name: DESC}}`."""
    names, nullable = [], False
    while True:
        ((name, wanted),) = asked.items()
        names.append(name)
        if name == "id":
            return OrderKey(".".join(names), source.alias.id, Kind.BIGINT, nullable, wanted)
        member = source.build.types.members_of(source.entity)[name]
        assert isinstance(member, Field | ToOne)
        source.usable(member)
        if isinstance(member, ToOne):
            source, asked, nullable = source.follow(member), wanted, True
            continue
        nullable = nullable or member.may_be_null
        if member.kind is not Kind.MONEY:
            column = source.column(member.owner, member.name)
            return OrderKey(".".join(names), column, member.kind, nullable, wanted)
        ((part, direction),) = wanted.items()
        column = source.column(member.owner, f"{member.name}_{part}")
        kind = Kind.DECIMAL if part == "amount" else Kind.TEXT
        return OrderKey(".".join([*names, part]), column, kind, nullable, direction)


def _expanded(
    pairs: list[tuple[OrderKey, ColumnElement[Any]]], inclusive: bool
) -> ColumnElement[bool]:
    """Later in the first key, or the same there and later in the rest."""
    (key, value), *rest = pairs
    later = key.column < value if key.direction.descends else key.column > value
    if key.nullable:
        same = key.column.is_not_distinct_from(value)
        if key.direction.nulls_first:
            later = or_(later, and_(key.column.is_not(None), value.is_(None)))
        else:
            later = or_(later, and_(key.column.is_(None), value.is_not(None)))
    else:
        same = key.column == value
    if rest:
        return or_(later, and_(same, _expanded(rest, inclusive)))
    return or_(later, same) if inclusive else later


def _as_string(key: OrderKey, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A value as a JSON string or null: numbers and yes/no too, so that all are read alike."""
    said = scalar(key.kind, column, nullable=False)
    if key.kind in (Kind.INT, Kind.BOOLEAN):
        said = [Joined(quote('"'), *said, quote('"'))]
    return or_null(assemble(said))


def _value(key: OrderKey, said: Any) -> Any:
    if said is None and key.nullable:
        return None
    if not isinstance(said, str):
        raise TypeError(said)
    read: Callable[[str], Any] = READERS.get(key.kind, text)
    return read(said)


def _bad_cursor(message: str) -> Exception:
    return bad_input("BAD_CURSOR", message)
