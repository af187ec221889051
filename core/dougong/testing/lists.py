"""Every list of a schema, with rows in it: found and made from the schema, nothing by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from dougong.entity.base import Entity
from dougong.entity.enums import EnumText
from dougong.generation import Generation
from dougong.testing.worlds import LiveWorld

PAGE = "totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@dataclass(frozen=True)
class ListField:
    """A list in the API: of the root, or of a record."""

    name: str
    """`Query.leads`, `Party.leads`."""
    document: str
    """Asks for a page of it, with every value of each record; `list` in the answer is the page."""
    entity: type[Entity]
    owner: type[Entity] | None
    """Whose records have the list; None for the root."""

    def page(self, data: Any) -> Any:
        """The page in the answer's data."""
        return data["list"] if self.owner is None else data["record"]["list"]


def check_lists(
    served: LiveWorld, concerns: Callable[[Generation, ListField], bool] = lambda *_: True
) -> None:
    """Each list that concerns somebody takes one statement, with 1 row and with 1,000.

    The world's database is of no use for anything else afterwards.
    """
    generation = served.runtime.generation
    boss = served.person("dougong.administrator")
    reads: Any = CountingReads(served.runtime.reads)
    served.runtime.reads = reads
    with served.engine.begin() as connection:
        drop_rules(connection)
    for rows in (1, 1_000):
        with served.engine.begin() as connection:
            fill(connection, generation, rows)
        served.ask("{ __typename }", boss)  # from now on it is known who asks, and with which roles
        for some in lists_of(generation):
            if concerns(generation, some):
                reads.statements.clear()
                page = some.page(served.ask(some.document, boss))
                assert len(reads.statements) == 1, f"{some.name}: {reads.statements}"
                # the first lies below none of its own kind, or was there before: the asker's role
                least = 0 if some.entity.__attached__ else rows - 1  # it hangs on any one record
                assert page["totalCount"] >= least, some.name
                assert len(page["edges"]) == min(page["totalCount"], 100), some.name


def lists_of(generation: Generation) -> Iterator[ListField]:
    """All lists of the schema, of the root and of every record's type.

    What is linked to is asked for once: in a list of the root, or of the parent that owns them.
    """
    schema: Any = generation.schema
    types, root = schema.extensions["types"], schema.extensions["root"]
    targets = {types.connection_of(entity).name: entity for entity in generation.models}
    owners = {entity.__name__: (one, entity) for one, entity in root.records.items()}
    for kind in schema.type_map.values():
        if kind is not schema.query_type and kind.name not in owners:
            continue
        for name, field in kind.fields.items():
            target = targets.get(get_named_type(field.type).name)
            if target is None:
                continue
            root_too = kind is not schema.query_type and target not in generation.owned
            node = _selection(types.object_of(target), set(targets), below=not root_too)
            page = f"list: {name}(first: 100) {{ {PAGE} edges {{ cursor node {{ {node} }} }} }}"
            if kind is schema.query_type:
                yield ListField(f"Query.{name}", f"{{ {page} }}", target, None)
            else:
                one, owner = owners[kind.name]
                record = f'record: {one}(id: "{kind.name}:1") {{ {page} }}'
                yield ListField(f"{kind.name}.{name}", f"{{ {record} }}", target, owner)


def _selection(kind: GraphQLObjectType, lists: set[str], *, below: bool = True) -> str:
    """Every field of a type that has a value of its own, and those of what it links to."""
    chosen = []
    for name, field in kind.fields.items():
        found = get_named_type(field.type)
        if any(is_required_argument(one) for one in field.args.values()) or found.name in lists:
            continue
        if is_leaf_type(found):
            chosen.append(name)
        elif below and isinstance(found, GraphQLObjectType):
            inner = _selection(found, lists, below=False)
            if inner:
                chosen.append(f"{name} {{ {inner} }}")
    return " ".join(chosen)


class CountingReads:
    """A read pool that remembers the statements it was asked for."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.statements: list[str] = []

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The statement's first row."""
        self.statements.append(sql)
        return await self._pool.fetchrow(sql, *arguments)  # type: ignore[no-any-return]

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()


# Rows ----------------------------------------------------------------------------------------


def drop_rules(connection: Connection) -> None:
    """Take away every constraint and unique index but the primary keys.

    For a database that a test throws away: then rows can be made without knowing what they mean.
    """
    constraints = text(
        """select format('alter table %s drop constraint %I cascade', conrelid::regclass, conname)
        from pg_constraint c join pg_namespace n on n.oid = c.connamespace
        where contype in ('c', 'f', 'u', 'x') and conrelid <> 0 and nspname !~ '^(pg_|information)'
        order by contype = 'u'"""
    )
    indexes = text(
        """select format('drop index %s', indexrelid::regclass) from pg_index i
        join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
        where indisunique and not indisprimary and nspname !~ '^(pg_|information)'"""
    )
    for statements in (constraints, indexes):
        for statement in connection.scalars(statements).all():
            connection.execute(text(statement))


def fill(connection: Connection, generation: Generation, rows: int) -> None:
    """Make the rows 1 to `rows` of every table of the generation; all links point to row 1.

    Where a table's own rows may do without, row 1 points to none: some lie below one another.

    Rows that are there stay. `drop_rules` comes first.
    """
    extensions = [one for some in generation.extensions.values() for one in some]
    for entity in [*generation.models, *extensions]:
        columns: Any = [one for one in entity.__table__.columns if one.computed is None]
        number: Any = func.generate_series(1, rows).column_valued("number")
        values = select(*(_value(one, number) for one in columns))
        made = insert(entity.__table__).from_select(columns, values, include_defaults=False)
        connection.execute(made.on_conflict_do_nothing())
    connection.execute(text("analyze"))


def _value(column: Any, row: Any) -> Any:
    """A value that fits the column's type; texts and ids differ from row to row."""
    if column.primary_key:
        return row
    if column.foreign_keys:
        own = any(key.column.table is column.table for key in column.foreign_keys)
        return case((row > 1, 1)) if own and column.nullable else literal_column("1")
    match column.type:
        case EnumText() as kind:
            return cast(func.concat(next(iter(kind.enum_class)).name), Text)
        case Text():
            return cast(row, Text)
        case Integer():
            return row
        case Numeric() | Boolean():
            return cast(cast(row % 2, Integer), column.type)
        case Date() | DateTime():
            return cast(func.now(), column.type)
        case JSONB():
            return cast(literal_column("'{}'"), JSONB)
        case other:
            raise TypeError(f"{column}: no value is known for {other!r}")
