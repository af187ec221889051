"""Reaching the database: the embedded server, or the one that a URL names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from dougong.builtin.many_rows import write_many_rows_at_once
from dougong.errors import SetupError

OLDEST = 15
POOL_SIZE = 8
CONNECT_WITHIN = 10  # seconds
EMBEDDED_DATABASE = "dougong"


def database_url(home: Path, url: str | None = None) -> str:
    """The database to use: `url` if there is one, else the embedded server's under `home`.

    The embedded server is started, or joined, and held until this process ends.
    Raises ServerProblem when it cannot be started.
    """
    if url:
        return url
    from dougong.db.embedded import connection_url, lease_server

    lease = lease_server(home)
    _create_database(lease.url, EMBEDDED_DATABASE)
    return connection_url(lease, EMBEDDED_DATABASE)


def _create_database(server: str, name: str) -> None:
    """Create a database unless it exists; another process may be doing the same."""
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", [name])
        if found.fetchone() is None:
            try:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return


def open_database(
    url: str, *, pool_size: int | None = POOL_SIZE, application: str = "dougong"
) -> Engine:
    """An engine for a database that can be reached and is new enough.

    Sessions run in UTC and find nothing that is not schema-qualified. `pool_size` bounds the connections; None keeps none open.
    Raises SetupError, with the reason, when the database cannot be used.
    """
    engine = create_engine(
        _with_driver(url),
        hide_parameters=True,  # errors are logged
        connect_args={
            "application_name": application,
            "connect_timeout": CONNECT_WITHIN,
            "options": "-c TimeZone=UTC -c search_path=pg_catalog",
        },
        **_pool(pool_size),
    )
    write_many_rows_at_once(engine)
    try:
        with engine.connect() as connection:
            version = int(connection.execute(text("show server_version_num")).scalar_one())
    except OperationalError as problem:
        engine.dispose()
        raise _unusable(engine.url, str(problem.orig)) from None
    if version < OLDEST * 10_000:
        engine.dispose()
        raise SetupError(
            f"The database server at {_place(engine.url)} is PostgreSQL {version // 10_000}; "
            f"Dougong needs {OLDEST} or later.",
            fix="upgrade the server, or name another one in DOUGONG_DATABASE_URL.",
        )
    return engine


def _pool(size: int | None) -> dict[str, Any]:
    if size is None:
        return {"poolclass": NullPool}
    return {"pool_size": size, "max_overflow": 0, "pool_pre_ping": True}


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise SetupError(
            "The database URL is not one of a PostgreSQL server.",
            fix="write DOUGONG_DATABASE_URL as postgresql://user:password@host:5432/database.",
        )
    return parsed.set(drivername="postgresql+psycopg")


def _place(url: URL) -> str:
    """The server and database of a URL, without user and password."""
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or 5432}/{url.database or ''}"


_Sentence = Callable[[URL], tuple[str, str]]
_REASONS: tuple[tuple[tuple[str, ...], _Sentence], ...] = (
    (
        ("password authentication failed", "no password supplied", "no pg_hba.conf entry"),
        lambda url: (
            f"The database server at {_place(url)} does not let {url.username or 'you'} in.",
            "check user and password in DOUGONG_DATABASE_URL.",
        ),
    ),
    (
        ("does not exist",),
        lambda url: (
            f"There is no database {url.database}, or no user {url.username}, at {_place(url)}.",
            "create it there, or correct DOUGONG_DATABASE_URL.",
        ),
    ),
)


def _unusable(url: URL, said: str) -> SetupError:
    for words, sentence in _REASONS:
        if any(word in said for word in words):
            message, fix = sentence(url)
            return SetupError(message, fix=fix)
    return SetupError(
        f"The database at {_place(url)} cannot be reached: {said.strip().splitlines()[0]}.",
        fix="start the server, or correct DOUGONG_DATABASE_URL.",
    )
