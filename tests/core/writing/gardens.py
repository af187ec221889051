"""Gardens: the add-ons of this folder in a database, as a transaction, committed, or served."""

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from dougong import Context
from dougong.access.principal import Principal
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.addons.state import current_generation
from dougong.db.engine import open_database
from dougong.db.session import WriteSession, in_transaction
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong.runtime import Runtime
from dougong.testing.worlds import LiveWorld, World
from dougong.web import Serving, application

CREATE = """mutation ($input: BedCreate!) { createBed(input: $input) {
    bed { id version name code crop area weight state rent { amount currency }
          plants { nodes { name } } }
    userErrors { path code message params } } }"""
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: BedPatch!) {
    updateBed(id: $id, version: $version, patch: $patch) {
        bed { version name code rent { amount } rows neighbour { id } notes }
        userErrors { path code message params } } }"""

NEEDS = {
    "garden": (),
    "island": (),
    "bees": ("garden",),
    "amber": ("bees",),
    "cuckoo": ("garden",),
    "cellar": ("garden",),
    "sundial": ("garden",),
    "gnomon": ("garden",),
    "vault": (),
    "appraisal": ("vault",),
    "works": (),
    "ledger": (),
}


def parts(*names: str, may: tuple[Any, ...] = ()) -> tuple[Part, ...]:
    """The core and some of the garden's add-ons; `may` is what the cuckoo's manifest says."""
    return (
        core_part(),
        *(
            Part(
                name,
                f"dougong_{name}",
                "1",
                name.title(),
                NEEDS[name],
                may if name == "cuckoo" else (),
            )
            for name in NEEDS
            if name in names
        ),
    )


def make_tables(url: str) -> None:
    """The tables of all the garden's add-ons, whichever of them a test has installed."""
    engine = open_database(url, pool_size=None)
    generation = Generation(1, parts(*NEEDS))
    assert generation.models
    with engine.begin() as connection:
        for name in NEEDS:
            connection.execute(text(f"create schema {name}"))
            registry_of(name).metadata.create_all(connection)
    engine.dispose()


class GardenWorld(World):
    """A world of the garden; everything is undone at the end."""

    def __init__(self, url: str, *names: str, may: tuple[Any, ...] = ()) -> None:
        self.engine: Engine = open_database(url, pool_size=None)
        self.generation = Generation(1, parts(*names, may=may))
        self._connection = self.engine.connect()
        self._transaction = self._connection.begin()
        self.session = WriteSession(
            self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )


class GardenRuntime(Runtime):
    """A runtime whose generation is built by hand, with the number that the database has."""

    names: tuple[str, ...] = ()

    def _build(self) -> Generation:
        with self.engine.connect() as connection:
            number = current_generation(connection)
        generation = Generation(number, parts(*self.names))
        assert generation.schema
        return generation


class LiveGarden(LiveWorld):
    """The garden served in process, with a database of its own."""

    def __init__(self, url: str, *names: str, jobs: int = 0) -> None:
        self.url = url
        self.engine = open_database(url)
        self.runtime = GardenRuntime(self.engine, url)
        self.runtime.names = names
        serving = Serving(jobs=jobs)
        self.client = TestClient(application(self.runtime, serving), raise_server_exceptions=True)
        self.client.__enter__()


class Committed:
    """A garden in a database of its own, in which transactions are committed."""

    def __init__(self, url: str, *names: str) -> None:
        make_tables(url)
        self.engine = open_database(url)
        self.generation = Generation(1, parts(*names))
        self.who = Principal(1, "a", frozenset({"dougong.administrator"}))
        with self.engine.begin() as connection:
            connection.execute(
                text("insert into dougong.user (id, email, name) values (1, 'a@b', 'a')")
            )

    def do(self, work: Callable[[Context], Any]) -> Any:
        return in_transaction(self.engine, self.generation, self.who, work)

    def both(self, *works: Callable[[Context], Any]) -> list[Any]:
        """Do several things at once, each in a thread; what came of them, or what they raised."""
        results: list[Any] = [None] * len(works)
        ready = threading.Barrier(len(works))

        def one(number: int, work: Callable[[Context], Any]) -> None:
            ready.wait(10)
            try:
                results[number] = self.do(work)
            except Exception as problem:  # noqa: BLE001
                results[number] = problem

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return results


class Api:
    """A served garden, and its head, who asks."""

    def __init__(self, live: LiveGarden) -> None:
        self.live = live
        self.head = live.person("garden.head", "bees.keeper", name="Ada")

    def do(self, document: str, **variables: Any) -> Any:
        """The payload of the one mutation in a document."""
        return next(iter(self.live.ask(document, self.head, **variables).values()))

    def refused(self, document: str, **variables: Any) -> list[tuple[list[str], str]]:
        """The paths and codes of its refusals; the payload shows no record."""
        payload = self.do(document, **variables)
        assert [value for key, value in payload.items() if key != "userErrors"] == [None]
        assert all(error["message"] for error in payload["userErrors"])
        return [(error["path"], error["code"]) for error in payload["userErrors"]]

    def bed(self, **given: Any) -> str:
        """A new bed's id."""
        payload = self.do(CREATE, input={"name": "North", **given})
        assert payload["userErrors"] == []
        bed: str = payload["bed"]["id"]
        return bed

    def rows(self, sql: str) -> list[Any]:
        """What is in the database."""
        with self.live.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]
