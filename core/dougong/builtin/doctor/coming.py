"""What the company changed in roles, told where new code comes in: an upgrade, an install, a start."""

from __future__ import annotations

import click
from sqlalchemy import Engine

from dougong.addons.installed import load_generation
from dougong.builtin.doctor.rights import examine_roles
from dougong.errors import SetupError
from dougong.generation import Generation


def say_changed_roles(engine: Engine, generation: Generation | None = None) -> None:
    """Print what the doctor finds of changed roles under the code that is there now.

    Without a generation it is put together; where the code does not fit, others say so.
    """
    try:
        found = generation or load_generation(engine)
    except SetupError:
        return
    with engine.connect() as connection:
        for finding in examine_roles(connection, found):
            click.echo(str(finding), err=True)
