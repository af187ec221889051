"""How figures of waste are written: quantities exactly, numbers of days with two decimals."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, cast, func, type_coerce

QUANTITY = Numeric(38, 4)


def exact(quantity: ColumnElement[Any]) -> ColumnElement[Decimal]:
    """A quantity with all its decimals."""
    return type_coerce(quantity, QUANTITY)


def rounded(number: ColumnElement[Any]) -> ColumnElement[Any]:
    """A number with two decimals."""
    return func.round(cast(number, Numeric(38, 8)), 2, type_=Numeric(38, 2))


def days_long(number: int) -> Any:
    """So many days, as SQL."""
    return func.make_interval(0, 0, 0, number)
