"""A real server with the CRM, and people who send it files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from senders import DOUGONG, Archive

from dougong.testing.databases import Databases
from dougong.testing.servers import Server


@pytest.fixture(scope="session")
def archive(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    variables = {
        **os.environ,
        "DOUGONG_DATABASE_URL": databases.clone("crm"),
        "DOUGONG_HOME": str(tmp_path_factory.mktemp("home")),
    }
    made = Archive(Server(DOUGONG, variables))
    yield made
    made.server.stop()
    made.engine.dispose()
