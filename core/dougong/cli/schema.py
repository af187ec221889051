"""`dougong schema`: the API as text."""

from __future__ import annotations

import click
from graphql import lexicographic_sort_schema, print_schema

from dougong.addons.discovery import parts_of
from dougong.addons.installed import load_generation
from dougong.addons.rehearsal import with_needs
from dougong.builtin.life_cycle.api_difference import added_sdl
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError
from dougong.generation import Generation


@click.command()
@click.option(
    "--addon",
    metavar="NAME",
    help="Print only what this add-on (or bridge: inventory__sales_order) adds, installed or not.",
)
@about_installation
def schema(installation: Installation, addon: str | None) -> None:
    """Print the GraphQL schema of what is installed."""
    if addon is not None:
        click.echo(sdl_added_by(addon), nl=False)
        return
    composed = load_generation(installation.engine()).schema
    click.echo(print_schema(lexicographic_sort_schema(composed)))


def sdl_added_by(name: str) -> str:
    """What an add-on adds to the API of what it needs, or a bridge to that of its two sides.

    Raises SetupError when there is no such add-on or bridge.
    """
    parts = parts_of(with_needs(name.split("__")))
    if name not in {part.name for part in parts}:
        raise SetupError(
            f"There is no bridge “{name}”.",
            fix="name an add-on, or a bridge as host__other; `dougong addons` lists both.",
        )
    base = [part for part in parts if part.name != name and not part.is_bridge]
    whole = [part for part in parts if part in base or part.name == name]
    return added_sdl(Generation(0, base).schema, Generation(0, whole).schema)
