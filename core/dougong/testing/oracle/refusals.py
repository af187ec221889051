"""Why a table refused a row: the columns to be drawn again, and values that its checks name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, text
from sqlalchemy.exc import DBAPIError

CONSTRAINTS = text("""
select n.nspname, c.relname, k.conname, array_agg(a.attname::text), pg_get_constraintdef(k.oid)
from pg_constraint k
join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
group by n.nspname, c.relname, k.conname, k.oid
union all
select n.nspname, c.relname, i.relname, array_agg(a.attname::text), ''
from pg_index x
join pg_class i on i.oid = x.indexrelid
join pg_class c on c.oid = x.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum = any (x.indkey)
where x.indisunique
group by n.nspname, c.relname, i.relname
""")
NUMBER = re.compile(r"(?<![\w'.])\d+(?![\w.])")
PATTERN = re.compile(r"\((\w+) ~ '([^']*)'::text\)")


class Refusals:
    """What the constraints of all tables say, read once."""

    def __init__(self, connection: Connection) -> None:
        self._columns: dict[tuple[str, str, str], list[str]] = {}
        self._numbers: dict[tuple[str, str, str], set[int]] = defaultdict(set)
        self._patterns: dict[tuple[str, str, str], list[re.Pattern[str]]] = defaultdict(list)
        for schema, table, name, columns, said in connection.execute(CONSTRAINTS):
            self._columns[schema, table, name] = sorted(columns)
            if not said.startswith("CHECK"):
                continue
            for column in columns:
                self._numbers[schema, table, column] |= {int(n) for n in NUMBER.findall(said)}
            for column, pattern in PATTERN.findall(said):
                self._patterns[schema, table, column].append(re.compile(pattern))

    def columns(self, refused: DBAPIError) -> list[str]:
        """Those of which one must change; none where that is not known."""
        told: Any = getattr(refused.orig, "diag", None)
        if told is None or told.table_name is None:
            return []
        if told.column_name is not None:
            return [told.column_name]
        return self._columns.get((told.schema_name, told.table_name, told.constraint_name), [])

    def numbers(self, column: Column[Any]) -> list[int]:
        """Those that checks of a column compare with."""
        return sorted(self._numbers.get(_place(column), ()))

    def matching(self, column: Column[Any], some: Iterable[str]) -> list[str]:
        """Those of some texts that match what a column must match; none where it need not."""
        patterns = self._patterns.get(_place(column), ())
        return [one for one in some if patterns and all(p.search(one) for p in patterns)]


def _place(column: Column[Any]) -> tuple[str, str, str]:
    return column.table.schema or "public", column.table.name, column.name
