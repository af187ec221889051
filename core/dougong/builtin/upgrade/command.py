"""`dougong upgrade`: bring the tables of installed add-ons to what their new code needs."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from dougong.addons.discovery import parts_of
from dougong.addons.install import install
from dougong.addons.manifest import Part
from dougong.addons.migrations import behind, current, head
from dougong.addons.state import PartState, recorded_parts
from dougong.builtin.doctor.coming import say_changed_roles
from dougong.builtin.doctor.findings import Weight
from dougong.builtin.upgrade.statements import examine
from dougong.cli.installation import Installation, about_installation
from dougong.cli.planned import phases
from dougong.db.naming import host_of
from dougong.errors import SetupError


@click.command()
@click.argument("names", nargs=-1, metavar="[ADDON...]")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would happen, and do nothing.")
@click.option("--anyway", is_flag=True, help="Also if it blocks others or breaks older code.")
@about_installation
def upgrade(
    installation: Installation, names: tuple[str, ...], plan_only: bool, anyway: bool
) -> None:
    """Upgrade the tables of add-ons (default: all) whose code is newer, while servers go on.

    Servers with the older code must still work with the new tables: each revision is looked
    through for statements that would break or block them. Then restart the servers one by one.
    What the company changed in roles is never overwritten; where the new code ships something else
    there, it is said first.
    """
    engine = installation.engine()
    late = parts_behind(engine, names)
    say_changed_roles(engine)
    if not late:
        click.echo("Nothing to do: all tables are as their code needs them.")
        return
    with engine.connect() as connection:
        found = [one for part in late for one in examine(connection, part)]
        for part in late:
            at, to = current(connection, part.name) or "nothing", head(part)
            click.echo(f"{part.name} {part.version}: tables from {at} to {to}.")
    click.echo("".join(f"{one}\n" for one in found), nl=False)
    if plan_only:
        return
    if any(one.weight is Weight.ERROR for one in found) and not anyway:
        raise SetupError(
            "Nothing was changed: servers that run now would be disturbed.",
            fix="do what is said above, or stop them and add --anyway.",
        )
    with phases():
        done = install(engine, dict.fromkeys(host_of(part.name) for part in late))
    click.echo(f"Generation {done.number} holds now. Restart the servers one by one.")


def parts_behind(engine: Engine, names: tuple[str, ...]) -> list[Part]:
    """The installed parts of these add-ons (none: all) whose code has revisions to be run.

    Raises SetupError for an add-on that is not installed.
    """
    with engine.connect() as connection:
        recorded = recorded_parts(connection, PartState.INSTALLED)
        unknown = [name for name in names if name not in recorded]
        if unknown:
            raise SetupError(
                f"Add-on {', '.join(unknown)} is not installed.",
                fix=f"install it: dougong install {' '.join(unknown)}.",
            )
        parts = parts_of(name for name, part in recorded.items() if not part.is_bridge)
        ours = [one for one in parts if one.name in recorded]
        some = [one for one in ours if not names or host_of(one.name) in names]
        return behind(connection, some)
