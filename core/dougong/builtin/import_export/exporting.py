"""A list of records into a file: what the asker sees of it, read from one snapshot, row by row.

The statement is made of the planner's own pieces, so rows and guarded fields are those of the API.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from graphql import GraphQLError, parse_const_value
from graphql.execution.values import VariableValues
from graphql.utilities import (
    coerce_input_literal,
    coerce_input_value,
    validate_input_literal,
    validate_input_value,
)
from sqlalchemy import ColumnElement, Engine

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.principal import Principal
from dougong.builtin.import_export.guarding import guarded
from dougong.builtin.import_export.labels import ENGLISH, Labels, plain
from dougong.builtin.import_export.mapping import ID, Taken
from dougong.builtin.import_export.reading import sha256_of
from dougong.builtin.import_export.writing import table_writer
from dougong.db.session import find, in_transaction
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToOne, key_of, model_of
from dougong.errors import Refused
from dougong.generation import Generation
from dougong.graphql.described import all_of
from dougong.graphql.plan.arguments import Given
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.order import Order
from dougong.graphql.plan.source import Source
from dougong.graphql.plan.sql import compile_piece
from dougong.graphql.plan.where import Where
from dougong.workflow import event_log

_READ = Operation.READ
AT_A_TIME = 2_000
"""Rows that are in memory together."""


@dataclass(frozen=True)
class Asked:
    """What is to be exported."""

    entity: str
    where: str | Mapping[str, Any] = ""
    """Conditions, as the API's `where` takes them: `{stage: {in: [NEW, QUALIFIED]}}`, or as JSON."""
    order: str | Sequence[Any] = ""
    """As `orderBy`: `[{name: ASC}]`; by number unless said."""
    columns: tuple[str, ...] = ()
    """Fields, those of records that are linked to as `customer.code`; unless said, all that an
    import takes."""
    history: bool = False
    """Unless columns are said: all that an import of history takes, the number and states too."""
    language: str = ENGLISH
    """In which the columns and choices are named."""


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Column:
    """One column of the file: what it is called, where its value comes from, and how it is said."""

    header: str
    value: ColumnElement[Any]
    said: Callable[[Any], Any]


def export_file(
    engine: Engine, generation: Generation, who: Principal, asked: Asked, path: Path
) -> Exported:
    """Write a list into a CSV or XLSX file (as its name ends), and the event that says so.

    There is no file under that name before the event is kept. Raises Refused for what is asked
    wrongly, or not for the asker.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        done = write_export(engine, generation, who, asked, path.name, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done


def write_export(
    engine: Engine, generation: Generation, who: Principal, asked: Asked, name: str, part: Path
) -> Exported:
    """Write a list into `part`, a file that is called `name` once it is told of, and the event.

    Raises GenerationChanged, and Refused as `check_export` does.
    """
    entity = generation.entity_named(asked.entity)
    if not generation.access.may(who, _READ, entity):
        raise Refused("needs_grant", **generation.access.why_not(_READ, entity))
    rows = find(engine, generation, who, lambda ctx, _: _write(ctx, entity, asked, name, part))
    done = Exported(rows, sha256_of(part))
    in_transaction(engine, generation, who, lambda ctx: _log(ctx, entity, asked, name, done))
    return done


def check_export(ctx: Context, asked: Asked) -> None:
    """Raise Refused for what is asked wrongly, or not for the asker."""
    entity = ctx.generation.entity_named(asked.entity)
    if not ctx.generation.access.may(ctx.principal, _READ, entity):
        raise Refused("needs_grant", **ctx.generation.access.why_not(_READ, entity))
    _planned(ctx, entity, asked)


def _write(ctx: Context, entity: type[Entity], asked: Asked, name: str, part: Path) -> int:
    rows = 0
    with (
        _reading(ctx, entity, asked) as (columns, found),
        table_writer(part, Path(name), [one.header for one in columns]) as write,
    ):
        says = [one.said for one in columns]
        for row in found:
            write([None if v is None else say(v) for v, say in zip(row, says, strict=True)])
            rows += 1
    return rows


@contextmanager
def _reading(
    ctx: Context, entity: type[Entity], asked: Asked
) -> Iterator[tuple[list[Column], Iterator[Sequence[Any]]]]:
    """The columns, and the rows that the asker sees, from a cursor of the server's."""
    columns, compiled = _planned(ctx, entity, asked)
    given = Given.by(ctx.principal, {}, ctx.now, language=asked.language)
    values = {name: one.value(given) for name, one in compiled.values.items()}
    driver: Any = ctx.session.connection().connection.driver_connection
    with driver.cursor(name="export") as cursor:
        cursor.itersize = AT_A_TIME
        cursor.execute(compiled.template, values)
        yield columns, iter(cursor)


def _planned(ctx: Context, entity: type[Entity], asked: Asked) -> tuple[list[Column], Any]:
    """The columns, and the statement that reads them; raises Refused."""
    types = ctx.generation.schema.extensions["types"]
    build = Build(ctx.generation, types, ctx.principal, {}, VariableValues({}, {}))
    source = Source(build, entity)
    try:
        where = _input(asked.where or "{}", types.inputs.where_of(entity), "where")
        order = _input(asked.order or "[]", all_of(types.inputs.order_of(entity)), "order")
        conditions = Where().conditions(source, where)
        ordered = Order(source, order, f"export of {entity.__name__}")
        columns = list(_columns(ctx, source, asked))
    except GraphQLError as problem:
        raise Refused("bad_export", why=problem.message) from None
    statement = source.select(*(one.value.label(f"c{at}") for at, one in enumerate(columns)))
    statement = statement.where(*source.readable(), *conditions).order_by(*ordered.clauses)
    return columns, compile_piece(statement, build.arguments)


def _input(said: str | Mapping[str, Any] | Sequence[Any], kind: Any, name: str) -> Any:
    """A value as the API takes it, written as in a document or as JSON; raises Refused."""
    wrong: list[str] = []
    try:
        if not isinstance(said, str):
            validate_input_value(said, kind, lambda error, _path: wrong.append(error.message))
            if not wrong:
                return coerce_input_value(said, kind)
            raise Refused("bad_export", why=f"{name}: {wrong[0]}")
        node = parse_const_value(said)
        validate_input_literal(node, kind, lambda error, _path: wrong.append(error.message))
        if not wrong:
            return coerce_input_literal(node, kind)
    except GraphQLError as problem:
        wrong.append(problem.message)
    raise Refused("bad_export", why=f"{name}: {wrong[0]}")


def _columns(ctx: Context, source: Source, asked: Asked) -> Iterator[Column]:
    taken = Taken(ctx.generation, source.entity, asked.history)
    labels = Labels(ctx.generation, asked.language)
    names = asked.columns or [n for n in sorted(taken.known, key=_first) if taken.is_written(n)]
    for name in names:
        first, _, rest = name.partition(".")
        member = _member(taken, first)
        if isinstance(member, ToOne):
            yield _linked(source, labels, member, rest)
        elif rest:
            raise Refused("no_such_field", field=name, entity=source.entity.__name__)
        else:
            yield from _plain(source, labels, member, labels.field(member))


def _first(name: str) -> bool:
    return name != ID


def _member(taken: Taken, name: str) -> Field | ToOne:
    for known, member in taken.known.items():
        if plain(known) == plain(name):
            return member
    raise Refused("no_such_field", field=name, entity=taken.entity.__name__)


def _linked(source: Source, labels: Labels, link: ToOne, rest: str) -> Column:
    """A field of the record that a link points to; its natural key, or its id, unless said."""
    target = model_of(link.target)
    name = rest or _always(link.target) or ID
    header = f"{labels.field(link)}.{labels.named(link.target, name)}"
    if name == ID:
        about = target.name
        return Column(header, source.shown(link), lambda value: f"{about}:{value}")
    found = [one for one in target.fields if plain(one) == plain(name)]
    if not found or target.fields[found[0]].kind is Kind.MONEY:
        raise Refused("no_such_field", field=f"{link.name}.{name}", entity=source.entity.__name__)
    return next(_plain(source.follow(link), labels, target.fields[found[0]], header))


def _always(entity: type[Entity]) -> str | None:
    """The natural key that every record of an entity has, and everybody may see."""
    model = model_of(entity)
    key = model.natural_key
    member = model.fields.get(key or "")
    return key if member is not None and not member.may_be_null else None


def _plain(source: Source, labels: Labels, field: Field, header: str) -> Iterator[Column]:
    if field.kind is Kind.MONEY:
        for part, at_end in (
            ("amount", ""),
            ("currency", f".{labels.named(field.owner, 'currency')}"),
        ):
            value = source.column(field.owner, f"{field.name}_{part}")
            yield Column(header + at_end, value, _decimal if part == "amount" else guarded)
        return
    value = source.column(field.owner, field.name)
    if field.name == ID:
        about = field.owner.__name__
        yield Column(header, value, lambda number: f"{about}:{number}")
    elif field.enum is not None:
        kind, english = field.enum, labels.language == ENGLISH
        says = {one.name: one.name if english else labels.choice(one) for one in kind}
        yield Column(header, value, lambda name: says.get(name, name))
    else:
        yield Column(header, value, SAYS.get(field.kind, guarded))


def _decimal(value: Decimal) -> Decimal:
    return value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(value: date) -> date:
    return value


SAYS: dict[Kind, Callable[[Any], Any]] = {
    Kind.DECIMAL: _decimal,
    Kind.INT: Decimal,
    Kind.BIGINT: Decimal,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.DATE: _day,
    Kind.DATETIME: _moment,
    Kind.JSON: lambda value: guarded(json.dumps(value, ensure_ascii=False)),
}


def _log(ctx: Context, entity: type[Entity], asked: Asked, file: str, done: Exported) -> None:
    event_log.append(
        ctx.session,
        verb="dougong.export",
        addon="dougong",
        actor=(ctx.principal.user_id, ctx.principal.label),
        records=[None],
        at=ctx.now,
        form={
            "entity": key_of(entity),
            "file": file,
            "rows": done.rows,
            "sha256": done.sha256,
            "where": asked.where,
            "order": asked.order,
            "columns": list(asked.columns),
            "history": asked.history,
        },
    )
