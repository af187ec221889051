"""Databases for tests: a template for each set of add-ons, and quick copies of it."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import itertools
import os
import shutil
import time
from collections.abc import Hashable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from dougong.addons.discovery import parts_of
from dougong.addons.install import install
from dougong.addons.installed import prepare
from dougong.addons.rehearsal import with_needs
from dougong.db.embedded import connection_url, lease_server
from dougong.db.embedded.keeper import in_use
from dougong.db.engine import open_database

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
MEMORY = Path("/dev/shm")  # noqa: S108 - each run has a folder of its own there
LEFT = "dougong-tests-"
ROOM = 4 * 2**30
"""Bytes that must be free there; a run of all tests has taken a quarter of it."""
STALE_SECONDS = 600


def place_for(base: Path) -> Path:
    """Where a run keeps its server: in memory, where there is room, or else below its own folder.

    A database is copied ten times as fast there. What killed runs left is removed on the way.
    """
    name = hashlib.sha256(str(base.resolve()).encode()).hexdigest()[:16]
    chosen = MEMORY / f"{LEFT}{name}"
    if chosen.is_dir():
        return chosen
    with contextlib.suppress(OSError):
        for folder in MEMORY.glob(f"{LEFT}*"):
            if _is_left(folder):
                shutil.rmtree(folder, ignore_errors=True)
        if shutil.disk_usage(MEMORY).free >= ROOM:
            chosen.mkdir(mode=0o700, exist_ok=True)
            return chosen
    return base / "postgres"


def _is_left(folder: Path) -> bool:
    server = folder / "postgres"
    old = time.time() - folder.stat().st_mtime > STALE_SECONDS
    return old and not (server.is_dir() and in_use(server))


class Databases:
    """The databases of one test process.

    `DOUGONG_TEST_DATABASE_URL` names a server to use instead of the embedded one; its user must be
    allowed to create databases.
    """

    def __init__(self, home: Path, worker: str) -> None:
        self._home = home
        self._prefix = self._run = f"test_{worker}_{os.getpid()}"
        self._templates: dict[tuple[str, ...], str] = {}
        self._shared: dict[tuple[str, ...], str] = {}
        self._numbers = itertools.count(1)
        self._made: list[str] = []
        self._owner: Hashable = None
        self._owned: dict[Hashable, list[str]] = {}

    def __enter__(self) -> Self:
        given = os.environ.get("DOUGONG_TEST_DATABASE_URL")
        self._lease = None if given else lease_server(self._home, settings=FAST)
        self._server = given or (connection_url(self._lease, "postgres") if self._lease else "")
        if self._lease is not None:
            self._run = os.environ.get("PYTEST_XDIST_TESTRUNUID", self._run)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._lease is None:
            for name in reversed(self._made):
                self._drop(name)
            return
        self._lease.release()
        if not self._lease.socket_folder.exists():  # the last one: what is left are many files
            os.posix_spawnp("rm", ["rm", "-rf", str(self._home)], os.environ, setsid=True)

    def shared(self, *addons: str) -> str:
        """The URL of a database that tests of this process share, and roll back in."""
        key = _closed(addons)
        if key not in self._shared:
            with self.belonging_to(self):
                self._shared[key] = self.clone(*addons)
        return self._shared[key]

    def clone(self, *addons: str) -> str:
        """The URL of a new database with these add-ons (and what they need) installed."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._create(name, template=self._template(_closed(addons)))
        return self.url(name)

    @contextlib.contextmanager
    def belonging_to(self, owner: Hashable) -> Iterator[None]:
        """Databases that are made meanwhile are for this owner; `drop_those_of` removes them."""
        before, self._owner = self._owner, owner
        try:
            yield
        finally:
            self._owner = before

    def drop_those_of(self, owner: Hashable) -> None:
        """Remove what was made for an owner, before it takes room."""
        for name in reversed(self._owned.pop(owner, [])):
            self._made.remove(name)
            self._drop(name)

    def template_of(self, *addons: str) -> str:
        """The name of what `clone` copies; it is another one where an add-on has other code."""
        return self._template(_closed(addons))

    def copy_of(self, url: str) -> str:
        """The URL of a new copy of a database that nobody is connected to."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._create(name, template=str(make_url(url).database))
        return self.url(name)

    def empty(self) -> str:
        """The URL of a new database with nothing in it."""
        name = f"{self._prefix}_{next(self._numbers)}"
        self._create(name, template="template1")
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database on the tests' server."""
        if self._lease is not None:
            return connection_url(self._lease, name)
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def _template(self, addons: tuple[str, ...]) -> str:
        if addons not in self._templates:
            self._templates[addons] = self._shared_template(addons)
        return self._templates[addons]

    def _shared_template(self, addons: tuple[str, ...]) -> str:
        """The template that whichever process asked first has made."""
        name = f"template_{_digest(self._run, addons)}"
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute("select pg_advisory_lock(hashtext(%s))", (name,))
            known = "select from pg_database where datname = %s"
            if connection.execute(known, (name,)).fetchone() is None:
                with self.belonging_to(self):
                    made = self._new_template(addons)
                connection.execute(
                    sql.SQL("alter database {} rename to {}").format(
                        sql.Identifier(made), sql.Identifier(name)
                    )
                )
                self._made.append(name)
        return name

    def _new_template(self, addons: tuple[str, ...]) -> str:
        name = f"{self._prefix}_template_{next(self._numbers)}"
        self._create(name, template="template1")
        engine = open_database(self.url(name), pool_size=None)
        prepare(engine)
        install(engine, addons)
        engine.dispose()
        return name

    def _create(self, name: str, *, template: str) -> None:
        self._made.append(name)
        self._owned.setdefault(self._owner, []).append(name)
        create = sql.SQL("create database {} template {} strategy file_copy").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        with psycopg.connect(self._server, autocommit=True) as connection:
            with contextlib.suppress(
                psycopg.Error
            ):  # as PostgreSQL 17, or a file system without it
                connection.execute(
                    "set file_copy_method = clone"
                )  # the kernel copies: half the time
                connection.execute(create)
                return
            connection.execute("reset all")
            connection.execute(create)

    def _drop(self, name: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


def _closed(addons: tuple[str, ...]) -> tuple[str, ...]:
    """The add-ons with all that they need: the same set has one template, however it is named."""
    return tuple(sorted(with_needs(addons)))


def _digest(run: str, addons: tuple[str, ...]) -> str:
    """The same for add-ons of the same folders: a test may write one that others know by name."""
    folders = [importlib.import_module(part.package).__file__ for part in parts_of(addons)]
    return hashlib.sha256(repr((run, folders)).encode()).hexdigest()[:16]
