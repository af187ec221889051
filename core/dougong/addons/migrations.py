"""The revisions of each part: Alembic without ini file, one history for each PostgreSQL schema."""

from __future__ import annotations

import ast
import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from dougong.addons.manifest import Part
from dougong.builtin.checking.finding import place_of_failure
from dougong.builtin.checking.migrations import kept_to_its_own
from dougong.entity.docs import parse
from dougong.errors import SetupError

if TYPE_CHECKING:  # a sixth of what a worker would import, and it needs none of it
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

VERSION_TABLE = "alembic_version"
_op = threading.RLock()  # `alembic.op`, which revisions import, is one for the whole process


def migrations_folder(part: Part) -> Path:
    """Where a part's revisions are; the folder need not exist.

    Raises SetupError when the part is a single module, which cannot have any.
    """
    module = importlib.import_module(part.package)
    if module.__file__ is None or not hasattr(module, "__path__"):
        raise SetupError(
            f"Add-on {part.name} is the single module {part.package}, which has no place for "
            "migrations.",
            fix=f"make it a package: {part.package}/__init__.py.",
        )
    return Path(module.__file__).parent / "migrations"


def script_of(part: Part) -> ScriptDirectory | None:
    """A part's revisions, or None when it has none.

    Raises SetupError when they do not form one line, or import what may be gone one day.
    """
    from alembic.script import ScriptDirectory
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    folder, files = migrations_folder(part), _files(part)
    if not files:
        return None
    for file in files:
        _check_imports(part, file)
    script = ScriptDirectory(folder, version_locations=[folder])
    try:
        several = script.get_heads()
        revisions = list(script.walk_revisions())
    except (CommandError, RevisionError, KeyError) as problem:
        unknown = f"{', '.join(map(str, files))} follow a revision that is not there: {problem}"
        raise _broken(part, unknown if isinstance(problem, KeyError) else str(problem)) from problem
    if len(several) != 1:
        raise _broken(part, f"they end in {', '.join(sorted(several))}")
    for one in revisions:
        if not hasattr(one.module, "upgrade"):
            raise SetupError(
                f"{one.path} has no function upgrade.", fix="write def upgrade() -> None."
            )
    return script


def _files(part: Part) -> list[Path]:
    folder = migrations_folder(part)
    return sorted(folder.glob("[!_.]*.py")) if folder.is_dir() else []


def is_at_last_file(connection: Connection, part: Part) -> bool:
    """Whether a schema is at the revision that the part's last file is named after; quickly told."""
    last = _last_file(part)
    return last is not None and last == current(connection, part.name)


def _last_file(part: Part) -> str | None:
    files = _files(part)
    return files[-1].stem.partition("_")[0] if files else None


def behind(connection: Connection, parts: Sequence[Part]) -> list[Part]:
    """The parts whose code has revisions that their tables have not seen; quickly told.

    Those whose tables have seen more than their code knows are not among them.
    """
    at = _currents(connection, [part.name for part in parts])
    differ = [part for part in parts if at.get(part.name) != _last_file(part)]
    lines = [(part, at.get(part.name), line_of(part)) for part in differ]
    return [p for p, now, line in lines if line[-1:] != [now] and (not now or now in line)]


def _currents(connection: Connection, schemas: Sequence[str]) -> dict[str, str]:
    """The revisions of many schemas, asked for at once; those before the first are left out."""
    found = text(
        "select schemaname from pg_tables where tablename = :table and schemaname = any(:all)"
    )
    asked = {"table": VERSION_TABLE, "all": list(schemas)}
    having = [str(name) for name in connection.scalars(found, asked)]
    each = [f"(select version_num from {quoted(connection, n, VERSION_TABLE)})" for n in having]
    values = connection.scalar(text(f"select array[{', '.join(each)}]::text[]"))
    return dict(zip(having, values or (), strict=True))


def place_of_revisions(part: Part) -> str:
    """The file of a part's last revision; without any, the folder that they belong into."""
    script = script_of(part)
    last = script.get_revision("head") if script else None
    return str(last.path if last else migrations_folder(part))


def _check_imports(part: Part, file: Path) -> None:
    """A restore runs old revisions years later: they may need nothing but the two libraries."""
    try:
        tree = parse(file.read_bytes(), str(file))
    except SyntaxError as problem:
        raise _broken(part, f"{file}, line {problem.lineno}: {problem.msg}") from problem
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.split(".")[0] not in ("alembic", "sqlalchemy", "__future__"):
                raise SetupError(
                    f"{file} imports {name}; a revision may import only sqlalchemy and alembic.",
                    fix="write what it needs into the revision itself.",
                )


def _broken(part: Part, why: str) -> SetupError:
    return SetupError(
        f"The revisions of {part.name} in {migrations_folder(part)} are not one line: {why}.",
        fix="give each revision the one before it as down_revision.",
    )


def head(part: Part) -> str | None:
    """The last revision of a part's code; None when it has no revisions."""
    script = script_of(part)
    return script.get_current_head() if script else None


def line_of(part: Part) -> list[str]:
    """The revisions of a part's code, the first one first."""
    script = script_of(part)
    return [one.revision for one in script.walk_revisions()][::-1] if script else []


def current(connection: Connection, schema: str) -> str | None:
    """The revision that a schema is at; None before the first, or when there is no such schema."""
    # to_regclass would not notice a table that another process made since this transaction began.
    exists = text("select 1 from pg_tables where schemaname = :schema and tablename = :table")
    if not connection.execute(exists, {"schema": schema, "table": VERSION_TABLE}).scalar():
        return None
    table = quoted(connection, schema, VERSION_TABLE)
    return connection.execute(text(f"select version_num from {table}")).scalar()


def upgrade(connection: Connection, part: Part, revision: str = "head") -> None:
    """Bring a part's schema, which exists, up to a revision, in the caller's transaction.

    Raises SetupError when the database is at a revision that the part's code does not know, or
    when a revision fails.
    """
    from alembic.operations import Operations

    script = script_of(part)
    if script is None:
        return
    known = {one.revision for one in script.walk_revisions()}
    for named in (current(connection, part.name), None if revision == "head" else revision):
        if named is not None and named not in known:
            raise SetupError(
                f"The tables of {part.name} are at revision {named}, which version {part.version} "
                "of its code does not know: they were made by a newer version.",
                fix=f"install the newer version of {part.package}.",
            )
    with _op:
        context = migration_context(
            connection, part, lambda at, _context: script._upgrade_revs(revision, at)
        )
        with Operations.context(context), kept_to_its_own(connection, part.name):
            try:
                context.run_migrations()
            except OperationalError:  # somebody holds a lock: tried again by whoever called
                raise
            except Exception as problem:
                file, line = place_of_failure(problem)
                own = isinstance(problem, SetupError)
                said = str(problem).splitlines()[0]
                raise SetupError(
                    f"{file or script.dir}:{line}: A revision of {part.name} failed: "
                    + (
                        said.partition(" Fix: ")[0] if own else f"{type(problem).__name__}: {said}."
                    ),
                    fix=problem.fix if isinstance(problem, SetupError) else "correct it there.",
                ) from problem


def migration_context(
    connection: Connection,
    part: Part,
    steps: Callable[[Any, Any], Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> MigrationContext:
    """Alembic's context for one part, whose version table lies in the part's own schema."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(
        connection,
        opts={
            "fn": steps,
            "version_table": VERSION_TABLE,
            "version_table_schema": part.name,
            "transactional_ddl": True,
            "transaction_per_migration": False,
            **(options or {}),
        },
    )


def create_schema(connection: Connection, part: Part) -> None:
    """Create a part's schema.

    Raises SetupError when there is one of that name already, which is then not ours.
    """
    taken = connection.execute(
        text("select 1 from pg_namespace where nspname = :name"), {"name": part.name}
    ).scalar()
    if taken:
        raise SetupError(
            f"The database has a schema “{part.name}” that no add-on of Dougong made.",
            fix="rename or drop that schema, or use another database.",
        )
    connection.execute(text(f"create schema {quoted(connection, part.name)}"))


def quoted(connection: Connection, *names: str) -> str:
    """Names as SQL writes them: `crm`, `"user"`, `dougong."user"`."""
    quote = connection.dialect.identifier_preparer.quote
    return ".".join(quote(name) for name in names)
