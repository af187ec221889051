"""Reports as JSON text; every entity in them is read through the asker's row rules."""

from __future__ import annotations

import re
from typing import Any

from graphql import FieldNode, GraphQLError
from sqlalchemy import select

from dougong.entity.base import Entity, Extension
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.source import Source
from dougong.graphql.plan.sql import Compiled, compile_piece, quoted
from dougong.graphql.plan.texts import Pieces, assemble, listed, members, scalar, selections
from dougong.graphql.report_rows import AskingContext, ReportRows

READABLE = "readable__"
READABLE_TABLE = re.compile(rf'\b{READABLE}(\w+)\."?(\w+)"?')


def report(build: Build, rows: ReportRows, nodes: list[FieldNode]) -> Compiled:
    """The rows of a report as one subselect.

    The report's tables are renamed to `readable__…`, and each such name is a WITH query of the
    rows that the asker may read. This holds wherever a table stands: in joins, in subqueries,
    under aliases. Raises GraphQLError (FORBIDDEN) for somebody who may not ask.
    """
    needs = rows.report.needs
    if not build.generation.access.has(build.who, needs):
        raise GraphQLError(
            f"You need the permission {needs.name} for {rows.api_name}: {needs.description}",
            extensions={"code": "FORBIDDEN"},
        )
    asker = AskingContext(build.arguments.me, build.arguments.now)
    found = rows.select(asker).subquery("report")
    pairs: list[tuple[str, Pieces]] = []
    for key, some in build.collect(selections(nodes), rows.row_type).items():
        name = some[0].name.value
        if name == "__typename":
            pairs.append((key, [f'"{rows.row_type.name}"']))
        else:
            column = found.c[rows.names[name]]
            pairs.append((key, scalar(rows.columns[name], column, nullable=True)))
    text = assemble(["[", listed(assemble(members(pairs))), "]"])
    schemas = {part: READABLE + part for part in build.generation.parts}
    compiled = compile_piece(select(text).select_from(found), build.arguments, schemas)
    return _with_readable(build, compiled)


def _with_readable(build: Build, compiled: Compiled) -> Compiled:
    """Put the WITH queries before a statement that reads from renamed tables."""
    entities = {entity.__table__.fullname: entity for entity in _entities(build)}
    queries: list[str] = []
    values = dict(compiled.values)
    for schema, table in sorted(set(READABLE_TABLE.findall(compiled.template))):
        part = compile_piece(_readable_rows(build, entities[f"{schema}.{table}"]), build.arguments)
        queries.append(f"{_name(schema, table)} AS NOT MATERIALIZED ({_own(part, len(queries))})")
        values |= {f"w{len(queries) - 1}_{name}": value for name, value in part.values.items()}
    template = READABLE_TABLE.sub(lambda m: _name(m[1], m[2]), compiled.template)
    head = f"WITH {', '.join(queries)} " if queries else ""
    return Compiled(f"({head}{template})", values)


def _own(part: Compiled, number: int) -> str:
    """The text of a WITH query, its parameters renamed so that they clash with no other's."""
    doubled = part.template.replace("%%", "%%%%")
    return doubled % {name: f"%(w{number}_{name})s" for name in part.values}


def _name(schema: str, table: str) -> str:
    return quoted(f"{READABLE}{schema}__{table}")


def _entities(build: Build) -> list[type[Entity]]:
    extensions = [one for some in build.generation.extensions.values() for one in some]
    return [*build.generation.models, *extensions]


def _readable_rows(build: Build, entity: type[Entity]) -> Any:
    """All rows of an entity that the asker may read; an extension's rows go with its record's.

    Guarded fields are null where the asker may not see them.
    """
    source = Source(build, entity.__extends__ if issubclass(entity, Extension) else entity)
    mapper: Any = entity.__mapper__
    columns = [
        source.column(entity, mapper.get_property_by_column(column).key).label(column.name)
        for column in entity.__table__.columns
    ]
    return source.select(*columns).where(*source.readable())
