"""The process that carries out a plan for a server: an order comes in, an answer goes out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from dougong.addons.plans import Change, Plan
from dougong.errors import SetupError

ANSWER = "dougong: "
HOME = "DOUGONG_HOME"


def carry_out(engine: Engine, home: Path, order: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a mutation's arguments say, if its plan still holds; what came of it.

    Raises SetupError as the commands do.
    """
    change = Change(order["change"])
    return {
        Change.INSTALL: _install,
        Change.UPGRADE: _install,
        Change.REMOVE: _remove,
        Change.RESTORE: _restore,
    }[change](engine, home / "archives", order)


def _check(plan: Plan, order: Mapping[str, Any]) -> None:
    plan.check(order["plan"], accept_breaking=bool(order.get("acceptBreaking")))


def _install(engine: Engine, _archives: Path, order: Mapping[str, Any]) -> dict[str, Any]:
    from dougong.addons.coming import plan_install, plan_upgrade
    from dougong.addons.install import install
    from dougong.addons.state import current_generation

    make = plan_install if order["change"] == Change.INSTALL else plan_upgrade
    names = order["addons"]
    done = install(engine, names, agreed=lambda: _check(make(engine, names), order))
    if done.number is not None:
        return _answer(done.number)
    with engine.connect() as connection:
        return _answer(current_generation(connection))


def _remove(engine: Engine, archives: Path, order: Mapping[str, Any]) -> dict[str, Any]:
    from dougong.addons.remove import remove
    from dougong.addons.state import Rows

    done = remove(
        engine,
        order["addons"],
        order["plan"],
        archives,
        rows=Rows(order.get("rows") or "ARCHIVE"),
        accept_breaking=bool(order.get("acceptBreaking")),
    )
    return _answer(done.number, done.archive.folder.name if done.archive else None)


def _restore(engine: Engine, archives: Path, order: Mapping[str, Any]) -> dict[str, Any]:
    from dougong.addons.archive import archive_named
    from dougong.addons.coming import plan_restore
    from dougong.addons.orphans import Orphans
    from dougong.addons.restore import restore
    from dougong.addons.sources import Wanted

    wanted = Wanted(
        tuple(order["addons"]),
        archives,
        archive_named(archives, order.get("archive")),
        tuple(order.get("without") or ()),
        Orphans(order.get("orphans") or "REFUSE"),
    )
    done = restore(
        engine,
        wanted.names,
        archives,
        archive=wanted.archive,
        without=wanted.without,
        orphans=wanted.orphans,
        agreed=lambda: _check(plan_restore(engine, wanted), order),
    )
    return _answer(done.number, rejects=sum(done.count("left out").values()))


def _answer(generation: int, archive: str | None = None, rejects: int = 0) -> dict[str, Any]:
    return {"generation": generation, "archive": archive, "rejects": rejects}


def main() -> None:
    """Read an order, carry it out, and write what came of it."""
    from dougong.db.engine import open_database

    order = json.load(sys.stdin)
    engine = open_database(os.environ["DOUGONG_DATABASE_URL"], pool_size=4, application="dougong")
    try:
        answer = carry_out(engine, Path(os.environ.get(HOME, ".dougong")), order)
    except SetupError as problem:
        answer = {"refused": str(problem)}
    sys.stdout.write(ANSWER + json.dumps(answer))


if __name__ == "__main__":
    main()
