"""`dougong export`: a list of records into a CSV or XLSX file."""

from __future__ import annotations

from pathlib import Path

import click

from dougong.builtin.import_export.labels import ENGLISH
from dougong.builtin.language.languages import LANGUAGES
from dougong.cli.installation import Installation, about_installation


@click.command()
@click.argument("entity")
@click.option(
    "--to",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file: .csv or .xlsx.",
)
@click.option("--as", "email", required=True, help="The user whose rights hold.")
@click.option("--where", default="", help="As in the API: '{stage: {in: [NEW]}}'.")
@click.option("--order", default="", help="As orderBy in the API: '[{name: ASC}]'.")
@click.option("--columns", default="", help="Fields: name,customer.code; else all for an import.")
@click.option("--history", is_flag=True, help="All columns that an import --history takes.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=ENGLISH,
    show_default=True,
    help="In which columns and choices are named.",
)
@about_installation
def export(
    installation: Installation,
    entity: str,
    path: Path,
    email: str,
    where: str,
    order: str,
    columns: str,
    history: bool,
    language: str,
) -> None:
    """Write the records of an ENTITY that a person may see into a file, which can be imported."""
    from dougong.access.lookup import principal_named
    from dougong.addons.installed import load_generation
    from dougong.builtin.import_export.exporting import Asked, export_file

    engine = installation.engine()
    generation = load_generation(engine)
    who = principal_named(engine, email)
    named = tuple(one.strip() for one in columns.split(",") if one.strip())
    asked = Asked(entity, where, order, named, history, language)
    done = export_file(engine, generation, who, asked, path)
    click.echo(f"Exported {done.rows} {entity} records to {path} (SHA-256 {done.sha256}).")
