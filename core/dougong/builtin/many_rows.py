"""Many rows that are written alike become one statement, so that triggers run once for all.

SQLAlchemy sends an UPDATE or INSERT of many rows once for each; PostgreSQL then does as often what
is done for a statement (change log, audit). Here the values go as arrays, one for each column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    JSON,
    BinaryExpression,
    BindParameter,
    Column,
    Engine,
    Insert,
    Update,
    bindparam,
    column,
    event,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.sql.elements import BooleanClauseList
from sqlalchemy.sql.operators import eq

GIVEN = "given"
_DIALECT: Any = psycopg.dialect()  # type: ignore[no-untyped-call]
_known: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
"""By what SQLAlchemy has compiled: the statement for many rows, None where there is none."""


def write_many_rows_at_once(engine: Engine) -> None:
    """From now on the engine writes many rows of a table by one statement, where that can be."""
    event.listen(engine, "do_executemany", _written)


def _written(cursor: Any, _text: str, rows: Sequence[Mapping[str, Any]], context: Any) -> bool:
    """Write some rows, if one statement can; whether it did."""
    compiled, names = context.compiled, tuple(rows[0])
    if compiled is None or len(rows) < 2 or any(len(row) != len(names) for row in rows):
        return False
    if compiled not in _known:
        _known[compiled] = _for_many(compiled.statement, names)
    written = _known[compiled]
    values = {name: [row[name] for row in rows] for name in names}
    if written is None or not all(map(_are_alike, values.values())):
        return False
    cursor.execute(written, values)
    return True


def _are_alike(values: Sequence[Any]) -> bool:
    """Whether some values can stand in one array; where one is a list, it is not known of what."""
    kinds = {type(value) for value in values if value is not None}
    return len(kinds) <= 1 and not kinds & {list, tuple, dict}


def _for_many(statement: Any, names: Sequence[str]) -> str | None:
    """What writes arrays of values, called like the statement's own; None for another form of it."""
    if not isinstance(statement, Insert | Update) or statement._returning or statement._values:
        return None
    table: Any = statement.table
    key = _key(statement) if isinstance(statement, Update) else None
    columns = {name: table.c.get(name) for name in names}
    if key is not None:
        columns[str(key._label)] = key
    elif isinstance(statement, Update) or not _plain(statement):
        return None
    if any(one is None or isinstance(one.type, ARRAY | JSON) for one in columns.values()):
        return None
    filled = [one.onupdate if key is not None else one.default for one in table.c]
    if any(one is not None and (one.is_clause_element or one.is_sequence) for one in filled):
        return None
    arrays = [bindparam(name, type_=ARRAY(one.type)) for name, one in columns.items()]
    given = func.unnest(*arrays).table_valued(*(column(n, c.type) for n, c in columns.items()))
    given = given.render_derived(name=GIVEN)
    if key is None:
        made = table.insert().from_select(names, select(*given.c), include_defaults=False)
    else:
        written = {one: given.c[name] for name, one in columns.items() if one is not key}
        made = table.update().values(written).where(key == given.c[str(key._label)])
    return str(made.compile(dialect=_DIALECT))


def _plain(statement: Insert) -> bool:
    """Whether an INSERT is nothing but its values."""
    return statement.select is None and statement._post_values_clause is None


def _key(statement: Update) -> Column[Any] | None:
    """The key column by whose value an UPDATE finds its one row, as SQLAlchemy's sessions write it."""
    clauses = statement._where_criteria
    while len(clauses) == 1 and isinstance(clauses[0], BooleanClauseList):
        clauses = tuple(clauses[0].clauses)
    table: Any = statement.table
    match clauses:
        case (
            BinaryExpression(operator=found, left=Column() as left, right=BindParameter() as by),
        ):
            alone = [left] == list(table.primary_key) and by.key == left._label
            return left if found is eq and alone else None
    return None
