"""Which installation a command is about: a folder, and the database that goes with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine


@dataclass(frozen=True)
class Installation:
    """Where everything is that is not code."""

    home: Path
    """The folder for archives and, without a URL, for the embedded server's database."""
    database: str | None

    @property
    def archives(self) -> Path:
        """Where removed add-ons are kept."""
        return self.home / "archives"

    def url(self) -> str:
        """The database's URL; starts the embedded server if that is the one."""
        from dougong.db.engine import database_url

        return database_url(self.home, self.database)

    def engine(self, *, application: str = "dougong cli", connections: int = 2) -> Engine:
        """The database, ready for use: the core's tables are there, nothing is half done."""
        from dougong.addons.installed import prepare
        from dougong.addons.preparing import undo_killed
        from dougong.addons.remove import WorkersBehind, finish_removals

        engine = self.bare_engine(application=application, connections=connections)
        prepare(engine)
        if undone := undo_killed(engine):
            click.echo(f"Undid the unfinished install of {', '.join(undone)}.", err=True)
        with suppress(WorkersBehind):
            finished = finish_removals(engine, self.archives)
            if finished is not None:
                click.echo(f"Finished the removal of {', '.join(finished.parts)}.", err=True)
        return engine

    def bare_engine(self, *, application: str = "dougong cli", connections: int = 2) -> Engine:
        """The database as it is."""
        from dougong.db.engine import open_database

        engine = open_database(self.url(), pool_size=connections, application=application)
        if command := click.get_current_context(silent=True):
            command.call_on_close(engine.dispose)
        return engine


def about_installation(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --home and --database, and the Installation as first argument."""

    @click.option(
        "--home",
        envvar="DOUGONG_HOME",
        default=".dougong",
        show_default=True,
        show_envvar=True,
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder of this installation.",
    )
    @click.option(
        "--database",
        envvar="DOUGONG_DATABASE_URL",
        show_envvar=True,
        metavar="URL",
        help="A PostgreSQL server's database; without it, one in the folder.",
    )
    @wraps(command)
    def with_installation(*args: Any, home: Path, database: str | None, **options: Any) -> Any:
        return command(Installation(home, database or None), *args, **options)

    return with_installation
