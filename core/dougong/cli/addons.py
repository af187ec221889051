"""`dougong addons` and `dougong install`: what there is, and having it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from dougong.addons.discovery import Points, available, manifest_of
from dougong.addons.install import install as install_addons
from dougong.addons.manifest import Part
from dougong.addons.state import RecordedPart, recorded_parts
from dougong.addons.workers import WAIT
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@about_installation
def addons(installation: Installation, as_json: bool) -> None:
    """List the add-ons that are installed, and those that could be."""
    with installation.engine().connect() as connection:
        recorded = recorded_parts(connection)
    among = available()
    names = sorted(among.keys() | {n for n, part in recorded.items() if not part.is_bridge})
    rows = [_row(name, recorded, among) for name in names]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = [["ADD-ON", "VERSION", "INSTALLED", "NEEDS", "BRIDGES TO", "TITLE"]]
    for row in rows:
        needs, bridges = (", ".join(row[key]) or "-" for key in ("needs", "bridges"))
        table.append(
            [row["name"], row["version"], row["installed"] or "-", needs, bridges, row["title"]]
        )
    for line in aligned(table):
        click.echo(line)


def _row(name: str, recorded: dict[str, RecordedPart], among: Points) -> dict[str, Any]:
    part = recorded.get(name)
    row: dict[str, Any] = {
        "name": name,
        "title": part.title if part else "",
        "version": "",
        "installed": part.version if part else None,
        "state": part.state if part else None,
        "needs": list(part.needs) if part else [],
        "bridges": [],
        "active_bridges": [n for n, one in recorded.items() if one.is_bridge and name in one.needs],
    }
    try:
        manifest, point = manifest_of(name, among)
    except SetupError as problem:
        there = name in among
        return row | {
            "version": "broken" if there else "gone",
            "problem": str(problem),
            "title": f"{row['title']} ({problem})".strip() if there else row["title"],
        }
    return row | {
        "title": manifest.title,
        "version": point.dist.version if point.dist else "0",
        "needs": list(manifest.needs),
        "bridges": list(manifest.bridges),
    }


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table as lines, columns below each other."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@click.option(
    "--wait",
    default=WAIT,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for every running server.",
)
@click.option("--force", is_flag=True, help="End the servers that cannot go along.")
@about_installation
def install(installation: Installation, names: tuple[str, ...], wait: float, force: bool) -> None:
    """Install add-ons with all that they need; running servers take them up by themselves."""
    done = install_addons(installation.engine(), names, wait=wait, force=force)
    for part in done.asked:
        click.echo(f"Installed {_named(part)}.")
    for part in done.needed:
        click.echo(f"Installed {_named(part)}, because it is needed.")
    for part in done.bridges:
        click.echo(f"Joined {' and '.join(part.needs)}: {part.title}.")
    for part in done.upgraded:
        click.echo(f"Brought the tables of {part.name} up to its code.")
    for part in done.parts:
        for right in part.may:
            click.echo(f"{part.name} may {right}.")
    for late in done.late:
        click.echo(f"It is not served yet by {late}.", err=True)
    if done.number is None:
        click.echo(f"Nothing to do: {', '.join(names)} installed already.")
    else:
        click.echo(f"Generation {done.number} holds now.")


def _named(part: Part) -> str:
    return f"{part.name} {part.version} ({part.title})"
