"""`dougong doctor`: what is wrong here, and what is worth knowing."""

from __future__ import annotations

import json

import click

from dougong.cli.installation import Installation, about_installation


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@about_installation
def doctor(installation: Installation, as_json: bool) -> None:
    """Look for what is wrong; each finding says what to do. Exit code 1 if there are errors."""
    from dougong.builtin.doctor.examining import examine

    found = examine(installation.engine())
    if as_json:
        click.echo(json.dumps([one.as_json() for one in found], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(map(str, found)) or "Nothing was found.")
    click.get_current_context().exit(any(one.weight == "error" for one in found))
