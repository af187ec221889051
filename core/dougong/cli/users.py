"""`dougong user`: who may sign in, and with which roles."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import click
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from dougong.access.passwords import set_password
from dougong.access.users import User, role_holder
from dougong.addons.installed import load_generation
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError
from dougong.generation import Generation


@click.group()
def user() -> None:
    """Add people who may sign in, and see which roles there are."""


@user.command()
@click.argument("email")
@click.option("--name", help="What colleagues call the person; without it, the address's name.")
@click.option("--role", "roles", multiple=True, help="A role; can be given several times.")
@click.option(
    "--password",
    envvar="DOUGONG_PASSWORD",
    help="Better not on a command line: without it, a random one is made and printed.",
)
@about_installation
def add(
    installation: Installation,
    email: str,
    name: str | None,
    roles: tuple[str, ...],
    password: str | None,
) -> None:
    """Add a person who signs in as EMAIL."""
    engine = installation.engine()
    generation = load_generation(engine)
    chosen = password or secrets.token_urlsafe(12)
    with engine.begin() as connection:
        add_user(connection, generation, email=email, name=name, roles=roles, password=chosen)
    click.echo(f"Added {email.strip().lower()}.")
    if password is None:
        click.echo(f"Password: {chosen}")


@user.command()
@about_installation
def roles(installation: Installation) -> None:
    """List the roles of what is installed."""
    found = load_generation(installation.engine()).access.roles
    width = max(map(len, found), default=0)
    for name in sorted(found):
        click.echo(f"{name.ljust(width)}  {found[name].description}")


def add_user(
    connection: Connection,
    generation: Generation,
    *,
    email: str,
    name: str | None,
    roles: Sequence[str],
    password: str,
) -> int:
    """Add a user with roles and a password; returns the user's id.

    Raises SetupError for an unknown role or an address that somebody has, Invalid for a password
    that is too short.
    """
    address = email.strip().lower()
    known = generation.access.roles
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise SetupError(
            f"There is no role {', '.join(unknown)}; there are {', '.join(sorted(known))}.",
            fix="check the spelling, or install the add-on that brings it.",
        )
    if "@" not in address[1:-1]:
        raise SetupError(
            f"“{email}” is not an e-mail address.", fix="write it as somebody@company.example."
        )
    row = {"email": address, "name": name or address.split("@", maxsplit=1)[0]}
    try:
        with connection.begin_nested():
            user_id = connection.execute(
                insert(User.__table__).values(row).returning(User.__table__.c.id)
            ).scalar_one()
    except IntegrityError as problem:
        raise SetupError(
            f"There is a user {address} already.", fix="choose another address."
        ) from problem
    if roles:
        rows = [{"user_id": user_id, "role": role} for role in dict.fromkeys(roles)]
        connection.execute(insert(role_holder), rows)
    set_password(connection, user_id, password)
    return int(user_id)
