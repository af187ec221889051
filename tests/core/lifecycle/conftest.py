"""Databases of their own, and small add-ons that live as long as a test."""

from __future__ import annotations

import hashlib
import itertools
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dougong.addons.discovery import parts_of
from dougong.addons.installed import prepare
from dougong.addons.rehearsal import with_needs
from dougong.addons.revisions import write_revision
from dougong.db.catalogue import tables_of
from dougong.db.engine import open_database
from dougong.testing.databases import Databases

_numbers = itertools.count(1)


class ThrowAway:
    """Add-ons written to a folder as an installed distribution would be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._packages: list[str] = []

    def name(self, stem: str) -> str:
        """A name that no other test of this process uses: what is mapped once stays mapped."""
        return f"{stem}{next(_numbers)}"

    def write(self, name: str, *, needs: str = "", **modules: str) -> str:
        """An add-on with these modules; returns its package."""
        package = f"dougong_{name}"
        root = self.folder / package
        root.mkdir()
        door = f'''
            """An add-on of a test."""
            from dougong import AddOn
            addon = AddOn(name="{name}", title="{name.title()}", needs={needs.split()!r})
        '''
        for module, source in {"__init__": door, **modules}.items():
            (root / f"{module}.py").write_text(textwrap.dedent(source), "utf-8")
        described = self.folder / f"{package}-1.0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
            + "".join(f"Requires-Dist: dougong-{need}\n" for need in needs.split())
        )
        (described / "entry_points.txt").write_text(f"[dougong.addons]\n{name} = {package}:addon\n")
        self._packages.append(package)
        return package

    def write_revision(self, engine: Engine, name: str, message: str = "First") -> Path | None:
        """What `dougong migration` does."""
        return write_revision(engine, parts_of(with_needs([name])), name, message)

    def delete(self, name: str) -> None:
        """Take the code away, as `pip uninstall` does; what is imported stays so."""
        for folder in self.folder.glob(f"dougong_{name}*"):
            folder.rename(folder.with_name(f"{folder.name}.gone"))

    def bring_back(self) -> None:
        """Install again what was deleted."""
        for folder in self.folder.glob("*.gone"):
            folder.rename(folder.with_suffix(""))

    def forget(self) -> None:
        """Have Python import the packages anew."""
        for module in list(sys.modules):
            if module.split(".")[0] in self._packages:
                del sys.modules[module]


@pytest.fixture
def throw_away(tmp_path: Path) -> Iterator[ThrowAway]:
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.append(str(folder))
    made = ThrowAway(folder)
    yield made
    made.forget()
    sys.path.remove(str(folder))


@pytest.fixture
def opened(databases: Databases) -> Iterator[Callable[..., Engine]]:
    """`opened("crm")`: a database of its own with these add-ons; without any, prepared only."""
    engines: list[Engine] = []

    def open_one(*addons: str) -> Engine:
        url = databases.clone(*addons) if addons else databases.empty()
        engines.append(open_database(url, pool_size=4))
        prepare(engines[-1])
        return engines[-1]

    yield open_one
    for engine in engines:
        engine.dispose()


def contents(engine: Engine, schema: str) -> dict[str, tuple[int, str]]:
    """Rows and hash of each table of a schema."""
    found = {}
    with engine.connect() as connection:
        for table in tables_of(connection, schema):
            rows = [
                str(row)
                for (row,) in connection.execute(text(f"select t::text from {table.quoted} t"))
            ]
            digest = hashlib.md5("\n".join(sorted(rows)).encode(), usedforsecurity=False)
            found[table.name] = (len(rows), digest.hexdigest())
    return found


def catalogue(engine: Engine) -> list[str]:
    """Every schema, table, column, constraint and index that is not PostgreSQL's own."""
    with engine.connect() as connection:
        return [
            str(row)
            for row in connection.execute(
                text("""
                select n.nspname, c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod)
                  from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
                 where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
                union all
                select n.nspname, k.conname, 'k', pg_get_constraintdef(k.oid), ''
                  from pg_constraint k join pg_namespace n on n.oid = k.connamespace
                 where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
                union all
                select nspname, '', 's', '', '' from pg_namespace
                 where nspname not like 'pg\\_%'
                 order by 1, 2, 3, 4, 5
                """)
            )
        ]


def scalar(engine: Engine, sql: str) -> object:
    """The one value of a query."""
    with engine.connect() as connection:
        return connection.execute(text(sql)).scalar_one()


def run(engine: Engine, *statements: str) -> None:
    """Run statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
