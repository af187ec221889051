"""Reports, run on copies of the rows that somebody may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Table, UnaryExpression, text
from sqlalchemy.sql import visitors

from dougong.access.permissions import Operation
from dougong.entity.base import Entity, Extension
from dougong.graphql.report_rows import AskingContext, ReportRows
from dougong.graphql.scalars import DATE_TIME
from dougong.testing.plain.records import Seen

COPY = "plain_copy_of_"


def report_rows(seen: Seen, rows: ReportRows) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows, and how many in turn the report's order leaves in the same place.

    Each table that the report names is copied, the rows that the person may see alone, and the
    report is run on the copies; then they go.
    """
    made = rows.select(AskingContext(seen.who.user_id, datetime.now(UTC), seen.who.token_id))
    named = (made, *made.get_final_froms())  # a join by a relationship is in the latter only
    tables = {one for some in named for one in visitors.iterate(some) if isinstance(one, Table)}
    schemas = {str(table.schema) for table in tables}
    session = seen.records.session
    with session.begin_nested() as undone:
        for schema in schemas:
            session.execute(text(f"create schema {COPY}{schema}"))
        for entity in _entities(seen):
            if entity.__table__ in tables:
                _copy(seen, entity)
        for table in tables - {entity.__table__ for entity in _entities(seen)}:
            here = f"{COPY}{table.schema}.{table.name}"  # a table of the core, of which it says which rows
            session.execute(text(f"create table {here} as table {table.schema}.{table.name}"))
        order: tuple[Any, ...] = tuple(
            one.element if isinstance(one, UnaryExpression) else one  # without DESC
            for one in made._order_by_clauses
        )
        ordered = made.add_columns(*order) if order else made
        copies = {schema: COPY + schema for schema in schemas}
        options = {"schema_translate_map": copies}
        found = [
            tuple(row) for row in session.connection().execute(ordered, execution_options=options)
        ]
        undone.rollback()
    names = rows.names.items()
    width = len(rows.names)
    columns = {name: place for place, name in enumerate(made.selected_columns.keys())}
    shown = [{api: _plain(row[columns[name]]) for api, name in names} for row in found]
    ties = [len(list(some)) for _, some in groupby(found, key=lambda row: row[width:])]
    return shown, ties


def _entities(seen: Seen) -> list[type[Entity]]:
    generation = seen.records.generation
    extensions = [one for some in generation.extensions.values() for one in some]
    return [*generation.models, *extensions]


def _copy(seen: Seen, entity: type[Entity]) -> None:
    table = entity.__table__
    record = entity.__extends__ if issubclass(entity, Extension) else entity
    numbers = list(seen.records.covered(seen.who, Operation.READ, record))
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    seen.records.session.execute(
        text(
            f'create table {COPY}{table.schema}."{table.name}" as '
            f'select {columns} from {table.schema}."{table.name}" where id = any(:numbers)'
        ),
        {"numbers": numbers},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return DATE_TIME.coerce_output_value(value)
    return f"{value:f}" if isinstance(value, Decimal) else value


def in_any_order(rows: list[Any], ties: list[int]) -> list[Any]:
    """Rows with those that share a place put into an order that depends on themselves alone."""
    settled: list[Any] = []
    for number in ties:
        some = rows[len(settled) : len(settled) + number]
        settled += sorted(some, key=orjson.dumps)
    return settled + rows[len(settled) :]


Ties = Mapping[str, list[int]]
"""For a report's response key, how many rows in turn share a place."""
