"""A real server with the CRM, behind a proxy as it were."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from visitors import DOUGONG, SECRET_KEY, House

from dougong.testing.databases import Databases
from dougong.testing.servers import Server


@pytest.fixture(scope="session")
def house(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    variables = {
        **os.environ,
        "DOUGONG_DATABASE_URL": databases.clone("crm"),
        "DOUGONG_HOME": str(tmp_path_factory.mktemp("home")),
        "DOUGONG_TRUSTED_PROXIES": "127.0.0.1",
        "DOUGONG_ALLOWED_ORIGINS": "https://shop.example",
        "DOUGONG_SECRET_KEY": SECRET_KEY,
    }
    made = House(Server(DOUGONG, variables))
    yield made
    made.server.stop()
    made.engine.dispose()
