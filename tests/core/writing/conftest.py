"""A garden in a database, with those who depend on it; a transaction, or served over HTTP."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gardens import Api, Committed, GardenWorld, LiveGarden, make_tables
from sqlalchemy import text

from dougong.testing.databases import Databases
from dougong_garden import journal, plugged


@pytest.fixture(autouse=True)
def _empty_journal() -> None:
    journal.clear()
    plugged.clear()


@pytest.fixture(scope="session")
def garden_url(databases: Databases) -> str:
    url = databases.clone()
    make_tables(url)
    return url


@pytest.fixture
def garden(garden_url: str) -> Iterator[Callable[..., GardenWorld]]:
    """`garden("garden", "bees")`: a transaction in which these are installed."""
    opened: list[GardenWorld] = []

    def make(*names: str, may: tuple[Any, ...] = ()) -> GardenWorld:
        opened.append(GardenWorld(garden_url, *names, may=may))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def live_garden(databases: Databases) -> Iterator[Callable[..., LiveGarden]]:
    """`live_garden("garden", "bees")`: a database of its own, served in process."""
    opened: list[LiveGarden] = []

    def make(*names: str, jobs: int = 0) -> LiveGarden:
        url = databases.clone()
        make_tables(url)
        opened.append(LiveGarden(url, *names, jobs=jobs))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def committed(databases: Databases) -> Iterator[Callable[..., Committed]]:
    """`committed("garden", "bees")`: a database of its own, in which transactions are committed."""
    opened: list[Committed] = []

    def make(*names: str) -> Committed:
        opened.append(Committed(databases.clone(), *names))
        return opened[-1]

    yield make
    for one in opened:
        one.engine.dispose()


@pytest.fixture(scope="session")
def served(databases: Databases) -> Iterator[LiveGarden]:
    url = databases.clone()
    make_tables(url)
    live = LiveGarden(url, "garden", "bees")
    yield live
    live.close()


@pytest.fixture
def api(served: LiveGarden) -> Api:
    with served.engine.begin() as connection:
        connection.execute(text("truncate garden.bed, dougong.idempotency cascade"))
    return Api(served)
