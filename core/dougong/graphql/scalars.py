"""The API's scalars: how values are read from requests, and what they look like in answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from graphql import (
    BooleanValueNode,
    ConstValueNode,
    EnumValueNode,
    FloatValueNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    StringValueNode,
    print_ast,
    value_from_ast_untyped,
)

from dougong.entity.fields import Money
from dougong.entity.model import Kind
from dougong.graphql.described import fields, inputs

LONGEST_ADDRESS = 320
LONGEST_GUESSED = 200
RFC_3339 = "https://www.rfc-editor.org/rfc/rfc3339"
DECIMAL_TEXT = re.compile(r"-?\d{1,40}(\.\d{1,40})?")
EMAIL_TEXT = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00.]+(\.[^@\s\x00.]+)*")
PHONE_TEXT = re.compile(r"(?=.*\d)[\d +\-/().]{3,40}")


def shown(value: Any) -> str:
    """A value as a refusal quotes it: its beginning, where it is long."""
    said = str(value) if not isinstance(value, str | list | dict) else value
    return f"{said[:60]}…" if isinstance(said, str) and len(said) > 60 else f"{said}"


class Enumeration(GraphQLEnumType):
    """A type of named values that does not guess what a very long name was meant to be."""

    def coerce_input_value(self, input_value: Any, hide_suggestions: bool = False) -> Any:
        """The member of this name; raises GraphQLError when there is none."""
        long = isinstance(input_value, str) and len(input_value) > LONGEST_GUESSED
        return super().coerce_input_value(input_value, hide_suggestions or long)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal) and value.is_finite():
        return value
    whole = isinstance(value, int) and not isinstance(value, bool)
    if (whole or isinstance(value, str)) and DECIMAL_TEXT.fullmatch(str(value)):
        return Decimal(value)
    hint = "; numbers with decimals come as strings" if isinstance(value, float) else ""
    raise GraphQLError(f"“{shown(value)}” is not an exact number like “12.50”{hint}.")


def _big_int(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise GraphQLError(f"“{shown(value)}” is not a whole number of at most 64 bits.")


def _date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f"“{shown(value)}” is not a day like “2026-01-31”.")


def _datetime(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]", value):
        try:
            moment = datetime.fromisoformat(value.upper())
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(
        f"“{shown(value)}” is not a point in time with its zone, like “2026-01-31T08:00:00Z”."
    )


def _matching(pattern: re.Pattern[str], what: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = value.strip() if isinstance(value, str) and len(value) <= LONGEST_ADDRESS else ""
        if pattern.fullmatch(text):
            return text
        raise GraphQLError(f"“{shown(value)}” is not {what}.")

    return read


def _iso(value: Any) -> str:
    if isinstance(value, datetime):
        plain = value.astimezone(UTC).replace(tzinfo=None)
        return f"{plain.isoformat(timespec='microseconds')}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


def _scalar(
    name: str,
    description: str,
    read: Callable[[Any], Any],
    write: Callable[[Any], Any] = str,
    specified_by: str | None = None,
) -> GraphQLScalarType:
    def from_literal(node: ConstValueNode) -> Any:
        match node:
            case StringValueNode() | FloatValueNode():
                return read(node.value)
            case IntValueNode():
                return read(int(node.value) if len(node.value) <= 41 else node.value)
            case BooleanValueNode() | EnumValueNode():
                raise GraphQLError(f"{name} is written as a string, not {node.value}.")
            case _:
                raise GraphQLError(f"{name} is written as a string, not {print_ast(node)}.")

    return GraphQLScalarType(
        name,
        description=description,
        specified_by_url=specified_by,
        coerce_input_value=read,
        coerce_input_literal=from_literal,
        coerce_output_value=write,
    )


DECIMAL = _scalar(
    "Decimal",
    "An exact decimal number, as a string: “12.50”.",
    _decimal,
    lambda value: f"{value:f}" if isinstance(value, Decimal) else str(value),
)
BIG_INT = _scalar("BigInt", "A whole number of up to 64 bits, as a string.", _big_int)
DATE = _scalar("Date", "A day: “2026-01-31”.", _date, _iso, f"{RFC_3339}#section-5.6")
DATE_TIME = _scalar(
    "DateTime",
    "A point in time; answers are in UTC with six decimals: “2026-01-31T08:00:00.000000Z”.",
    _datetime,
    _iso,
    RFC_3339,
)
EMAIL = _scalar(
    "Email",
    "An e-mail address: “ann@example.com”.",
    _matching(EMAIL_TEXT, "an e-mail address like “ann@example.com”"),
)
PHONE = _scalar(
    "Phone",
    "A telephone number as people write it: “+43 1 234-56”.",
    _matching(PHONE_TEXT, "a telephone number: digits, blanks and +-/(). only"),
)
SEARCH_WORDS = GraphQLScalarType(
    "SearchWords",
    description="Words that somebody types into a search box, with blanks between them.",
    coerce_input_value=GraphQLString.coerce_input_value,
    coerce_input_literal=GraphQLString.coerce_input_literal,
)
JSON = GraphQLScalarType(
    "JSON",
    description="Any JSON value.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
    coerce_input_value=lambda value: value,
    coerce_input_literal=value_from_ast_untyped,
)

_MONEY_SAYS = "An exact amount in a currency."
_MONEY = {
    "amount": (GraphQLNonNull(DECIMAL), "How much."),
    "currency": (GraphQLNonNull(GraphQLString), "The currency's ISO 4217 code: “EUR”."),
}
MONEY = GraphQLObjectType("Money", fields(_MONEY), description=_MONEY_SAYS)
MONEY_INPUT = GraphQLInputObjectType(
    "MoneyInput",
    inputs(_MONEY),
    description=_MONEY_SAYS,
    out_type=lambda values: Money(**values),
)

SCALARS: dict[Kind, GraphQLScalarType] = {
    Kind.TEXT: GraphQLString,
    Kind.EMAIL: EMAIL,
    Kind.PHONE: PHONE,
    Kind.INT: GraphQLInt,
    Kind.BIGINT: BIG_INT,
    Kind.DECIMAL: DECIMAL,
    Kind.BOOLEAN: GraphQLBoolean,
    Kind.DATE: DATE,
    Kind.DATETIME: DATE_TIME,
    Kind.JSON: JSON,
}
"""The scalar of each kind of field; enumerations and money have types of their own."""
