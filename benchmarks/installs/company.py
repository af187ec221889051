"""An installation with generated add-ons, and worker processes that serve it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.addons.install import install
from dougong.addons.installed import prepare
from dougong.db.engine import database_url, open_database
from dougong.testing.servers import Server
from dougong.testing.worlds import make_person, utc_now
from installs import generated

ROOT = Path(__file__).parents[2]


class Company:
    """A folder of its own, an embedded database, generated add-ons beside the shipped ones."""

    def __init__(self, name: str, addons: int, entities: int) -> None:
        """Begin with an empty database; the add-ons are made once and kept."""
        self.home = ROOT / ".cache" / name
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(parents=True)
        self.site = ROOT / ".cache" / f"installs-{addons}x{entities}"
        self.addons = generated.site(self.site, addons, entities)
        self.url = database_url(self.home)
        self.engine = open_database(self.url, pool_size=None)
        prepare(self.engine)

    @property
    def variables(self) -> dict[str, str]:
        """The environment of commands about it."""
        paths = os.pathsep.join([str(self.site), str(ROOT / "benchmarks")])
        told = str(self.home / "told")
        return {
            **os.environ,
            "PYTHONPATH": paths,
            "DOUGONG_HOME": str(self.home),
            "DOUGONG_DATABASE_URL": self.url,
            "DOUGONG_TOLD": told,
        }

    def install(self, names: Sequence[str]) -> None:
        """Install add-ons."""
        install(self.engine, names)

    @contextmanager
    def workers(self, count: int) -> Iterator[list[Server]]:
        """Worker processes, each on a port of its own."""
        command = (sys.executable, "-m", "installs.worker")
        started = [Server(command, self.variables) for _ in range(count)]
        try:
            yield started
        finally:
            for one in started:
                one.stop()

    def token(self) -> str:
        """An administrator's token."""
        with Session(self.engine) as session, session.begin():
            person = make_person(session, ("dougong.administrator",), None)
            assert person.user_id is not None
            return issue_token(session, person.user_id, utc_now())

    def told_by(self, worker: Server) -> Any:
        """The generations that a worker holds, and its memory."""
        file = self.home / f"told.{worker.process.pid}"
        file.unlink(missing_ok=True)
        worker.process.send_signal(signal.SIGUSR1)
        while not file.exists():
            time.sleep(0.05)
        return json.loads(file.read_text())

    @contextmanager
    def cycles(self, addon: str, count: int) -> Iterator[subprocess.Popen[str]]:
        """A process that installs and removes an add-on so often; it prints what it does."""
        command = [
            sys.executable,
            "-m",
            "installs.cycles",
            self.url,
            str(self.home),
            addon,
            str(count),
        ]
        process = subprocess.Popen(command, env=self.variables, stdout=subprocess.PIPE, text=True)
        try:
            yield process
        finally:
            process.wait(timeout=60)
