"""The vouchers that moves were made for, as their origins name them."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, bindparam, func

FINDING = "inventory.TraceFinding:"
"""What the origin of a move begins with that tracing has made, before the finding's number."""


def voucher_line(origin: ColumnElement[Any]) -> ColumnElement[str]:
    """The line of a voucher in an origin, before the first slash, as the moves' index has it.

    Both values are written out: with parameters no index could be used once a plan is kept.
    """
    slash = bindparam(None, "/", Text, literal_execute=True)
    first = bindparam(None, 1, Integer, literal_execute=True)
    return func.split_part(origin, slash, first, type_=Text)
