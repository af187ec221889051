"""Add-ons with one fault each are refused at install, and nobody else notices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from faulty.commands import Commands
from faulty.faults import FAULTS, Fault
from faulty.project import Change, describe_distribution, write_project

from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

GROUPS = 4
"""So many workers can share the faults."""
EVERY = 1 if os.environ.get("DOUGONG_TEST_ALL_FAULTS") else 24
"""`make test` tries one fault in so many; `make faults` tries all."""
QUESTION = """{ parties { nodes { name version } } leads { nodes { name stage } }
    __type(name: "Party") { fields { name } } }"""
HEARTBEATS = {("dougong", "worker"), ("dougong", "generation"), ("dougong", "token")}
"""Where the server says all the time that it lives, how often something has been proposed, and each
minute which tokens were used."""
COLUMNS = """SELECT n.nspname, c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod),
      a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE n.nspname !~ '^(pg_|information_schema)'"""
OTHERS = """SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
    UNION ALL SELECT 'function', proname, md5(prosrc), pronamespace::regnamespace::text
      FROM pg_proc
    UNION ALL SELECT 'type', typname, typtype::text, typnamespace::regnamespace::text FROM pg_type"""


class Company:
    """A company with parties and leads, which is served while add-ons are brought to it."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._commands = Commands()
        self._open()

    def _open(self) -> None:
        self._databases.drop_those_of(self)
        with self._databases.belonging_to(self):
            self.url = self._databases.clone("crm")
        self._world, self._serves = LiveWorld(self.url), True
        self._person: Person = self._world.person("crm.manager", "party.editor")
        self._world.ask(
            'mutation { createParty(input: {name: "Acme"}) { party { id } } }', self._person
        )
        self._world.ask(
            'mutation { createLead(input: {name: "Ada"}) { lead { id } } }', self._person
        )
        self._as_it_was = self.everything()

    def close(self) -> None:
        self.stop_serving()
        self._databases.drop_those_of(self)
        self._commands.close()

    def answer(self) -> Any:
        """What somebody who works there sees."""
        return self._world.ask(QUESTION, self._person)

    def everything(self) -> list[Any]:
        """The catalogue of the database, and a hash of the rows of each table."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            columns = connection.execute(COLUMNS).fetchall()
            tables = sorted({(one[0], one[1]) for one in columns if one[2] == "r"} - HEARTBEATS)
            hashes = [
                f"SELECT '{schema}.{table}', md5(string_agg(t::text, E'\\n' ORDER BY t::text)) "
                f'FROM "{schema}"."{table}" t'
                for schema, table in tables
            ]
            rows = connection.execute(" UNION ALL ".join(hashes).encode()).fetchall()
            return sorted(map(repr, [*columns, *connection.execute(OTHERS), *rows]))

    def renew(self) -> None:
        """Begin anew where a fault has left something behind."""
        if self._serves and self.everything() == self._as_it_was:
            return
        self.stop_serving()
        self._open()

    def stop_serving(self) -> None:
        """Nobody serves it any more."""
        if self._serves:
            self._world.close()
        self._serves = False

    def install(self, addon: str, folder: Path) -> tuple[int, str]:
        """The status of `dougong install`, and what it said; below zero when it hung."""
        home = str(folder.with_name("home"))
        return self._commands.run(
            "install", addon, folder=folder, DOUGONG_DATABASE_URL=self.url, DOUGONG_HOME=home
        )


@pytest.fixture(scope="module")
def companies(databases: Databases) -> Iterator[Company]:
    opened = Company(databases)
    yield opened
    opened.close()


@pytest.fixture
def company(companies: Company) -> Iterator[Company]:
    yield companies
    companies.renew()


def project(folder: Path, *changes: Change) -> Path:
    """A folder in which the add-on is installed as far as Python knows."""
    write_project(folder / "project", *changes)
    describe_distribution(folder / "project")
    return folder / "project"


def marked(position: int, fault: Fault) -> Any:
    group = pytest.mark.xdist_group(f"faults-{position % GROUPS}")
    return pytest.param(fault, id=f"{fault.number}-{fault.name}", marks=group)


@pytest.mark.xdist_group("faults-0")
def test_the_add_on_without_a_fault_is_installed(company: Company, tmp_path: Path) -> None:
    company.stop_serving()  # a server whose Python has not this add-on could not go along
    status, said = company.install("library", project(tmp_path))

    assert status == 0, said
    made = {one for one in company.everything() if one.startswith("('library', ")}
    assert {"book", "book_copy", "loan", "reader"} <= {one.split("'")[3] for one in made}


@pytest.mark.parametrize("fault", [marked(*one) for one in enumerate(FAULTS[::EVERY])])
def test_an_add_on_with_a_fault_is_refused_and_nobody_notices(
    fault: Fault, company: Company, tmp_path: Path
) -> None:
    before, answer = company.everything(), company.answer()

    status, said = company.install(fault.addon, project(tmp_path, *fault.changes))

    assert company.everything() == before, f"left in the database, status {status}: {said}"
    assert company.answer() == answer
    assert status > 0, f"{'hangs' if status < 0 else 'installed'}: {said}"
    assert "Traceback" not in said, said
    assert fault.file in said, said
    assert "Fix: " in said.strip().splitlines()[-1], said
