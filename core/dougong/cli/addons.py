"""`dougong addons` and `dougong install`: what there is, and having it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from dougong.addons.coming import plan_install
from dougong.addons.install import install as install_addons
from dougong.addons.manifest import Part
from dougong.builtin.doctor.coming import say_changed_roles
from dougong.builtin.life_cycle.listing import ListedAddOn, listing
from dougong.builtin.trusted_documents import registered
from dougong.cli.installation import Installation, about_installation
from dougong.cli.planned import phases, planned, show


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@about_installation
def addons(installation: Installation, as_json: bool) -> None:
    """List the add-ons that are installed, those that could be, and those that were."""
    found = listing(installation.engine(), installation.archives)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    table = [["ADD-ON", "VERSION", "INSTALLED", "NEEDS", "BRIDGES TO", "TITLE"]]
    for one in found:
        needs, bridges = (", ".join(names) or "-" for names in (one.needs, one.bridges))
        title = one.title
        if one.problem and one.version == "broken":
            title = f"{title} ({one.problem})".strip()
        table.append([one.name, one.version, _installed(one), needs, bridges, title])
    for line in aligned(table):
        click.echo(line)


def _installed(one: ListedAddOn) -> str:
    """The version that is installed, or since when it is away."""
    if one.installed is None and one.past:
        return f"{one.state.lower()} {one.past[0].since[:10]}"
    return one.installed or "-"


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table as lines, columns below each other."""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="ADDON...")
@planned
@about_installation
def install(
    installation: Installation,
    names: tuple[str, ...],
    plan_only: bool,
    as_json: bool,
    plan_hash: str | None,
    accept_breaking: bool,
    wait: float,
    force: bool,
) -> None:
    """Install add-ons with all that they need; running servers take them up by themselves."""
    engine = installation.engine()
    if plan_only or as_json:
        show(plan_install(engine, names), as_json)
        say_changed_roles(engine)
        return
    with engine.connect() as connection:
        looks = plan_hash is not None or (not accept_breaking and registered(connection))

    def agreed() -> None:
        if looks:
            plan_install(engine, names).check(plan_hash, accept_breaking=accept_breaking)

    with phases():
        done = install_addons(engine, names, wait=wait, force=force, agreed=agreed)
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
    say_changed_roles(engine)
    if done.number is None:
        click.echo(f"Nothing to do: {', '.join(names)} installed already.")
    else:
        click.echo(f"Generation {done.number} holds now.")


def _named(part: Part) -> str:
    return f"{part.name} {part.version} ({part.title})"
