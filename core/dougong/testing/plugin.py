"""The pytest plugin: fixtures `world` and `live_world` on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from dougong.builtin.sign_in.settings import LEAST_MEMORY, PASSWORD_MEMORY
from dougong.generation import Generation
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, World

os.environ.setdefault(PASSWORD_MEMORY, str(LEAST_MEMORY))
# Not imported yet. What is broken shall be said, also where the core is an editable install.
pytest.register_assert_rewrite("dougong.testing.contract", "dougong.testing.lists")


_generations: dict[str, Generation] = {}


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Databases]:
    """One server for the whole run, shared by all xdist workers; databases for each worker."""
    base = tmp_path_factory.getbasetemp()
    home = base if worker_id == "master" else base.parent
    with Databases(home / "postgres", worker_id) as found:
        yield found


@pytest.fixture
def world(databases: Databases) -> Iterator[Callable[..., World]]:
    """`world("crm")`: these add-ons installed; everything that the test does is rolled back."""
    opened: list[World] = []

    def make(*addons: str) -> World:
        opened.append(World(databases.shared(*addons)))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def live_world(databases: Databases) -> Iterator[Callable[..., LiveWorld]]:
    """`live_world("crm")`: a database of its own, served in process over HTTP.

    What is installed at first is built once for all that have the same.
    """
    opened: list[LiveWorld] = []

    def make(*addons: str) -> LiveWorld:
        key = databases.template_of(*addons)
        built = _generations.get(key)
        if any(one.runtime.generation is built for one in opened):
            built = None  # what it remembers is about one database
        elif built is not None:
            built.schema.extensions.pop("remembered", None)
        opened.append(LiveWorld(databases.clone(*addons), built))
        _generations.setdefault(key, opened[-1].runtime.generation)
        return opened[-1]

    yield make
    for one in opened:
        one.close()
