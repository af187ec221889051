"""Installs and removes an add-on again and again, and prints when what happened: a line of JSON each."""

from __future__ import annotations

import json
import logging
import sys
import time
from pathlib import Path

from dougong.addons.install import install
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.db.engine import open_database


class Teller(logging.Handler):
    """Prints what the life cycle logs."""

    def emit(self, record: logging.LogRecord) -> None:
        """A point is reached."""
        print(json.dumps({"at": record.created, "point": record.msg}), flush=True)


def main(url: str, home: str, addon: str, cycles: int) -> None:
    """Install and remove so often."""
    lifecycle = logging.getLogger("dougong.lifecycle")
    lifecycle.setLevel(logging.INFO)
    lifecycle.addHandler(Teller())
    engine = open_database(url, pool_size=4)
    for _ in range(cycles):
        print(json.dumps({"at": time.time(), "point": "install"}), flush=True)
        install(engine, [addon])
        print(json.dumps({"at": time.time(), "point": "remove"}), flush=True)
        remove(engine, [addon], plan_remove(engine, [addon]).hash, Path(home) / "archives")
    print(json.dumps({"at": time.time(), "point": "end"}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]))
