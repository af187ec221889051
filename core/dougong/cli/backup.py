"""`dougong backup` and `dougong recover`: a whole installation, put away and brought back."""

from __future__ import annotations

from pathlib import Path

import click

from dougong.cli.installation import Installation, about_installation


@click.command()
@click.argument("target", type=click.Path(path_type=Path), metavar="FILE|FOLDER")
@about_installation
def backup(installation: Installation, target: Path) -> None:
    """Write all rows, archives and files to a new folder, or to a file that ends in .tar.

    Servers go on serving. It is one moment's: what is written while it runs is not in it.
    """
    from dougong.builtin.backup.writing import write_backup
    from dougong.builtin.files.settings import settings

    done = write_backup(installation.engine(), installation.home, target)
    what = f"{done.rows} rows of {len(done.archive.parts)} parts, {done.files} files"
    click.echo(f"Wrote {target}: {what}. Code and configuration are not in it.")
    if not (known := settings()).in_home:
        click.echo(f"The bytes of uploaded files are not in it: back up {known.place}, too.")


@click.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="FILE|FOLDER")
@about_installation
def recover(installation: Installation, source: Path) -> None:
    """Bring a backup back into an empty database, on any server."""
    from dougong.builtin.backup.recovering import recover as recover_from

    done = recover_from(installation.bare_engine(), installation.home, source)
    click.echo(
        f"Recovered {done.rows} rows of {len(done.archive.parts)} parts, {done.files} files."
    )
