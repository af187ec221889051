"""`dougong migration`: the next revision of an add-on's tables."""

from __future__ import annotations

import click

from dougong.addons.discovery import parts_of
from dougong.addons.rehearsal import with_needs
from dougong.addons.revisions import write_revision
from dougong.cli.installation import Installation, about_installation
from dougong.db.naming import CORE


@click.command()
@click.argument("addon")
@click.argument("what")
@about_installation
def migration(installation: Installation, addon: str, what: str) -> None:
    """Write the next revision of ADDON (or of a bridge: inventory__sales_order).

    WHAT says in a few words what changes, for example "leads have a source". The entities are
    compared with what the existing revisions make; the database itself is not changed.
    """
    names = () if addon == CORE else with_needs(addon.split("__"))
    file = write_revision(installation.bare_engine(), parts_of(names), addon, what)
    if file is None:
        click.echo(f"Nothing to write: the revisions of {addon} make what its entities need.")
        return
    click.echo(
        f"Wrote {file}. Read it, then run: dougong install {addon.split('__', maxsplit=1)[0]}"
    )
