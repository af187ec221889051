"""`dougong diagram`: a workflow as a picture."""

from __future__ import annotations

import click

from dougong.addons.installed import load_generation
from dougong.builtin.workflows.diagram import mermaid, picture_of, workflow_named
from dougong.builtin.workflows.drawing import svg
from dougong.cli.installation import Installation, about_installation

FORMATS = {"mermaid": mermaid, "svg": svg}


@click.command()
@click.argument("name")
@click.option(
    "--format",
    "kind",
    type=click.Choice(sorted(FORMATS)),
    default="mermaid",
    show_default=True,
    help="Mermaid's language, or a picture.",
)
@about_installation
def diagram(installation: Installation, name: str, kind: str) -> None:
    """Draw the workflow of an entity, such as crm.lead: its states and the steps between them.

    Steps that other installed add-ons bring to it are drawn too.
    """
    generation = load_generation(installation.engine())
    flow = workflow_named(generation, name)
    click.echo(FORMATS[kind](picture_of(flow, generation.steps_of(flow.entity))), nl=False)
