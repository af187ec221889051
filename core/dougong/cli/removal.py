"""`dougong remove` and `dougong restore`: taking an add-on out, and bringing it back as it was."""

from __future__ import annotations

from pathlib import Path

import click

from dougong.addons.coming import plan_restore
from dougong.addons.leaving import plan_remove
from dougong.addons.orphans import Orphans
from dougong.addons.remove import Removed, finish_removals
from dougong.addons.remove import remove as remove_addons
from dougong.addons.restore import Restored
from dougong.addons.restore import restore as restore_addons
from dougong.addons.sources import Wanted
from dougong.addons.state import Rows
from dougong.builtin.trusted_documents import registered
from dougong.cli.installation import Installation, about_installation
from dougong.cli.planned import phases, planned, show
from dougong.errors import SetupError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@planned
@click.option("--keep", is_flag=True, help="Keep the rows in the database, set aside.")
@click.option("--delete", is_flag=True, help="Archive nothing: the rows are lost.")
@about_installation
def remove(
    installation: Installation,
    names: tuple[str, ...],
    plan_only: bool,
    as_json: bool,
    plan_hash: str | None,
    accept_breaking: bool,
    keep: bool,
    delete: bool,
    wait: float,
    force: bool,
) -> None:
    """Remove add-ons: print the plan, then, with --apply, archive their rows and drop their tables.

    --delete also takes the rows that were kept of an add-on that is removed already.
    """
    if keep and delete:
        raise SetupError("Rows cannot be kept and deleted.", fix="choose --keep or --delete.")
    rows = Rows.KEEP if keep else Rows.DELETE if delete else Rows.ARCHIVE
    engine = installation.engine()
    with phases():
        unfinished = finish_removals(engine, installation.archives, wait=wait)
    if unfinished is not None and set(names) <= set(unfinished.parts):
        _say_where(unfinished)
        return
    if plan_hash is None or plan_only or as_json:
        show(plan_remove(engine, names, rows=rows), as_json)
        return
    with phases():
        done = remove_addons(
            engine,
            names,
            plan_hash,
            installation.archives,
            wait=wait,
            force=force,
            rows=rows,
            accept_breaking=accept_breaking,
        )
    click.echo(f"Removed {', '.join(done.parts)}. Generation {done.number} holds now.")
    _say_where(done)


def _say_where(done: Removed) -> None:
    if done.archive is not None:
        click.echo(f"Archive: {done.archive.folder}")
    else:
        kept = done.rows is Rows.KEEP
        click.echo("The rows are kept in the database." if kept else "The rows are deleted.")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@planned
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The archive's folder; without it, the newest that has the add-on, or what is kept.",
)
@click.option("--without", multiple=True, metavar="BRIDGE", help="Begin this bridge empty.")
@click.option(
    "--orphans",
    type=click.Choice(["refuse", "reject-file"]),
    default="refuse",
    show_default=True,
    help="What to do about rows whose records are gone: restore nothing, or leave them out and "
    "write them to files.",
)
@about_installation
def restore(
    installation: Installation,
    names: tuple[str, ...],
    plan_only: bool,
    as_json: bool,
    plan_hash: str | None,
    accept_breaking: bool,
    archive: Path | None,
    without: tuple[str, ...],
    orphans: str,
    wait: float,
    force: bool,
) -> None:
    """Install removed add-ons again, with the rows that they had."""
    engine = installation.engine()
    policy = Orphans(orphans.upper().replace("-", "_"))
    wanted = Wanted(names, installation.archives, archive, without, policy)
    if plan_only or as_json:
        show(plan_restore(engine, wanted), as_json)
        return
    with engine.connect() as connection:
        looks = plan_hash is not None or (not accept_breaking and registered(connection))

    def agreed() -> None:
        if looks:
            plan_restore(engine, wanted).check(plan_hash, accept_breaking=accept_breaking)

    with phases():
        done = restore_addons(
            engine,
            names,
            installation.archives,
            archive=archive,
            without=without,
            orphans=policy,
            wait=wait,
            force=force,
            agreed=agreed,
        )
    _say_what_came_back(done)


def _say_what_came_back(done: Restored) -> None:
    for folder in done.skipped:
        click.echo(f"Skipped {folder}: it is damaged, or no archive.", err=True)
    for part, rows in done.rows.items():
        click.echo(f"Restored {part}: {rows} rows.")
    for table, count in done.count("left out").items():
        click.echo(f"Left out {count} rows of {table}: what they refer to is gone.")
    for column, count in done.count("emptied").items():
        click.echo(f"Emptied {column} in {count} rows: what it referred to is gone.")
    if done.rejects is not None:
        click.echo(f"What was left out is in {done.rejects}")
    for part in done.empty:
        click.echo(f"Joined {' and '.join(part.split('__'))} again, without rows.")
    for folder in done.archives:
        click.echo(f"From {folder}")
    click.echo(f"Generation {done.number} holds now.")
