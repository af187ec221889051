"""Before anything holds: workers build it, rows are filled in, and whoever cannot go along is named."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.core.lifecycle.conftest import ThrowAway, catalogue, run, scalar

from dougong.addons import workers
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.addons.preparing import log
from dougong.db.engine import open_database
from dougong.errors import SetupError
from dougong.testing.databases import Databases
from dougong.testing.servers import Server
from dougong.testing.worlds import LiveWorld

GRADES = """
    from dougong import Extension
    from dougong_party import Party
    from sqlalchemy.orm import Mapped, mapped_column

    class %(name)s(Extension[Party]):
        '''Something more about a party.'''
        grade: Mapped[str] = mapped_column(default="?", server_default="?")
"""
MANY = "insert into party.party (kind, name) select 'COMPANY', 'p' || n from generate_series(1, 1200) n"


def grades(throw_away: ThrowAway, engine: Engine) -> str:
    """An add-on that extends parties; its name."""
    name = throw_away.name("grades")
    throw_away.write(name, needs="party", entities=GRADES % {"name": name.title()})
    throw_away.write_revision(engine, name)
    return name


class Meanwhile(logging.Handler):
    """Does something when the life cycle has got to a point."""

    def __init__(self, point: str, work: Callable[[], object]) -> None:
        super().__init__(logging.INFO)
        self._point, self._work = point, work

    def emit(self, record: logging.LogRecord) -> None:
        """A point is reached."""
        if record.msg.startswith(self._point):
            self._work()

    def __enter__(self) -> None:
        log.setLevel(logging.INFO)
        log.addHandler(self)

    def __exit__(self, *_: object) -> None:
        log.removeHandler(self)
        log.setLevel(logging.NOTSET)


def test_records_that_are_made_during_an_install_get_their_extension_rows(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("party")
    run(engine, MANY)
    name = grades(throw_away, engine)
    early = engine.connect()

    def begin() -> None:  # before the rows are looked at, and seen by nobody then
        early.execute(text("insert into party.party (kind, name) values ('PERSON', 'early')"))

    def others_work() -> None:
        early.commit()
        run(engine, "insert into party.party (kind, name) values ('PERSON', 'new')")
        run(engine, "delete from party.party where name = 'p7'")

    with Meanwhile("made the tables", begin), Meanwhile("made %s ready", others_work):
        install(engine, [name])
    early.close()

    without = (
        f"select count(*) from party.party left join {name}.{name} g using (id) where g.id is null"
    )
    assert scalar(engine, without) == 0
    assert scalar(engine, f"select count(*) from {name}.{name}") == 1201  # 1,200, one gone, two new


def test_mutations_are_taken_while_tables_are_made_and_filled(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("party")
    run(engine, MANY)
    name = grades(throw_away, engine)

    with engine.begin() as business:
        business.execute(text("select dougong.enter(2)"))
        with Meanwhile("made %s ready", business.commit):
            done = install(engine, [name])

    assert done.number == 3


def test_a_worker_with_other_code_stops_an_install_that_leaves_nothing(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("party")
    run(engine, MANY)
    name = grades(throw_away, engine)
    before = catalogue(engine)

    def report() -> None:
        with engine.begin() as connection:
            candidate = connection.execute(text("select candidate from dougong.generation"))
            built = workers.Built(candidate.scalar_one(), sdl="other")
            workers.heartbeat(connection, "old", 2, built)

    with (
        Meanwhile("proposed", report),
        pytest.raises(
            SetupError, match=r"process \d+ on \S+ \(generation 2\) has other code.* --force"
        ),
    ):
        install(engine, [name], wait=0)

    assert catalogue(engine) == before
    assert scalar(engine, "select number from dougong.generation") == 2
    assert scalar(engine, "select candidate_parts from dougong.generation") is None


def test_a_running_server_serves_an_add_on_as_soon_as_it_is_installed(
    live_world: Callable[..., LiveWorld], throw_away: ThrowAway
) -> None:
    world = live_world("party")
    name = grades(throw_away, world.engine)

    done = install(world.engine, [name])

    assert done.late == ()
    assert world.runtime.generation.number == done.number
    assert world.ask("{ parties { nodes { grade } } }") == {"parties": {"nodes": []}}


def test_a_server_that_lacks_the_code_is_named_or_fenced_off(
    databases: Databases, throw_away: ThrowAway, tmp_path: Path
) -> None:
    url = databases.clone("party")
    engine = open_database(url, pool_size=None)
    name = grades(throw_away, engine)
    before = catalogue(engine)
    variables = {**os.environ, "DOUGONG_DATABASE_URL": url, "DOUGONG_HOME": str(tmp_path)}
    server = Server((sys.executable, "-m", "dougong.cli"), variables)

    with pytest.raises(
        SetupError, match=rf"cannot build it: SetupError: There is no add-on “{name}”"
    ):
        install(engine, [name])

    assert catalogue(engine) == before
    assert server.request("GET", "/ready") == (200, {"status": "ready", "generation": 2})

    done = install(engine, [name], force=True)

    assert (done.number, done.late) == (3, ())
    assert name in load_generation(engine).parts
    status, said = ends_with(server)
    assert status == 1
    assert said["extensions"]["code"] == "NOT_READY"


def ends_with(server: Server) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code of a server that ends by itself, and the last thing that it said over HTTP."""
    said = {}
    while server.process.poll() is None:
        try:
            status, answer = server.ask("{ __typename }")
        except (OSError, json.JSONDecodeError):
            continue
        if status == 503:
            said = answer["errors"][0]
    assert server.process.stdout is not None
    server.process.stdout.close()
    return server.process.returncode, said
