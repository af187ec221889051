"""Records created by one COPY for each table, where every reaction takes them together.

What the session does for single records is done here for all: extension rows, stamps, the version
of parents, the event log. Constraints and triggers are the database's, and hold as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Table,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.attributes import set_committed_value

from dougong.access.context import Context
from dougong.builtin.workflows.authority import By
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity, Extension
from dougong.entity.model import key_of
from dougong.verbs.crud import CreateVerb, crud_verb
from dougong.verbs.perform import check_right
from dougong.workflow import event_log

_dialect: Any = PGDialect_psycopg
DIALECT: Any = _dialect()
Rows = Sequence[Mapping[str, Any]]
DRAWN = text(
    "with named as materialized (select pg_get_serial_sequence(:table, 'id')::regclass as it) "
    "select nextval(it) from named, generate_series(1, :count)"
)


def one_by_one(ctx: Context, entity: type[Entity]) -> list[str]:
    """The reactions for whose sake records of an entity are created one by one."""
    return alone(ctx, crud_verb(CreateVerb, entity))


def alone(ctx: Context, verb: Any) -> list[str]:
    """The names of those who react to each record of a verb by itself."""
    every = (one for found in ctx.generation.contents for one in found.reactions)
    return [one.name for one in every if one.verb is verb and not one.together]


def create_by_copy(
    ctx: Context,
    entity: type[Entity],
    records: Sequence[Any],
    added: Mapping[type[Extension[Any]], Rows],
    *,
    numbered: bool = False,
) -> list[int]:
    """Create records that are not stored yet, with all reactions; their numbers.

    `added` has values for extensions, one for each record; records that are `numbered` have drawn
    their numbers before. Raises a Refused as the verb does, save
    that it does not say which record is to blame.
    """
    verb, moments = crud_verb(CreateVerb, entity), ctx.generation.moments
    check_right(verb, None, ctx)
    with as_refusals(ctx.generation):
        by = By(ctx, verb, records[0])
        with ctx.acting_as(verb.addon):
            moments.tell("before", verb, records, ctx, {})
        ids = [one.id for one in records] if numbered else []
        if not numbered:
            ids = next_ids(ctx, entity.__table__, len(records))
            for number, record in zip(ids, records, strict=True):
                record.id = number
        _stamp_parents(ctx, entity, records)
        columns = _values(entity, ctx)
        copy_rows(ctx, entity.__table__, [columns(record) for record in records])
        for extension in ctx.generation.extensions.get(entity, ()):
            rows = added.get(extension) or [{}] * len(ids)
            extend_rows(ctx, extension, ids, rows)
        append_events(ctx, entity, ids, verb.key, by.roles(verb, records), by.for_user)
        if moments.listeners(verb, "after"):
            stored = _stored(ctx, entity, records)
            with ctx.acting_as(verb.addon):
                moments.tell("after", verb, stored, ctx, {})
    return ids


def _stored(ctx: Context, entity: type[Entity], records: Sequence[Any]) -> list[Any]:
    """Records as the session has them once they are stored; those they link to are known."""
    found = {
        one.id: one for one in ctx.find(entity, entity.id == any_(_array(r.id for r in records)))
    }
    links = [(link.name, link.key) for link in entity.__links__.values()]
    stored = []
    for record in records:
        one, known = found[record.id], vars(record)
        for name, key in links:
            linked = known.get(name)
            if linked is not None and linked.id == getattr(one, key):
                set_committed_value(one, name, linked)
        stored.append(one)
    return stored


def next_ids(ctx: Context, table: Table, count: int) -> list[int]:
    """Numbers for so many new rows, that nobody else gets."""
    with ctx.as_core():
        return list(drawn(ctx.session.connection(), table, count))


def drawn(connection: Connection, table: Table, count: int) -> Iterable[int]:
    """The same, by those who may draw them."""
    return connection.scalars(DRAWN, {"table": f'{table.schema}."{table.name}"', "count": count})


def _stamp_parents(ctx: Context, entity: type[Entity], records: Sequence[Any]) -> None:
    """Children are part of their parent: its version rises, and what it knew of them is old."""
    owned = ctx.generation.owned.get(entity)
    if owned is None:
        return
    parents = {one.id: one for one in (getattr(record, owned.link.name) for record in records)}
    ctx.lock(*parents.values())
    raised = [number for number, parent in parents.items() if ctx.first_change(parent)]
    kind: Any = owned.link.target
    stamps = {"updated_at": ctx.now, "updated_by_id": ctx.principal.user_id}
    with ctx.as_core():
        ctx.session.flush()
        for numbers, more in ((raised, 1), (parents.keys() - raised, 0)):
            if numbers:
                which = kind.__table__.c.id.in_(numbers)
                changed = {**stamps, "version": kind.__table__.c.version + more}
                ctx.session.execute(update(kind.__table__).where(which).values(changed))
    for number, parent in parents.items():
        set_committed_value(parent, "version", parent.version + (number in raised))
        known = [n for n in (*kind.__owned__, *kind.__sums__) if n in vars(parent)]
        ctx.session.expire(parent, [*known, "updated_at", "updated_by_id"])


def _values(entity: type[Entity], ctx: Context) -> Callable[[Any], dict[str, Any]]:
    """What gives the columns of a record that is not stored yet: those that have a value."""
    me = ctx.principal.user_id
    stamps: dict[str, Any] = {"created_at": ctx.now, "updated_at": ctx.now}
    stamps |= {"created_by_id": me, "updated_by_id": me}
    links = {link.key: link.name for link in entity.__links__.values()}
    keys = [column.key for column in entity.__table__.columns if column.computed is None]
    own = [(key, links.get(key, "")) for key in keys if key not in stamps]

    def columns(record: Any) -> dict[str, Any]:
        known, found = vars(record), dict(stamps)
        for key, link in own:
            linked = known.get(link)
            value = known.get(key) if linked is None else linked.id
            if value is not None:
                found[key] = value
        return found

    return columns


def copy_rows(ctx: Context, table: Table, rows: Rows) -> None:
    """Write rows, those with the same columns by one COPY; defaults hold for the others."""
    defaults: dict[str, Any] = {}
    for column in table.columns:
        default: Any = column.default
        if default is not None and default.is_scalar:
            defaults[column.key] = default.arg
    filled = [{**defaults, **row} for row in rows]
    for names, some in groupby(filled, key=tuple):
        _copy(ctx, table, names, list(some))


def extend_rows(
    ctx: Context, extension: type[Extension[Any]], ids: Sequence[int], rows: Rows
) -> None:
    """Give new records their rows of an extension."""
    table = extension.__table__
    if any(rows):
        copy_rows(ctx, table, [{"id": n, **row} for n, row in zip(ids, rows, strict=True)])
        return
    with ctx.as_core():
        ctx.session.execute(insert(table).from_select(["id"], select(_each(ids))))


def _each(ids: Sequence[int]) -> Any:
    return func.unnest(_array(ids))


def _array(ids: Iterable[int]) -> Any:
    return bindparam(None, list(ids), type_=ARRAY(BigInteger()), unique=True)


def quick_maker(entity: type[Entity]) -> Callable[[dict[str, Any]], Any]:
    """What makes records that are not stored yet, as their constructor does, for COPY only.

    Nothing is noted of what changes in them: the session never sees them.
    """
    if hasattr(entity, "__post_init__") or entity.__mapper__.validators:
        return lambda values: entity(**values)
    needed = {
        name: None
        for name, one in entity.__dataclass_fields__.items()
        if one.init and one.default is MISSING and one.default_factory is MISSING
    }
    plain = vars(entity(**needed))
    fresh = {name: value for name, value in plain.items() if not name.startswith("_")}
    lists = [name for name, value in fresh.items() if isinstance(value, list)]
    new, money = entity.__mapper__.class_manager.new_instance, entity.__money__

    def make(values: dict[str, Any]) -> Any:
        record = new()
        known = vars(record)
        known.update(fresh)
        known.update(values)
        for name in lists:
            known[name] = []
        for name in money:
            if (value := known.get(name)) is not None:
                known[f"{name}_amount"], known[f"{name}_currency"] = value.amount, value.currency
        return record

    return make


def _copy(ctx: Context, table: Table, names: Sequence[str], rows: Rows) -> None:
    columns = [table.columns[name] for name in names]
    with ctx.as_core():
        connection: Any = ctx.session.connection().connection.driver_connection
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table.schema or "public", table.name),
        sql.SQL(", ").join(sql.Identifier(one.name) for one in columns),
    )
    ready = [(name, processor(column.type)) for name, column in zip(names, columns, strict=True)]
    plain = all(process is None for _, process in ready)
    values = itemgetter(*names) if plain and len(names) > 1 else None
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(
                    values(row)
                    if values
                    else [
                        p(row[name]) if p and row[name] is not None else row[name]
                        for name, p in ready
                    ]
                )
    except psycopg.Error as problem:
        raise DBAPIError("COPY", None, problem) from problem


@lru_cache(1_000)
def processor(kind: Any) -> Callable[[Any], Any] | None:
    """What makes a value of a column ready for the database, if it is not."""
    made: Any = kind.dialect_impl(DIALECT).bind_processor(DIALECT)
    return made  # type: ignore[no-any-return]


def append_events(
    ctx: Context,
    entity: type[Entity],
    ids: Sequence[int],
    verb: str,
    roles: Sequence[str | None] = (None,),
    for_user: int | None = None,
) -> None:
    """Write one event for each of the records, by one statement."""
    same = {
        "at": ctx.now,
        "actor_id": ctx.principal.user_id,
        "actor": ctx.principal.label,
        "for_user_id": for_user,
        "addon": "dougong" if verb.startswith("dougong.") else entity.__addon__,
        "verb": verb,
        "entity": key_of(entity),
    }
    if len(roles) == len(ids) > 1:
        rows = [{**same, "record_id": n, "role": one} for n, one in zip(ids, roles, strict=True)]
        copy_rows(ctx, event_log.event, rows)
        return
    same["role"] = roles[0]
    columns = [literal(value, event_log.event.c[name].type) for name, value in same.items()]
    each = insert(event_log.event).from_select([*same, "record_id"], select(*columns, _each(ids)))
    with ctx.as_core():
        ctx.session.execute(each)
