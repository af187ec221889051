"""The Northwind company, set up once for the tests of what all add-ons do together."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dougong.addons.installed import load_generation
from dougong.cli.demo import add_people, bring_in
from dougong.db.engine import open_database
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.jobs import do_jobs
from dougong.testing.worlds import Person

sys.path.append(str(Path(__file__).parent))  # company.py
FOLDER = Path(__file__).parents[2] / "examples" / "northwind"


@pytest.fixture(scope="session")
def northwind_url(databases: Databases) -> str:
    """A database with the demonstration's people, documents and stock."""
    described = tomllib.loads((FOLDER / "demo.toml").read_text("utf-8"))
    url = databases.clone(*described["addons"])
    engine = open_database(url)
    generation = load_generation(engine)
    add_people(engine, generation, described["people"])
    for said in described["import"]:
        bring_in(engine, generation, FOLDER, described["imports_as"], said)
    do_jobs(engine, generation)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def northwind(northwind_url: str) -> Iterator[LiveWorld]:
    """The demonstration, served; tests must leave it as it is."""
    served = LiveWorld(northwind_url)
    yield served
    served.close()


@pytest.fixture(scope="session")
def buyer(northwind: LiveWorld) -> Person:
    """Who keeps the levels of the stock."""
    return northwind.person("inventory.headquarters", "product.reader")


@pytest.fixture(scope="session")
def manager(northwind: LiveWorld, buyer: Person) -> Person:
    """Who sees all orders and stock; made last, so that what is known of the rights stays."""
    return northwind.person("sales_order.manager", "inventory.reader", "party.reader")
