"""A server stops whatever becomes of what it waits for."""

import os
import signal
import sys
import time
from pathlib import Path

from dougong.testing.databases import Databases
from dougong.testing.servers import Server

DOUGONG = (sys.executable, "-m", "dougong.cli")
SOON = 25.0
"""Seconds: ten are for requests under way, five for saying goodbye to the queue of jobs."""


def test_a_server_stops_although_its_database_is_away(tmp_path: Path) -> None:
    with Databases(tmp_path / "postgres", "away") as databases:
        home = {"DOUGONG_HOME": str(tmp_path), "DOUGONG_LOG_LEVEL": "error"}
        url = databases.clone("party")
        server = Server(DOUGONG, {**os.environ, **home, "DOUGONG_DATABASE_URL": url})
        assert server.ask("{ parties { totalCount } }")[0] == 200
        (file,) = (tmp_path / "postgres").glob("**/postmaster.pid")
        os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)

        begun = time.monotonic()
        server.stop()

        assert time.monotonic() - begun < SOON
