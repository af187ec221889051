"""`dougong user`: who may sign in, and with which roles."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.exc import IntegrityError

from dougong.access.passwords import set_password
from dougong.access.reach import role_holder
from dougong.access.users import User, token
from dougong.addons.installed import load_generation
from dougong.builtin.organisation.entities import RoleAssignment
from dougong.cli.addons import aligned
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError
from dougong.generation import Generation

_password = click.option(
    "--password",
    envvar="DOUGONG_PASSWORD",
    help="Better not on a command line: without it, a random one is made and printed.",
)
_user = User.__table__
_assigned = RoleAssignment.__table__


def _about_person(command: Callable[..., str]) -> Callable[..., None]:
    """Give a command the argument EMAIL, and a transaction and the user's id as arguments.

    What it returns is printed. Raises SetupError when nobody has the address.
    """

    @click.argument("email")
    @about_installation
    @wraps(command)
    def about(installation: Installation, email: str, **options: Any) -> None:
        engine, address = installation.engine(), email.strip().lower()
        found = select(_user.c.id).where(_user.c.email == address).with_for_update()
        with engine.begin() as connection:
            user_id = connection.scalars(found).one_or_none()
            if user_id is None:
                raise SetupError(
                    f"There is no user {address}.",
                    fix="check the address: `dougong user list` has them all.",
                )
            said = command(connection, user_id, **options)
        click.echo(f"{address} {said}")

    return about


_roles = click.argument("roles", nargs=-1, required=True, metavar="ROLE...")


@click.group()
def user() -> None:
    """Say who may sign in, with which roles, and see which roles there are."""


@user.command()
@click.argument("email")
@click.option("--name", help="What colleagues call the person; without it, the address's name.")
@click.option("--role", "roles", multiple=True, help="A role; can be given several times.")
@_password
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
    for line in aligned([[name, found[name].description] for name in sorted(found)]):
        click.echo(line)


@user.command("list")
@about_installation
def list_(installation: Installation) -> None:
    """List the people, whether they may sign in, and their roles."""
    held = select(func.string_agg(role_holder.c.role, " ")).where(
        role_holder.c.user_id == _user.c.id
    )
    people = select(_user.c.email, _user.c.name, _user.c.active, held.scalar_subquery())
    with installation.engine().connect() as connection:
        found = connection.execute(people.order_by(_user.c.email)).all()
    table = [["EMAIL", "NAME", "ACTIVE", "ROLES"]]
    for email, name, active, roles in found:
        table.append(
            [
                email,
                name,
                "yes" if active else "no",
                ", ".join(sorted(roles.split())) if roles else "-",
            ]
        )
    for line in aligned(table):
        click.echo(line)


@user.command()
@_about_person
def deactivate(connection: Connection, user_id: int) -> str:
    """Keep EMAIL out: no signing in, and where the person is signed in, that ends."""
    _set_active(connection, user_id, False)
    return "may not sign in any more."


@user.command()
@_about_person
def activate(connection: Connection, user_id: int) -> str:
    """Let EMAIL sign in again."""
    _set_active(connection, user_id, True)
    return "may sign in."


@user.command()
@_about_person
@_roles
def grant(connection: Connection, user_id: int, roles: tuple[str, ...]) -> str:
    """Give EMAIL roles."""
    _give(connection, load_generation(connection.engine), user_id, roles)
    return f"has {', '.join(roles)} now."


@user.command()
@_about_person
@_roles
def take(connection: Connection, user_id: int, roles: tuple[str, ...]) -> str:
    """Take roles away from EMAIL, also roles of add-ons that were removed."""
    mine = _assigned.c.user_id == user_id
    held = connection.scalars(select(_assigned.c.role).where(mine).distinct()).all()
    missing = [role for role in roles if role not in held]
    if missing:
        raise SetupError(
            f"There is no role {', '.join(missing)} to take; "
            f"those held are: {', '.join(sorted(held)) or 'none'}.",
            fix="check the spelling.",
        )
    connection.execute(delete(_assigned).where(mine, _assigned.c.role.in_(roles)))
    return f"does not have {', '.join(roles)} any more."


@user.command("password")
@_about_person
@_password
def password_(connection: Connection, user_id: int, password: str | None) -> str:
    """Set another password for EMAIL; where the person is signed in, that ends."""
    chosen = password or secrets.token_urlsafe(12)
    set_password(connection, user_id, chosen)
    _revoke_tokens(connection, user_id)
    return "has another password." + ("" if password else f"\nPassword: {chosen}")


def _set_active(connection: Connection, user_id: int, active: bool) -> None:
    """Let a user sign in, or not; in both cases, not with a token from before."""
    connection.execute(
        update(_user)
        .where(_user.c.id == user_id, _user.c.active != active)
        .values(active=active, version=_user.c.version + 1, updated_at=func.now())
    )
    _revoke_tokens(connection, user_id)


def _revoke_tokens(connection: Connection, user_id: int) -> None:
    valid = update(token).where(token.c.user_id == user_id, token.c.revoked_at.is_(None))
    connection.execute(valid.values(revoked_at=func.now()))


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
    _give(connection, generation, user_id, roles)
    set_password(connection, user_id, password)
    return int(user_id)


def _give(
    connection: Connection, generation: Generation, user_id: int, roles: Sequence[str]
) -> None:
    """Give roles, also some that the user has already; raises SetupError for an unknown one."""
    known = generation.access.roles
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise SetupError(
            f"There is no role {', '.join(unknown)}; there are {', '.join(sorted(known))}.",
            fix="check the spelling, or install the add-on that brings it.",
        )
    if roles:
        rows = [{"user_id": user_id, "role": role} for role in roles]
        connection.execute(insert_new(_assigned).on_conflict_do_nothing(), rows)
