"""Records on either side of the rules that compare texts: those that fall under them, and others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import BinaryExpression, BindParameter, Column, Connection, Text, cast, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import visitors

from dougong.access.permissions import RowRule
from dougong.access.reach import BoundMe
from dougong.entity.enums import EnumText
from dougong.generation import Generation


def take_sides(connection: Connection, generation: Generation) -> None:
    """Have a part of the records hold the texts that roles' rules compare with.

    One in three has a text as it is, where the database accepts it, and one in three begins so.
    """
    for rule in (rule for role in generation.access.roles.values() for rule in role.rows):
        table = rule.entity.__table__
        for column, said in _compared(rule):
            begun = said + " " + cast(table.c.id, Text)
            for rest, value in ((0, said), (1, begun)):
                some = update(table).where(table.c.id % 3 == rest).values({column: value})
                with suppress(DBAPIError), connection.begin_nested():
                    connection.execute(some)


def _compared(rule: RowRule) -> Iterator[tuple[str, str]]:
    """The columns that a rule looks at, by their names, with the texts that they are compared with."""
    built: Any = rule.build(rule.entity, BoundMe(None, ""))
    for part in visitors.iterate(built):
        if isinstance(part, BinaryExpression) and _is_text(part.left, rule):
            for value in visitors.iterate(part.right):
                if isinstance(value, BindParameter) and isinstance(value.value, str):
                    yield part.left.name, value.value


def _is_text(column: Any, rule: RowRule) -> bool:
    known = isinstance(column, Column) and column.table.name == rule.entity.__table__.name
    return known and isinstance(column.type, Text) and not isinstance(column.type, EnumText)
