"""`dougong remove` and `dougong restore`: taking an add-on out, and bringing it back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dougong.addons.plans import RemovePlan, plan_remove
from dougong.addons.remove import finish_removals
from dougong.addons.remove import remove as remove_addons
from dougong.addons.restore import restore as restore_addons
from dougong.addons.workers import WAIT
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
@click.option("--force", is_flag=True, help="End the servers that do not.")
@about_installation
def remove(
    installation: Installation,
    names: tuple[str, ...],
    plan_only: bool,
    plan_hash: str | None,
    wait: float,
    force: bool,
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
    done = remove_addons(engine, names, plan_hash, installation.archives, wait=wait, force=force)
    click.echo(f"Removed {', '.join(done.parts)}. Generation {done.number} holds now.")
    click.echo(f"Archive: {done.archive.folder}")


def in_words(plan: RemovePlan) -> Iterator[str]:
    """The plan as lines to read."""
    yield f"Removing {', '.join(plan.asked)} (generation {plan.generation} holds now):"
    for part in plan.parts:
        why = "" if part.why == "asked for" else f", because {part.why}"
        yield f"  {part.name} {part.version}{why}"
        for table, count in part.tables.items():
            yield f"    {part.name}.{table}: {count} rows"
    if not plan.api_is_known:
        yield "What the API loses is not known: the code is gone, or cannot be imported."
    types = [name for name in plan.vanishing if "." not in name]
    if types:
        yield f"The API loses {len(types)} types: {', '.join(types)}"
    fields: dict[str, list[str]] = {}
    for name in plan.vanishing:
        owner, _, field = name.partition(".")
        if field and owner not in plan.vanishing:
            fields.setdefault(owner, []).append(field)
    for owner, lost in fields.items():
        yield f"{owner} loses {', '.join(lost)}"
    yield from (change for change in plan.breaking if not change.endswith("was removed."))
    yield "All rows are archived first and can be restored."


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@click.option(
    "--archive",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The archive's folder; without it, the newest that has the add-on.",
)
@click.option("--without", multiple=True, metavar="BRIDGE", help="Begin this bridge empty.")
@click.option("--drop-orphans", is_flag=True, help="Leave out rows whose records are gone.")
@about_installation
def restore(installation: Installation, names: tuple[str, ...], **options: Any) -> None:
    """Install removed add-ons again, with the rows that they had."""
    done = restore_addons(installation.engine(), names, installation.archives, **options)
    for folder in done.skipped:
        click.echo(f"Skipped {folder}: it is damaged, or no archive.", err=True)
    for part, rows in done.rows.items():
        click.echo(f"Restored {part}: {rows} rows.")
    for table, count in done.left_out.items():
        click.echo(f"Left out {count} rows of {table}: what they refer to is gone.")
    for column, count in done.emptied.items():
        click.echo(f"Emptied {column} in {count} rows: what it referred to is gone.")
    for part in done.empty:
        click.echo(f"Joined {' and '.join(part.split('__'))} again, without rows.")
    for folder in done.archives:
        click.echo(f"From {folder}")
    click.echo(f"Generation {done.number} holds now.")
