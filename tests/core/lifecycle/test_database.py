"""Reaching a database, making it Dougong's, and what its functions and triggers promise."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from tests.core.lifecycle.conftest import catalogue, run, scalar

from dougong.addons import workers
from dougong.addons.installed import prepare
from dougong.addons.state import current_generation, next_generation
from dougong.db.engine import open_database
from dougong.db.locks import Busy, exclusively, lifecycle
from dougong.errors import SetupError
from dougong.testing.databases import Databases


def test_two_processes_may_prepare_an_empty_database_at_once(databases: Databases) -> None:
    url = databases.empty()
    engines = [open_database(url) for _ in range(4)]
    threads = [threading.Thread(target=prepare, args=[engine]) for engine in engines]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert scalar(engines[0], "select number from dougong.generation") == 1
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("create table public.customer (id int)", "belongs to something else: it has the table"),
        ("create schema shop; create view shop.all_of_it as select 1", "shop.all_of_it"),
        ("create schema dougong", "has a schema “dougong” that no add-on"),
        ("create schema dougong; create table dougong.generation (n int)", "dougong.generation"),
    ],
)
def test_a_database_that_belongs_to_something_else_is_refused(
    databases: Databases, made: str, says: str
) -> None:
    engine = open_database(databases.empty())
    run(engine, made)
    before = catalogue(engine)

    with pytest.raises(SetupError, match=says):
        prepare(engine)

    assert catalogue(engine) == before
    engine.dispose()


def test_a_database_of_a_newer_dougong_is_refused(opened: Callable[..., Engine]) -> None:
    engine = opened()
    run(engine, "update dougong.alembic_version set version_num = '9999'")

    with pytest.raises(SetupError, match=r"made by a newer version\. Fix: "):
        prepare(engine)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://me@127.0.0.1:1/shop", r"127\.0\.0\.1:1/shop cannot be reached"),
        ("sqlite:///file.db", "not one of a PostgreSQL server"),
        ("nonsense", "not one of a PostgreSQL server"),
    ],
)
def test_an_unreachable_database_gets_a_sentence(url: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        open_database(url)


def test_a_database_that_is_not_there_gets_a_sentence(databases: Databases) -> None:
    url = make_url(databases.empty()).set(database="nowhere").render_as_string(hide_password=False)

    with pytest.raises(SetupError, match="There is no database nowhere"):
        open_database(url)


def test_entering_checks_the_generation(opened: Callable[..., Engine]) -> None:
    engine = opened()
    run(engine, "select dougong.enter(1)")

    with pytest.raises(DBAPIError) as problem:
        run(engine, "select dougong.enter(2)")

    assert problem.value.orig is not None
    assert getattr(problem.value.orig, "sqlstate", None) == "XG001"


def test_whoever_enters_while_something_is_installed_sees_what_was_installed(
    opened: Callable[..., Engine],
) -> None:
    engine = opened()
    said: list[object] = []

    def enter() -> None:
        try:
            run(engine, "select dougong.enter(1)")
        except DBAPIError as problem:
            said.append(getattr(problem.orig, "sqlstate", None))

    with engine.begin() as installing:
        installing.execute(text("select pg_advisory_xact_lock(4611000001)"))
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        next_generation(installing)
    thread.join()

    assert said == ["XG001"]


def test_an_install_waits_for_business_transactions_without_making_others_wait_long(
    opened: Callable[..., Engine],
) -> None:
    engine = opened()
    done: list[int] = []
    with engine.begin() as business:
        business.execute(text("select dougong.enter(1)"))
        thread = threading.Thread(target=lambda: done.append(exclusively(engine, next_generation)))
        thread.start()
        for _ in range(5):
            run(engine, "select dougong.enter(1)")
        assert done == []
    thread.join()

    assert done == [2]


def test_only_one_process_changes_what_is_installed(opened: Callable[..., Engine]) -> None:
    engine = opened()

    with lifecycle(engine), pytest.raises(Busy), lifecycle(engine, patience=0):
        pass

    with lifecycle(engine, patience=0):
        pass


@pytest.mark.parametrize(
    "change",
    [
        "insert into dougong.role_assignment (user_id, role) values (1, 'crm.seller')",
        "delete from dougong.role_assignment",
        "update dougong.token set revoked_at = now()",
        "delete from dougong.token",
        'update dougong."user" set active = false',
        'delete from dougong."user"',
    ],
)
def test_the_epoch_rises_with_who_may_do_what(opened: Callable[..., Engine], change: str) -> None:
    engine = opened()
    run(
        engine,
        "insert into dougong.\"user\" (email, name) values ('a@b.example', 'A')",
        "insert into dougong.token (user_id, sha256, expires_at) values (1, 'x', now())",
    )
    before = scalar(engine, "select number from dougong.epoch")

    run(engine, change)

    assert int(str(scalar(engine, "select number from dougong.epoch"))) > int(str(before))


def test_signing_in_does_not_raise_the_epoch(opened: Callable[..., Engine]) -> None:
    engine = opened()
    run(
        engine,
        "insert into dougong.\"user\" (email, name) values ('a@b.example', 'A')",
        'update dougong."user" set updated_at = now()',
        "insert into dougong.token (user_id, sha256, expires_at) values (1, 'x', now())",
    )

    assert scalar(engine, "select number from dougong.epoch") == 1


@pytest.mark.parametrize(
    "change",
    ["update dougong.event set verb = 'x'", "delete from dougong.event", "truncate dougong.event"],
)
def test_the_event_log_is_append_only(opened: Callable[..., Engine], change: str) -> None:
    engine = opened()
    run(engine, "insert into dougong.event (actor, addon, verb) values ('A', 'crm', 'crm.qualify')")

    with pytest.raises(DBAPIError, match="append-only"):
        run(engine, change)


def test_a_worker_counts_until_its_heart_stops(opened: Callable[..., Engine]) -> None:
    engine = opened()
    with engine.begin() as connection:
        workers.heartbeat(connection, "a", 1)
        workers.heartbeat(connection, "b", 2)
        workers.heartbeat(connection, "b", 3)

    assert [one.id for one in workers.wait_for_workers(engine, 3, patience=0)] == ["a"]

    run(engine, "update dougong.worker set heartbeat = now() - interval '1 minute' where id = 'a'")
    assert workers.wait_for_workers(engine, 3, patience=0) == []

    with engine.begin() as connection:
        workers.leave(connection, "b")
        assert workers.live_workers(connection) == []
        assert current_generation(connection) == 1
