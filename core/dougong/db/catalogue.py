"""What a schema holds, asked of PostgreSQL itself: works when the code that made it is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key as it can be dropped, checked and created again."""

    table: str
    """Quoted, with its schema: `crm.lead`."""
    name: str
    """Quoted."""
    definition: str
    columns: tuple[str, ...]
    """Quoted, as are the target's."""
    target: str
    target_columns: tuple[str, ...]
    on_delete: str
    """`a`, `r`, `c`, `n` or `d`: NO ACTION, RESTRICT, CASCADE, SET NULL, SET DEFAULT."""

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> ForeignKey:
        """One that was written down as JSON."""
        columns = {name: tuple(said[name]) for name in ("columns", "target_columns")}
        return cls(**{**said, **columns})

    @property
    def orphans(self) -> str:
        """The condition under which a row `r` refers to a record that is gone."""
        given = " and ".join(f"r.{own} is not null" for own in self.columns)
        pairs = zip(self.columns, self.target_columns, strict=True)
        joined = " and ".join(f"r.{own} = t.{its}" for own, its in pairs)
        return f"{given} and not exists (select 1 from {self.target} t where {joined})"


@dataclass(frozen=True)
class StoredTable:
    """A table with the columns that hold something of their own (no generated ones)."""

    schema: str
    name: str
    quoted: str
    """With its schema, as SQL writes it."""
    columns: tuple[tuple[str, str], ...]
    """Name and type, in the table's order."""
    key: tuple[str, ...]
    """The columns of the primary key."""
    identity: str | None
    """The column whose values PostgreSQL gives out."""

    def list_of(self, names: Sequence[str] | None = None) -> str:
        """Column names, all or some, as SQL writes them in a list."""
        chosen = [name for name, _type in self.columns] if names is None else names
        return ", ".join('"' + name.replace('"', '""') + '"' for name in chosen)


_TABLES = text("""
select c.relname, format('%I.%I', n.nspname, c.relname),
       (select array_agg(array[a.attname::text, format_type(a.atttypid, a.atttypmod)]
                         order by a.attnum) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
       (select array_agg(a.attname::text order by k.place)
          from pg_index i, unnest(i.indkey::int2[]) with ordinality k (number, place)
          join pg_attribute a on a.attnum = k.number
         where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid),
       (select a.attname::text from pg_attribute a
         where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped limit 1)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname = :schema and c.relname <> 'alembic_version'
 order by c.relname
""")

_FOREIGN_KEYS = text("""
select format('%I.%I', n.nspname, c.relname), quote_ident(k.conname), pg_get_constraintdef(k.oid),
       (select array_agg(quote_ident(a.attname) order by s.place)
          from unnest(k.conkey) with ordinality s (number, place)
          join pg_attribute a on a.attrelid = k.conrelid and a.attnum = s.number),
       format('%I.%I', tn.nspname, t.relname),
       (select array_agg(quote_ident(a.attname) order by s.place)
          from unnest(k.confkey) with ordinality s (number, place)
          join pg_attribute a on a.attrelid = k.confrelid and a.attnum = s.number),
       k.confdeltype::text
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
 where k.contype = 'f' and k.conparentid = 0 and n.nspname = :schema
 order by 1, 2
""")

_OUTSIDERS = text("""
select distinct 'table ' || format('%I.%I', n.nspname, c.relname)
  from pg_constraint k
  join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
 where k.contype = 'f' and tn.nspname = any(:schemas) and n.nspname <> all(:schemas)
union
select distinct 'view ' || format('%I.%I', n.nspname, c.relname)
  from pg_depend d
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
  join pg_class t on d.refclassid = 'pg_class'::regclass and d.refobjid = t.oid
  join pg_namespace tn on tn.oid = t.relnamespace
 where tn.nspname = any(:schemas) and n.nspname <> all(:schemas)
order by 1
""")


def tables_of(connection: Connection, schema: str) -> list[StoredTable]:
    """The tables of a schema by name, without Alembic's."""
    return [
        StoredTable(
            schema, row[0], row[1], tuple(map(tuple, row[2] or ())), tuple(row[3] or ()), row[4]
        )
        for row in connection.execute(_TABLES, {"schema": schema})
    ]


def foreign_keys_of(connection: Connection, schema: str) -> list[ForeignKey]:
    """The foreign keys that a schema's tables have, to whatever table."""
    return [
        ForeignKey(row[0], row[1], row[2], tuple(row[3]), row[4], tuple(row[5]), row[6])
        for row in connection.execute(_FOREIGN_KEYS, {"schema": schema})
    ]


def outsiders(connection: Connection, schemas: Sequence[str]) -> list[str]:
    """The tables and views of other schemas that depend on tables of these."""
    rows = connection.execute(_OUTSIDERS, {"schemas": list(schemas)})
    return [str(name) for (name,) in rows]


def has_schema(connection: Connection, schema: str) -> bool:
    """Whether there is a schema of this name."""
    found = text("select 1 from pg_namespace where nspname = :name")
    return connection.execute(found, {"name": schema}).scalar() is not None


def row_count(connection: Connection, table: StoredTable) -> int:
    """How many rows a table has."""
    return int(connection.execute(text(f"select count(*) from {table.quoted}")).scalar_one())


def stored_bytes(connection: Connection, schemas: Sequence[str]) -> int:
    """How much room the rows of these schemas take, without indexes."""
    size = text(
        "select coalesce(sum(pg_table_size(c.oid)), 0)::bigint from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind = 'r' and n.nspname = any(:schemas)"
    )
    return int(connection.execute(size, {"schemas": list(schemas)}).scalar_one())


def last_id(connection: Connection, table: StoredTable) -> int | None:
    """The highest id that the table ever gave out or holds; None when it gives out none."""
    if table.identity is None:
        return None
    highest = text(f"select max({table.list_of([table.identity])}) from {table.quoted}")
    return max(_given(connection, table), int(connection.execute(highest).scalar() or 0))


def continue_after(connection: Connection, table: StoredTable, last: int) -> None:
    """Have a table give out ids above `last` only."""
    if table.identity is not None and last > _given(connection, table):
        sequence = connection.execute(_SEQUENCE, _of(table)).scalar_one()
        connection.execute(
            text("select setval(cast(:sequence as regclass), :last)"),
            {"sequence": sequence, "last": last},
        )


def _given(connection: Connection, table: StoredTable) -> int:
    """The highest id that the table gave out by itself."""
    sequence = connection.execute(_SEQUENCE, _of(table)).scalar_one()
    row = connection.execute(text(f"select last_value, is_called from {sequence}")).one()
    return int(row.last_value) if row.is_called else 0


_SEQUENCE = text("select pg_get_serial_sequence(:table, :column)")


def _of(table: StoredTable) -> dict[str, str | None]:
    return {"table": table.quoted, "column": table.identity}
