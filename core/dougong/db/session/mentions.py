"""What a statement of SQLAlchemy's reads: entities, tables as such, and SQL in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnClause, Join, Select, SelectBase, TextClause, UpdateBase
from sqlalchemy.orm import FromStatement
from sqlalchemy.sql.expression import AliasedReturnsRows, TableClause
from sqlalchemy.sql.operators import custom_op

from dougong.entity.base import Entity

WORD = re.compile(r"[\w.]*|[*]")
OPERATOR = re.compile(r"(?!.*--)[\w\s<>=!~@#%^&|?*+-]*")
AFFIXES = ("_prefixes", "_suffixes", "_hints", "_statement_hints")


@dataclass
class Mentions:
    """What is read by a statement and all that are within it."""

    entities: set[type[Entity]] = field(default_factory=set)
    """To these SQLAlchemy applies `with_loader_criteria`."""
    tables: set[Any] = field(default_factory=set)
    """To these it does not: tables by themselves, in joins by hand, or where rows are changed."""
    texts: bool = False
    """Whether there is SQL as text, more than a word or an operator."""


def mentions(statement: Any) -> Mentions:
    """What a statement reads, in whatever form it is written."""
    found = Mentions(_in_options(statement))
    seen: set[int] = set()
    left: list[Any] = [statement]
    changes = isinstance(statement, UpdateBase)
    while left:
        left += _look_through(left.pop(), found, seen, changes=changes)
    return found


def _look_through(statement: Any, found: Mentions, seen: set[int], *, changes: bool) -> list[Any]:
    """Note what one statement reads; the statements within it."""
    within: list[Any] = []
    alone: set[Any] = set()
    covered: set[Any] = set()
    left = list(_parts(statement))
    found.texts |= _has_affixes(statement)
    while left:
        part = left.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        found.texts |= _is_text(part)
        mapper = part._annotations.get("parententity")
        if mapper is not None and issubclass(mapper.class_, Entity):
            found.entities.add(mapper.class_)
            if mapper.is_mapper:
                (alone if changes else covered).add(mapper.class_.__table__)
        elif isinstance(part, TableClause):
            alone.add(part)
        table = getattr(part, "table", None)
        if table is not None and "parentmapper" not in part._annotations:
            left.append(table)
        if isinstance(part, SelectBase | UpdateBase | FromStatement):
            within.append(part)
        elif mapper is None or not isinstance(getattr(part, "element", None), TableClause | None):
            found.tables |= _joined_by_hand(part)
            left += part.get_children()
    found.tables |= alone - covered
    return within


def _parts(statement: Any) -> Iterator[Any]:
    """What a statement is made of, without the tables that SQLAlchemy infers from columns."""
    if not isinstance(statement, Select):
        yield from statement.get_children()
        return
    yield from super(Select, statement).get_children(omit_attrs=("_correlate", "_correlate_except"))


def _joined_by_hand(part: Any) -> set[Any]:
    """The entities' tables in a join or sample that is not made by `select(…).join`."""
    sides: tuple[Any, ...] = (part.left, part.right) if isinstance(part, Join) else ()
    if isinstance(part, AliasedReturnsRows) and "parententity" not in part._annotations:
        sides = (part.element,)
    mappers = [side._annotations.get("parententity") for side in sides]
    return {mapper.class_.__table__ for mapper in mappers if mapper is not None}


def _in_options(statement: Any) -> set[type[Entity]]:
    """The entities at the ends of relationships that are joined or loaded along."""
    paths = [
        part.path.path
        for option in getattr(statement, "_with_options", ())
        for part in getattr(option, "context", ())
    ]
    mappers = [one for path in paths for one in path if getattr(one, "is_mapper", False)]
    return {one.class_ for one in mappers if issubclass(one.class_, Entity)}


def _is_text(part: Any) -> bool:
    if isinstance(part, TextClause):
        return not WORD.fullmatch(part.text)
    if isinstance(part, ColumnClause) and part.is_literal:
        return not WORD.fullmatch(part.name)
    written = map(vars(part).get, ("operator", "modifier"))  # getattr is slow for columns
    operators = [one.opstring for one in written if isinstance(one, custom_op)]
    return _has_affixes(part) or not all(OPERATOR.fullmatch(one) for one in operators)


def _has_affixes(part: Any) -> bool:
    return any(map(vars(part).get, AFFIXES))
