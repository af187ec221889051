"""The pytest plugin: fixtures `world` and `live_world` on a real PostgreSQL."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from dougong.builtin.sign_in.settings import LEAST_MEMORY, PASSWORD_MEMORY
from dougong.generation import Generation
from dougong.testing.databases import Databases, place_for
from dougong.testing.worlds import LiveWorld, World

os.environ.setdefault(PASSWORD_MEMORY, str(LEAST_MEMORY))
# Not imported yet. What is broken shall be said, also where the core is an editable install.
pytest.register_assert_rewrite("dougong.testing.contract", "dougong.testing.lists")


_generations: dict[str, Generation] = {}
_of_session: list[Databases] = []
"""The databases of this run, once somebody has asked for one."""


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Databases]:
    """One server for the whole run, shared by all xdist workers; databases for each worker."""
    base = tmp_path_factory.getbasetemp()
    with Databases(place_for(base if worker_id == "master" else base.parent), worker_id) as found:
        _of_session.append(found)
        yield found
        _of_session.clear()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """What a fixture of several tests makes is kept for them; all the rest is for one test."""
    with contextlib.ExitStack() as stack:
        if fixturedef.scope != "function":
            for databases in _of_session:
                stack.enter_context(databases.belonging_to(fixturedef))
        return (yield)


def pytest_fixture_post_finalizer(fixturedef: pytest.FixtureDef[Any]) -> None:
    """Remove the databases of a fixture that is over."""
    for databases in _of_session:
        databases.drop_those_of(fixturedef)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    """Remove the databases of a test that is over."""
    try:
        return (yield)
    finally:
        for databases in _of_session:
            databases.drop_those_of(None)


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
