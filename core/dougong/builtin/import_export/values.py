"""The rows of a file as values of fields; what cannot be one says what to write instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from dougong.builtin.import_export.guarding import meant
from dougong.builtin.import_export.labels import nearest, yes_or_no
from dougong.builtin.import_export.mapping import CURRENCY, ID, Columns, Source, Taken
from dougong.entity.base import Entity, Extension
from dougong.entity.declare import MONEY_AMOUNT
from dougong.entity.fields import Money
from dougong.entity.model import Field, Kind, ToOne
from dougong.errors import Refused
from dougong.graphql.mutations.records import number_of
from dougong.graphql.mutations.values import check_fits
from dougong.graphql.scalars import SCALARS

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
LONGEST_SHOWN = 60
MOST_KNOWN = 10_000
"""Different texts of a column whose values are remembered."""
Row = Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row: where, with which value, and what to do about it."""

    line: int
    message: str
    column: str = ""
    value: str = ""
    because: Refused | None = field(default=None, compare=False, repr=False)
    """What a verb has refused it with."""

    def kept(self) -> dict[str, Any]:
        """As JSON can keep it."""
        said = {"column": self.column, "value": self.value, "message": self.message}
        return {"line": self.line, **{n: one.replace("\x00", "�") for n, one in said.items()}}

    def __str__(self) -> str:
        where = f"line {self.line}: "
        return f"{where}{self.column}: {self.message}" if self.column else where + self.message


@dataclass
class Record:
    """One row: its line, its values by attribute, and the texts by which its links are found."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    added: dict[type[Extension[Any]], dict[str, Any]] = field(default_factory=dict)
    links: list[tuple[ToOne, str, str]] = field(default_factory=list)
    """Link, column, text; what is found for it becomes a value."""

    def put(self, member: Field | ToOne, value: Any) -> None:
        """A value, of the entity's own or of an extension's."""
        owner: Any = member.owner
        into = self.added.setdefault(owner, {}) if issubclass(owner, Extension) else self.values
        into[member.name] = value


Taker = tuple[Field | ToOne, Source, Callable[[Record, Row], None]]


class Reader:
    """Reads rows as one mapping says."""

    def __init__(self, taken: Taken, columns: Columns, header: Sequence[str]) -> None:
        self._taken = taken
        self._header = header
        self._columns = columns
        self._takers = [
            self._taker(taken.known[name], source) for name, source in columns.sources.items()
        ]

    def read(self, line: int, cells: Sequence[str]) -> tuple[Record | None, list[Problem]]:
        """The record of a row, and what is wrong with it; None for one that is left out."""
        row = dict(zip(self._header, cells, strict=True))
        if self._columns.skip and self._columns.skips(row):
            return None, []
        record, wrong = Record(line), []
        for member, source, take in self._takers:
            try:
                take(record, row)
            except (ValueError, GraphQLError, Refused) as problem:
                column = source.column or member.name
                wrong.append(Problem(line, self._said(problem), column, _shown(row, source)))
        return record, wrong

    def _said(self, problem: Exception) -> str:
        if isinstance(problem, Refused):
            return self._taken.generation.sentence(problem)
        return str(getattr(problem, "message", problem))

    def _taker(self, member: Field | ToOne, source: Source) -> Taker:
        """What takes one field's value from a row."""
        plain = source.column if source == Source(source.column, by=source.by) else None
        parse = self._parser(member, source)
        known: dict[str, Any] = {}
        own = not issubclass(member.owner, Extension)

        def take(record: Record, row: Row) -> None:
            text = meant(row[plain]) if plain is not None else source.text(row)
            if text is None:
                if member.nullable:
                    record.put(member, None)
                elif not member.has_default:
                    raise ValueError("is empty, but must have a value")
                return
            if isinstance(member, ToOne):
                record.links.append((member, source.column or member.name, storable(text)))
                return
            said = (
                text if source.currency_column is None else f"{text} {row[source.currency_column]}"
            )
            if said not in known:
                if len(known) > MOST_KNOWN:
                    known.clear()
                known[said] = parse(storable(text), row)
            if own:
                record.values[member.name] = known[said]
            else:
                record.put(member, known[said])

        return member, source, take

    def _parser(self, member: Field | ToOne, source: Source) -> Callable[[str, Row], Any]:
        parse = self._plain_parser(member)
        if isinstance(member, Field) and member.kind is Kind.MONEY:
            column = source.currency_column
            return lambda text, row: Money(
                parse(text), source.currency if column is None else meant_currency(row[column])
            )
        return lambda text, _row: parse(text)

    def _plain_parser(self, member: Field | ToOne) -> Callable[[str], Any]:
        if isinstance(member, ToOne):
            return str
        if member.name == ID:
            return lambda text: record_number(member.owner, text)
        if member.enum is not None:
            return lambda text: self._choice(member, text)
        if member.kind in (Kind.DECIMAL, Kind.MONEY):
            money = member.kind is Kind.MONEY
            kind = MONEY_AMOUNT if money else member.owner.__table__.c[member.name].type
            return lambda text: _fitting(text, kind)
        return PARSERS.get(member.kind) or SCALARS[member.kind].coerce_input_value

    def _choice(self, member: Field, text: str) -> Any:
        assert member.enum is not None
        found = member.enum.__members__.get(text) or self._taken.words.choice(member.enum, text)
        if found is None:
            near = nearest(text.upper(), member.enum.__members__)
            meant = f"; did you mean {near}?" if near else ""
            known = ", ".join(member.enum.__members__)
            raise ValueError(f"“{text[:LONGEST_SHOWN]}” is none of {known}{meant}")
        return found


def storable(text: str) -> str:
    """The text; raises ValueError where PostgreSQL cannot keep it."""
    if "\x00" in text:
        raise ValueError("has a character (NUL) that cannot be stored")
    return text


def record_number(entity: type[Entity], text: str) -> int:
    """`Lead:42` or `42` → 42; raises Refused."""
    return number_of(entity, text if ":" in text else f"{entity.__name__}:{text}")


def meant_currency(cell: str) -> str:
    """The currency in a column; raises ValueError."""
    text = cell.strip().upper()
    if not CURRENCY.fullmatch(text):
        raise ValueError(f"“{cell[:LONGEST_SHOWN]}” is not a currency like EUR")
    return text


def _shown(row: Row, source: Source) -> str:
    return row.get(source.column or source.when or "", source.value or "")[:LONGEST_SHOWN]


def _fitting(text: str, kind: Any) -> Decimal:
    number: Decimal = SCALARS[Kind.DECIMAL].coerce_input_value(text)
    check_fits(number, kind)
    return number


def _whole(text: str) -> Any:
    if not re.fullmatch(r"-?[0-9]{1,10}", text):
        raise ValueError(f"“{text[:LONGEST_SHOWN]}” is not a whole number")
    return SCALARS[Kind.INT].coerce_input_value(int(text))


def _day(text: str) -> Any:
    if found := DAY.fullmatch(text):
        year, month, day = found.groups()
        text = f"{year}-{month:0>2}-{day:0>2}"
    return SCALARS[Kind.DATE].coerce_input_value(text)


PARSERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.BOOLEAN: yes_or_no,
    Kind.INT: _whole,
    Kind.DATE: _day,
    Kind.JSON: json.loads,
}
