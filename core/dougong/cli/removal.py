"""`dougong remove` and `dougong restore`: taking an add-on out, and bringing it back as it was."""

from __future__ import annotations

from pathlib import Path

import click

from dougong.addons.plans import in_words, plan_remove
from dougong.addons.remove import WAIT, finish_removals
from dougong.addons.remove import remove as remove_addons
from dougong.addons.restore import restore as restore_addons
from dougong.cli.installation import Installation, about_installation


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would happen (the default).")
@click.option("--apply", "plan_hash", metavar="HASH", help="Carry out the plan with this hash.")
@click.option(
    "--wait",
    default=WAIT,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait until every running server serves without it.",
)
@about_installation
def remove(
    installation: Installation,
    names: tuple[str, ...],
    plan_only: bool,
    plan_hash: str | None,
    wait: float,
) -> None:
    """Remove add-ons: print the plan, then, with --apply, archive their rows and drop their tables."""
    engine = installation.engine()
    unfinished = finish_removals(engine, installation.archives, wait=wait)
    if unfinished is not None and set(names) <= set(unfinished.parts):
        click.echo(f"Archive: {unfinished.archive.folder}")
        return
    if plan_hash is None or plan_only:
        plan = plan_remove(engine, names)
        for line in in_words(plan):
            click.echo(line)
        click.echo(f"To do it: dougong remove {' '.join(plan.asked)} --apply {plan.hash}")
        return
    done = remove_addons(engine, names, plan_hash, installation.archives, wait=wait)
    click.echo(f"Removed {', '.join(done.parts)}. Generation {done.number} holds now.")
    click.echo(f"Archive: {done.archive.folder}")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The archive's folder; without it, the newest that has the add-on.",
)
@click.option("--without", multiple=True, metavar="BRIDGE", help="Begin this bridge empty.")
@about_installation
def restore(
    installation: Installation,
    names: tuple[str, ...],
    archive: Path | None,
    without: tuple[str, ...],
) -> None:
    """Install removed add-ons again, with the rows that they had."""
    done = restore_addons(
        installation.engine(), names, installation.archives, archive=archive, without=without
    )
    for part, rows in done.rows.items():
        click.echo(f"Restored {part}: {rows} rows.")
    for part in done.empty:
        click.echo(f"Joined {' and '.join(part.split('__'))} again, without rows.")
    for folder in done.archives:
        click.echo(f"From {folder}")
    click.echo(f"Generation {done.number} holds now.")
