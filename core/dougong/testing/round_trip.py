"""Install, fill, remove, restore: what must be the same before and after, and a check that it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import Engine, text

from dougong.addons.discovery import manifest_of
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.rehearsal import with_needs
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.db.catalogue import tables_of
from dougong.db.engine import open_database
from dougong.db.naming import CORE, host_of
from dougong.testing.databases import Databases
from dougong.testing.oracle.rows import fill

SEED = 20
SIZES = (3, 6, 10)

CATALOGUE = text("""
    with ours as (select oid, nspname from pg_namespace
                   where nspname not like 'pg\\_%' and nspname <> 'information_schema')
    select nspname || ': schema' from ours
    union all
    select nspname || ': ' || format('%s %s.%s', c.relkind, n.nspname, c.relname)
      from pg_class c join ours n on n.oid = c.relnamespace
    union all
    select nspname || ': ' || format('column %s.%s.%s %s %s %s%s%s', n.nspname, c.relname, a.attname,
                  format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                  a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
      from pg_class c join ours n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.relkind in ('r', 'v', 'm', 'p')
    union all
    select nspname || ': ' || format('index %s', pg_get_indexdef(i.indexrelid))
      from pg_index i join pg_class c on c.oid = i.indexrelid
      join ours n on n.oid = c.relnamespace
    union all
    select nspname || ': ' || format('constraint %s.%s %s %s', n.nspname, k.conname, k.conrelid::regclass,
                  pg_get_constraintdef(k.oid))
      from pg_constraint k join ours n on n.oid = k.connamespace
    union all
    select nspname || ': ' || format('trigger %s', pg_get_triggerdef(t.oid))
      from pg_trigger t join pg_class c on c.oid = t.tgrelid
      join ours n on n.oid = c.relnamespace where not t.tgisinternal
    union all
    select nspname || ': ' || format('function %s.%s(%s) %s', n.nspname, p.proname,
                  pg_get_function_identity_arguments(p.oid), md5(p.prosrc))
      from pg_proc p join ours n on n.oid = p.pronamespace
    union all
    select nspname || ': ' || format('type %s.%s', n.nspname, t.typname)
      from pg_type t join ours n on n.oid = t.typnamespace
    order by 1""")


def catalogue(engine: Engine) -> list[str]:
    """All that is in a database save rows: tables, columns, constraints …, each after its schema."""
    with engine.connect() as connection:
        return [str(line) for line in connection.scalars(CATALOGUE)]


def contents(engine: Engine) -> Mapping[str, tuple[int, str]]:
    """How many rows each table of an add-on has, and their hash; the core's tables are left out."""
    found = {}
    schemas = text("select name from dougong.addon order by name")
    with engine.connect() as connection:
        for schema in connection.scalars(schemas).all():
            for table in tables_of(connection, schema):
                rows = connection.scalars(text(f"select t::text from {table.quoted} t"))
                lines = sorted(map(str, rows))
                digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
                found[f"{schema}.{table.name}"] = (len(lines), digest)
    return found


def beside(addon: str) -> tuple[str, ...]:
    """What an add-on needs and what it has bridges to, with all that these need."""
    manifest, _point = manifest_of(addon)
    others = with_needs([*manifest.needs, *manifest.bridges])
    return tuple(name for name in others if name != addon)


def round_trip(databases: Databases, addon: str, archives: Path) -> None:
    """Check that an add-on, filled with random rows, leaves without a trace and comes back whole.

    Beside it is what it needs and joins. Raises AssertionError with what differs.
    """
    others = beside(addon)
    bare = open_database(databases.shared(*others), pool_size=None)
    engine = open_database(databases.clone(addon, *others), pool_size=4)
    try:
        without = catalogue(bare)
        whole = catalogue(engine)
        fill(engine, load_generation(engine), SEED, SIZES)
        with engine.begin() as connection:
            connection.execute(text("delete from dougong.file"))  # there are no bytes behind these
        before = contents(engine)
        rest = {name: rows for name, rows in before.items() if not _is_of(name, addon)}

        remove(engine, [addon], plan_remove(engine, [addon]).hash, archives, force=True)
        check_same("after the removal", catalogue(engine), without)
        check_same("after the removal", contents(engine).items(), rest.items())

        restore(engine, [addon], archives, as_it_was=True)
        check_same("after the restore", catalogue(engine), whole)
        check_same("after the restore", contents(engine).items(), before.items())
    finally:
        bare.dispose()
        engine.dispose()


def check_same(when: str, found: Iterable[object], expected: Iterable[object]) -> None:
    """Raise AssertionError with what is missing and what there is too much of."""
    there, wanted = set(found), set(expected)
    missing, surplus = sorted(map(str, wanted - there)), sorted(map(str, there - wanted))
    assert not missing and not surplus, f"{when}: missing {missing}, not expected {surplus}"  # noqa: PT018 - one sentence


def _is_of(table: str, addon: str) -> bool:
    """Whether a table goes with an add-on: its own, or that of a bridge to or from it."""
    schema = table.split(".", maxsplit=1)[0]
    return schema != CORE and (host_of(schema) == addon or schema.endswith(f"__{addon}"))
