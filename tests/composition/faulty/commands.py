"""`dougong` commands, each in a fork of one process that has imported all that they need.

Importing costs a second; with it, a hundred installations would cost minutes.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

NEEDED = ("dougong.cli", "dougong.addons.installed", "dougong.generation", "alembic.command")
PATIENCE = 60.0
"""So many seconds a command may take before it counts as hanging."""


class Commands:
    """The process that has imported everything; close it in the end."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str, folder: Path, **variables: str) -> tuple[int, str]:
        """The status of `dougong …` with what is in `folder` installed, and what it said.

        The status is below zero when the command hung or was killed.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said = folder.with_name("said")
        asked = {"arguments": arguments, "folder": str(folder), "said": str(said)}
        self._process.stdin.write(json.dumps({**asked, "variables": variables}) + "\n")
        self._process.stdin.flush()
        status = int(self._process.stdout.readline())
        return status, said.read_text("utf-8")

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _serve() -> None:
    for name in NEEDED:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        print(_wait_for(child), flush=True)


def _become(asked: dict[str, Any]) -> NoReturn:
    """Be the command: its own session, streams, variables and path."""
    os.setsid()
    said = os.open(asked["said"], os.O_CREAT | os.O_WRONLY, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, number in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(stream, number)
    os.environ |= {**asked["variables"], "PYTHONPATH": asked["folder"]}
    sys.path[0] = asked["folder"]
    importlib.invalidate_caches()
    sys.argv = ["dougong", *asked["arguments"]]
    importlib.import_module("dougong.cli").main()
    raise SystemExit  # and whatever it raises is the interpreter's, as always


def _wait_for(child: int) -> int:
    """Its status, once it has ended or was given up."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    _serve()
