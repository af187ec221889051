"""`dougong user`: who may sign in, and with which roles."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any

import click
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_new
from sqlalchemy.exc import IntegrityError

from dougong.access.reach import role_holder
from dougong.access.users import User
from dougong.addons.installed import load_generation
from dougong.builtin.organisation.entities import CustomRole, RoleAssignment
from dougong.builtin.sign_in import second_factor
from dougong.builtin.sign_in.administering import new_link
from dougong.builtin.sign_in.passwords import end_tokens, set_password
from dougong.cli.addons import aligned
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError
from dougong.generation import Generation

ADMINISTRATOR = "dougong.administrator"
_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of the input."
)
_user = User.__table__
_assigned = RoleAssignment.__table__
_made = CustomRole.__table__


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
@click.option("--administrator", is_flag=True, help=f"The same as --role {ADMINISTRATOR}.")
@click.option("--no-password", is_flag=True, help="The person signs in by another provider.")
@_stdin
@about_installation
def add(
    installation: Installation,
    email: str,
    name: str | None,
    roles: tuple[str, ...],
    administrator: bool,
    no_password: bool,
    password_stdin: bool,
) -> None:
    """Add a person who signs in as EMAIL.

    The password is asked for on a terminal, or read from the input with --password-stdin, or taken
    from DOUGONG_PASSWORD; else a random one is made and printed.
    """
    engine = installation.engine()
    generation = load_generation(engine)
    roles += (ADMINISTRATOR,) if administrator else ()
    password = None if no_password else given_password(from_stdin=password_stdin)
    chosen = None if no_password else password or secrets.token_urlsafe(12)
    with engine.begin() as connection:
        add_user(connection, generation, email=email, name=name, roles=roles, password=chosen)
    click.echo(f"Added {email.strip().lower()}.")
    if chosen and not password:
        click.echo(f"Password: {chosen}")


def given_password(*, from_stdin: bool) -> str | None:
    """The password that somebody gives, by a way that no list of processes shows; None: none."""
    if from_stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise SetupError("The input has no password.", fix="write it into the first line.")
        return line
    if os.environ.get("DOUGONG_PASSWORD") or not sys.stdin.isatty():
        return os.environ.get("DOUGONG_PASSWORD") or None
    said = "Password (empty: one is made)"
    asked = click.prompt(said, "", hide_input=True, confirmation_prompt=True, show_default=False)
    return str(asked) or None


@user.command()
@about_installation
def roles(installation: Installation) -> None:
    """List the roles of what is installed, and those that the company made."""
    engine = installation.engine()
    found = {name: role.description for name, role in load_generation(engine).access.roles.items()}
    with engine.connect() as connection:
        found.update(_custom_roles(connection))
    for line in aligned([[name, found[name]] for name in sorted(found)]):
        click.echo(line)


def _custom_roles(connection: Connection) -> dict[str, str]:
    """The names and descriptions of the roles that the company made."""
    made = connection.execute(select(_made.c.name, _made.c.description))
    return {str(name): str(description) for name, description in made}


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
@_stdin
def password_(connection: Connection, user_id: int, password_stdin: bool) -> str:
    """Set another password for EMAIL; where the person is signed in, that ends.

    It is given in the same ways as for `dougong user add`.
    """
    password = given_password(from_stdin=password_stdin)
    chosen = password or secrets.token_urlsafe(12)
    set_password(connection, user_id, chosen)
    end_tokens(connection, user_id)
    return "has another password." + ("" if password else f"\nPassword: {chosen}")


@user.command("reset-password")
@_about_person
def reset_password(connection: Connection, user_id: int) -> str:
    """Make a link with which EMAIL chooses a password, once, within a day."""
    link, _ = new_link(connection, user_id, datetime.now(UTC))
    return f"chooses a password with this link, once, within a day:\n{link}"


@user.command("end-sessions")
@_about_person
def end_sessions(connection: Connection, user_id: int) -> str:
    """End all sessions and keys of EMAIL."""
    return f"is signed out: {end_tokens(connection, user_id)} session(s) and key(s) ended."


@user.command("remove-second-factor")
@_about_person
def remove_second_factor(connection: Connection, user_id: int) -> str:
    """Let EMAIL, who has lost authenticator and recovery codes, sign in without."""
    second_factor.remove(connection, user_id)
    end_tokens(connection, user_id, kind="SESSION")
    return "signs in without a second factor now."


def _set_active(connection: Connection, user_id: int, active: bool) -> None:
    """Let a user sign in, or not; in both cases, not with a token from before."""
    connection.execute(
        update(_user)
        .where(_user.c.id == user_id, _user.c.active != active)
        .values(active=active, version=_user.c.version + 1, updated_at=func.now())
    )
    end_tokens(connection, user_id)


def add_user(
    connection: Connection,
    generation: Generation,
    *,
    email: str,
    name: str | None,
    roles: Sequence[str],
    password: str | None,
) -> int:
    """Add a user with roles and, unless it is None, a password; returns the user's id.

    Raises SetupError for an unknown role or an address that somebody has, Invalid for a password
    that is not good enough.
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
    if password is not None:
        set_password(connection, user_id, password)
    return int(user_id)


def _give(
    connection: Connection, generation: Generation, user_id: int, roles: Sequence[str]
) -> None:
    """Give roles, also some that the user has already.

    Raises SetupError for an unknown one, and for one that everybody holds.
    """
    shipped = generation.access.roles
    known = {name for name, role in shipped.items() if not role.implied}
    if roles:
        known |= _custom_roles(connection).keys()
    if implied := [role for role in roles if role in shipped and shipped[role].implied]:
        raise SetupError(
            f"Everybody who has signed in holds {', '.join(implied)} already.",
            fix="leave it out.",
        )
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise SetupError(
            f"There is no role {', '.join(unknown)}; there are {', '.join(sorted(known))}.",
            fix="check the spelling, or install the add-on that brings it.",
        )
    if roles:
        rows = [{"user_id": user_id, "role": role} for role in roles]
        connection.execute(insert_new(_assigned).on_conflict_do_nothing(), rows)
