"""A server with the CRM, which the tests of a file share, or have of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lookers import DOUGONG

from dougong.testing.databases import Databases
from dougong.testing.servers import Server


@pytest.fixture(scope="module")
def serving(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """`serving("crm")`: a database of its own with these add-ons, served by a process of its own."""
    running: list[Server] = []

    def serve(*addons: str, options: tuple[str, ...] = ()) -> Server:
        variables = {
            **os.environ,
            "DOUGONG_DATABASE_URL": databases.clone(*addons),
            "DOUGONG_HOME": str(tmp_path_factory.mktemp("home")),
        }
        running.append(Server(DOUGONG, variables, *options))
        return running[-1]

    yield serve
    for server in running:
        server.stop()


@pytest.fixture(scope="module")
def server(serving: Callable[..., Server]) -> Server:
    return serving("crm")
