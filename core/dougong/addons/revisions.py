"""Writing a part's next revision: what its entities have and its tables do not have yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, Engine, MetaData, Table, text
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.elements import conv

from dougong.addons.collect import modules_of
from dougong.addons.manifest import Part
from dougong.addons.migrations import (
    create_schema,
    head,
    migration_context,
    migrations_folder,
    quoted,
    upgrade,
)
from dougong.entity.enums import EnumText
from dougong.entity.registry import registry_of

REVISION = '''"""{message}"""

import sqlalchemy as sa
from alembic import op
{imports}
revision = "{revision}"
down_revision = {down_revision}


def upgrade() -> None:
    {body}
'''


def write_revision(engine: Engine, parts: Sequence[Part], name: str, message: str) -> Path | None:
    """Write the next revision of the part `name`: `migrations/0002_<message>.py`.

    `parts` are the part and all that it needs, in order. The database is only asked: what is
    missing there is created in a transaction that is undone. Returns the file, or None when
    entities and tables agree already.
    """
    part = next(one for one in parts if one.name == name)
    with engine.connect() as connection, connection.begin() as undone:
        for one in parts:
            bring_to_head(connection, one)
        body, imports = _render(connection, part, differences(connection, part))
        undone.rollback()
    if body == "pass":
        return None
    latest = head(part)
    revision = f"{int(latest or 0) + 1:04}"
    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))[:40]
    file = migrations_folder(part) / f"{revision}_{slug}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        REVISION.format(
            message=message.replace('"', "'").rstrip(".") + ".",
            imports="".join(f"{line}\n" for line in sorted(imports)),
            revision=revision,
            down_revision=f'"{latest}"' if latest else None,
            body=body,
        ),
        "utf-8",
    )
    return file


def bring_to_head(connection: Connection, part: Part) -> None:
    """Have a part's schema, at its last revision, in the caller's transaction."""
    exists = text("select 1 from pg_namespace where nspname = :name")
    if connection.execute(exists, {"name": part.name}).scalar() is None:
        create_schema(connection, part)
    upgrade(connection, part)


def differences(connection: Connection, part: Part) -> ops.UpgradeOps:
    """What would have to be done to a part's tables for them to agree with its entities."""
    metadata = metadata_of(part)
    context = migration_context(
        connection,
        part,
        options={
            "target_metadata": metadata,
            "include_schemas": True,
            "include_name": lambda name, kind, _parents: kind != "schema" or name == part.name,
            "compare_type": _same_type,
            "compare_server_default": True,
        },
    )
    found = produce_migrations(context, metadata).upgrade_ops
    assert found is not None
    found.ops.extend(_checks(connection, metadata))
    return found


def disagreements(connection: Connection, part: Part) -> list[str]:
    """The differences between a part's entities and its tables, as words; none is right."""
    return [_in_words(diff) for diff in differences(connection, part).as_diffs()]


def metadata_of(part: Part) -> MetaData:
    """The tables that a part's entities map to, its modules imported."""
    for _module in modules_of(part):
        pass
    if part.name == "dougong":
        from dougong.addons import state

        return state.addon.metadata
    return registry_of(part.name).metadata


def _in_words(diff: Any) -> str:
    if isinstance(diff, list):
        return "; ".join(_in_words(one) for one in diff)
    what, *rest = diff
    names = [str(getattr(one, "name", one)) for one in rest if not isinstance(one, dict)]
    return f"{what.replace('_', ' ')} {'.'.join(name for name in names if name != 'None')}"


def _same_type(
    _context: MigrationContext, _inspected: Any, _column: Any, _found: Any, declared: Any
) -> bool | None:
    """Enumerations are text; the rest is for Alembic to compare (None)."""
    return False if isinstance(declared, EnumText) and str(_found) == "TEXT" else None


def _checks(connection: Connection, metadata: MetaData) -> list[ops.MigrateOperation]:
    """New, changed and dropped CHECKs of tables that exist, which Alembic does not compare.

    PostgreSQL keeps a CHECK in words of its own. So it is asked how it would keep ours.
    """
    changes: list[ops.MigrateOperation] = []
    for table in metadata.sorted_tables:
        kept = _kept_checks(connection, quoted(connection, str(table.schema), table.name))
        if kept is None:
            continue
        declared = {str(one.name): one for one in table.constraints if _is_check(one)}
        words = _words_of_checks(connection, table)
        for name in sorted(kept.keys() | declared.keys()):
            if kept.get(name) == words.get(name):
                continue
            if name in kept:
                kept_name: Any = conv(name)
                gone: Any = ops.CreateCheckConstraintOp(
                    kept_name, table.name, text("true"), schema=table.schema
                )
                changes.append(ops.DropConstraintOp.from_constraint(gone.to_constraint()))
            if name in declared:
                changes.append(_add_check(connection, table, declared[name]))
    return changes


def _add_check(connection: Connection, table: Table, check: Any) -> ops.MigrateOperation:
    """The CHECK as text: one made of columns would attach itself to the entity's table again."""
    compiler: Any = connection.dialect.statement_compiler(connection.dialect, None)
    condition = compiler.process(check.sqltext, include_table=False, literal_binds=True)
    name: Any = conv(check.name)
    return ops.CreateCheckConstraintOp(name, table.name, text(condition), schema=table.schema)


def _is_check(constraint: Any) -> bool:
    return bool(
        constraint.__visit_name__ in ("check_constraint", "table_or_column_check_constraint")
    )


def _kept_checks(connection: Connection, table: str) -> dict[str, str] | None:
    """The CHECKs of a table by name; None when there is no such table."""
    if connection.execute(text("select to_regclass(:name)"), {"name": table}).scalar() is None:
        return None
    rows = connection.execute(
        text(
            "select conname, pg_get_constraintdef(oid) from pg_constraint "
            "where contype = 'c' and conrelid = to_regclass(:name)"
        ),
        {"name": table},
    )
    return {str(name): str(words) for name, words in rows}


def _words_of_checks(connection: Connection, table: Table) -> dict[str, str]:
    """How PostgreSQL would keep the CHECKs that a table declares."""
    create = CreateTable(table, include_foreign_key_constraints=[])
    with connection.begin_nested() as undone:
        temporary = {"schema_translate_map": {table.schema: "pg_temp"}}
        connection.execute(create, execution_options=temporary)
        words = _kept_checks(connection, quoted(connection, "pg_temp", table.name))
        undone.rollback()
    return words or {}


def _render(connection: Connection, part: Part, found: ops.UpgradeOps) -> tuple[str, set[str]]:
    """The body of `upgrade()` and the import lines that it needs."""
    context = migration_context(connection, part)
    body = render_python_code(found, render_item=_render_type, migration_context=context)
    body = re.sub(r"^\s*#.*$\n?", "", body, flags=re.MULTILINE).strip()
    imports = set()
    if "postgresql." in body:
        imports.add("from sqlalchemy.dialects import postgresql")
    return body, imports


def _render_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "sa.Text()" if kind == "type" and isinstance(item, EnumText) else False
