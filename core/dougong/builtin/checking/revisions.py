"""The revisions of what comes, run without a database: what they would say to it is looked at."""

from __future__ import annotations

import ast
import io
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from dougong.addons.manifest import Part
from dougong.addons.migrations import VERSION_TABLE, migrations_folder, script_of
from dougong.builtin.checking.finding import Finding, place_in, place_of_failure
from dougong.builtin.checking.migrations import check_statement
from dougong.builtin.checking.tables_made import HOMELESS, TablesMade
from dougong.entity.docs import parse
from dougong.entity.registry import registry_of
from dougong.errors import SetupError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory

ASKS = "get_bind"
"""A revision that asks the database something goes another way without one."""


def examine_revisions(parts: Iterable[Part]) -> Iterator[Finding]:
    """What is wrong with the revisions of some parts, before anybody's tables are touched."""
    for part in parts:
        try:
            folder = migrations_folder(part)
        except SetupError as problem:  # it is a single module
            yield from _told(problem, part.package)
            continue
        files = sorted(folder.glob("[!_.]*.py")) if folder.is_dir() else []
        found = [one for file in files for one in _without_upgrade(file)]
        yield from found
        if not found:
            yield from _run(part, folder, files)


def _without_upgrade(file: Path) -> Iterator[Finding]:
    try:
        tree = parse(file.read_bytes(), str(file))
    except SyntaxError:
        return  # which Alembic says when it reads it
    if not any(isinstance(one, ast.FunctionDef) and one.name == "upgrade" for one in tree.body):
        said = "The revision has no function upgrade."
        yield Finding(place_in(str(file)) or str(file), 0, said, "write def upgrade() -> None.")


class _Said(io.StringIO):
    """What is said to a database that is not there; refuses what a revision may not say."""

    def __init__(self, schema: str) -> None:
        super().__init__()
        self._schema = schema
        self.made = TablesMade(schema)

    def write(self, text: str) -> int:
        check_statement(text, self._schema)
        if homeless := HOMELESS.search(" ".join(text.split())):
            said = f"It makes the table {homeless[1]} in no schema."
            raise SetupError(said, fix=f'write schema="{self._schema}".')
        self.made.hear(text)
        return len(text)


def _run(part: Part, folder: Path, files: Sequence[Path]) -> Iterator[Finding]:
    """Run all revisions as SQL that is written down, and compare; raises nothing."""
    said, place = _Said(part.name), place_in(str(folder / "__init__.py")) or str(folder)
    try:
        script = script_of(part)
        if script is None:
            yield from _differences(part, said.made, place.removesuffix("/__init__.py"))
            return
        write_sql(part, script, said)
    except Exception as problem:  # noqa: BLE001 - an author's code may raise anything
        yield from _told(problem, place)
        return
    yield from _differences(part, said.made, place_in(str(files[-1])) or str(files[-1]))


def _differences(part: Part, made: TablesMade, place: str) -> Iterator[Finding]:
    """Tables and columns that only the entities have, or only the revisions."""
    tables = registry_of(part.name).metadata.tables.values()
    wanted = {(one.name, "") for one in tables}
    wanted |= {(one.name, column.name) for one in tables for column in one.columns}
    found = {(table, "") for table in made.columns.keys() - {VERSION_TABLE}}
    found |= {(table, name) for table, _ in found for name in made.columns[table]}
    lacking = [".".join(filter(None, one)) for one in sorted(wanted - found)]
    more = [".".join(filter(None, one)) for one in sorted(found - wanted)]
    if made.certain and lacking:
        what = f"The revisions of {part.name} do not make {', '.join(lacking)}."
        yield Finding(place, 0, what, f'write one: dougong migration {part.name} "what changed".')
    if made.certain and more:
        what = f"The revisions of {part.name} make {', '.join(more)}, which no entity has."
        yield Finding(place, 0, what, "take that out of the revision, or write the entity.")


def write_sql(part: Part, script: ScriptDirectory, into: TextIO, at: Any = None) -> None:
    """Write down what the revisions of a part do after `at`; raises whatever they raise."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext

    options = {
        "as_sql": True,
        "output_buffer": into,
        "fn": lambda _at, _context: script._upgrade_revs("head", at),
        "version_table": VERSION_TABLE,
        "version_table_schema": part.name,
        "starting_rev": at,
        "literal_binds": True,
    }
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    with Operations.context(context):
        context.run_migrations()


def _told(problem: Exception, init: str) -> Iterator[Finding]:
    """A fault; nothing where only the database could tell."""
    file, line = place_of_failure(problem)
    if isinstance(problem, SetupError):
        said = str(problem).removesuffix(f" Fix: {problem.fix}")
        yield Finding(file or init.removesuffix("/__init__.py"), line, said, problem.fix)
        return
    last = traceback.extract_tb(problem.__traceback__)[-1].filename
    if file and place_in(last) == file and ASKS not in Path(last).read_text("utf-8"):
        said = (
            f"The revision fails: {type(problem).__name__}: {str(problem).partition(chr(10))[0]}."
        )
        yield Finding(file, line, said, "correct it there.")
