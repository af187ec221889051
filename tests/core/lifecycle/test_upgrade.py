"""Upgrading: older code works on with the new tables, or somebody says that it need not."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, run, scalar

from dougong.addons.install import install
from dougong.addons.installed import installed_parts, parts_that_fit
from dougong.addons.migrations import behind
from dougong.cli import main

THINGS = """
    from dougong import Entity
    from sqlalchemy.orm import Mapped, mapped_column

    class %(name)s(Entity):
        '''A thing.'''
        name: Mapped[str]
"""
STATEMENTS = {
    "alter table {t} drop column name": "drops a column that older code",
    "drop table {t}": "drops a table that older code",
    "alter table {t} rename column name to title": "renames what older code knows",
    "alter table {t} add column size int not null": "adds a column that older code leaves empty",
    "alter table {t} alter column name set not null": "demands a value that older code may not",
    "alter table {t} alter column name type varchar": "writes the table anew",
    "create index ix on {t} (name)": "keeps everybody from writing while the index",
    "alter table {t} add constraint ck check (name <> '')": "while all rows are checked",
    "alter table {t} add constraint uq unique (name)": "keeps everybody from reading",
    "update {t} set name = ''": "locks the rows that it changes",
}
HARMLESS = (
    "alter table {t} add column size int",
    "alter table {t} add column size int default 0 not null",
    "alter table {t} add constraint ck check (name <> '') not valid",
    "create table {s}.more (id int not null); create index ix on {s}.more (id)",
)
MANY = "insert into {t} (name) select 'n' || n from generate_series(1, 10001) n"


@pytest.fixture
def upgrade(
    opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path
) -> Callable[..., tuple[Result, Engine, str]]:
    """Install an add-on with one table, give its code a revision, and run `dougong upgrade`."""

    def do(revision: str, *options: str, rows: str = MANY) -> tuple[Result, Engine, str]:
        engine = opened()
        name = throw_away.name("things")
        names = {"t": f"{name}.{name}", "s": name}
        package = throw_away.write(name, entities=THINGS % {"name": name.title()})
        throw_away.write_revision(engine, name)
        install(engine, [name])
        run(engine, rows.format(**names))
        (throw_away.folder / package / "migrations" / "0002_next.py").write_text(
            'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
            f'def upgrade() -> None:\n    op.execute("""{revision.format(**names)}""")\n'
        )
        where = ("--database", engine.url.render_as_string(False), "--home", str(tmp_path))
        return CliRunner().invoke(main, ["upgrade", *options, *where]), engine, name

    return do


def test_what_breaks_or_blocks_is_found_and_the_harmless_is_not(
    upgrade: Callable[..., tuple[Result, Engine, str]],
) -> None:
    statements = ";".join([*STATEMENTS, *HARMLESS])

    planned, engine, name = upgrade(statements, "--plan")

    said = planned.stdout.splitlines()
    assert said[0] == f"{name} 1.0: tables from 0001 to 0002."
    found = said[1:]
    assert len(found) == len(STATEMENTS)
    assert all(line.startswith("error: ") and " Fix: " in line for line in found)
    for words in STATEMENTS.values():
        assert any(words in line for line in found), words
    assert scalar(engine, f"select version_num from {name}.alembic_version") == "0001"


def test_an_upgrade_that_would_disturb_servers_is_refused_unless_somebody_insists(
    upgrade: Callable[..., tuple[Result, Engine, str]],
) -> None:
    refused, engine, name = upgrade("update {t} set name = name")
    insisted, other, its = upgrade("update {t} set name = name", "--anyway")

    assert refused.exit_code == 1
    assert "Nothing was changed" in refused.stderr
    assert scalar(engine, f"select version_num from {name}.alembic_version") == "0001"
    assert insisted.exit_code == 0, insisted.output
    assert scalar(other, f"select version_num from {its}.alembic_version") == "0002"


def test_a_server_does_not_start_with_code_that_is_newer_than_the_tables(
    upgrade: Callable[..., tuple[Result, Engine, str]], throw_away: ThrowAway, tmp_path: Path
) -> None:
    _refused, engine, name = upgrade("update {t} set name = name")
    url = engine.url.render_as_string(False)
    where = ("--port", "0", "--database", url, "--home", str(tmp_path))

    newer = CliRunner().invoke(main, ["serve", *where])
    (second,) = throw_away.folder.glob(f"dougong_{name}/migrations/0002*")
    revision = second.read_text()
    second.rename(second.with_name("0003_other_name.py"))
    (late,) = late_parts(engine)
    run(engine, f"update {name}.alembic_version set version_num = '0002'")
    of_other_name = late_parts(engine)
    (second.parent / "0003_other_name.py").unlink()

    assert '"0002"' in revision
    assert newer.exit_code == 1
    assert newer.stderr == (
        f"The code of {name} is newer than its tables, so it cannot be served. Fix: upgrade the "
        "tables, while servers with the older code go on: dougong upgrade.\n"
    )
    assert (late, of_other_name) == (name, [])
    assert late_parts(engine) == []  # older code than the tables
    assert name in [part.name for part in parts_that_fit(engine)]


def late_parts(engine: Engine) -> list[str]:
    """The parts whose code has revisions that the tables have not seen."""
    with engine.connect() as connection:
        return [part.name for part in behind(connection, installed_parts(connection)[1])]


def test_on_a_small_table_what_takes_long_elsewhere_is_no_trouble(
    upgrade: Callable[..., tuple[Result, Engine, str]],
) -> None:
    done, engine, name = upgrade("update {t} set name = name", rows="select 1")

    assert done.exit_code == 0, done.output
    assert "note: A revision of" in done.stdout
    assert done.stderr.splitlines() == [
        f"Tried {name}.",
        f"Brought the tables of {name} to their code.",
        "Generation 3 holds.",
    ]
    assert "Generation 3 holds now. Restart the servers one by one." in done.stdout
    assert scalar(engine, f"select version_num from {name}.alembic_version") == "0002"


ROLES = """
    from dougong import Role, {word}, read
    from dougong_{name}.entities import {entity}

    LOOKER = Role("{name}.looker", "Looks.", grants=[read({entity})], rows=[{word}({rule})])
"""
OWNED = """
    from dougong import Entity, User, link
    from sqlalchemy.orm import Mapped

    class %s(Entity):
        '''A thing.'''
        owner: Mapped[User | None] = link(default=None)
        '''Whose it is.'''
"""


def test_a_change_of_a_role_that_an_upgrade_would_rewrite_is_told(
    opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path
) -> None:
    """The company took the rule away by which one saw own things; now one would see all of them."""
    engine, name = opened(), throw_away.name("things")
    entity = name.title()
    shipped = ROLES.format(name=name, entity=entity, word="own", rule=f"{entity}.owner")
    package = throw_away.write(name, entities=OWNED % entity, roles=shipped)
    throw_away.write_revision(engine, name)
    install(engine, [name])
    item = f"rows {name}.{name} own(owner)"
    took = "insert into dougong.role_change (role, item, removed) values ('{}', '{}', true)"
    run(engine, took.format(f"{name}.looker", item))

    before = told(engine, throw_away, tmp_path, "upgrade --plan")
    (throw_away.folder / package / "roles.py").write_text(
        textwrap.dedent(ROLES.format(name=name, entity=entity, word="all_rows", rule=entity))
    )
    commands = ("upgrade --plan", f"install --plan {name}", "serve")
    after = [told(engine, throw_away, tmp_path, command) for command in commands]

    assert before == []
    assert [len(one) for one in after] == [1, 1, 1]
    ((said,), *others) = after
    assert others == [[said], [said]]
    assert said.startswith(
        f"error: “{item}” was taken from {name}.looker, but its add-on does not ship that any more"
    )
    assert f"Fix: look at what {name}.looker may do now" in said


def told(engine: Engine, site: ThrowAway, home: Path, command: str) -> list[str]:
    """What a command says of roles, in a process of its own: it has the code that is there now."""
    where = ["--database", engine.url.render_as_string(False), "--home", str(home)]
    said = [*command.split(), *(["--port", "0"] if command == "serve" else []), *where]
    path = os.pathsep.join([str(site.folder), os.environ.get("PYTHONPATH", "")])
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "dougong.cli", *said],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if command == "serve":
        assert running.stdout is not None
        while "serves http" not in running.stdout.readline():
            assert running.poll() is None
        running.terminate()
    _, errors = running.communicate(timeout=60)
    return [line for line in errors.splitlines() if "taken from" in line]
