"""`dougong demo`: a whole company to look at, from a folder that describes it."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, select

from dougong.access.users import User
from dougong.builtin.import_export.command import run_import
from dougong.builtin.import_export.run import How
from dougong.builtin.sign_in.commands import add_user
from dougong.builtin.sign_in.passwords import set_password
from dougong.cli.installation import Installation, about_installation
from dougong.cli.serving import listen, run, serving_engine
from dougong.errors import SetupError
from dougong.generation import Generation


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--port",
    default=8000,
    type=click.IntRange(0, 65535),
    envvar="DOUGONG_PORT",
    show_default=True,
)
@click.option("--serve/--no-serve", default=True, help="Serve it when it is set up.")
@about_installation
def demo(installation: Installation, folder: Path, port: int, serve: bool) -> None:
    """Set up the demonstration that FOLDER/demo.toml describes, once, and serve it."""
    from dougong.addons.install import install
    from dougong.addons.installed import load_generation
    from dougong.addons.state import recorded_parts
    from dougong.web import Serving

    described = read_description(folder / "demo.toml")
    with listen("127.0.0.1", port) if serve else nullcontext() as listening:
        engine = serving_engine(installation)
        with engine.connect() as connection:
            missing = set(described["addons"]) - recorded_parts(connection).keys()
        if missing:
            install(engine, missing)
        generation = load_generation(engine)
        passwords = add_people(engine, generation, described["people"])
        for said in described["import"]:
            bring_in(engine, generation, folder, described["imports_as"], said)
        tell(described, passwords, port)
        if listening is not None:
            run(installation, engine, listening, generation, serving=Serving(jobs=2))


def read_description(file: Path) -> dict[str, Any]:
    """What a demonstration consists of; raises SetupError when the file cannot be read."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise SetupError(
            f"The demonstration {file} cannot be read: {problem}.",
            fix="name a folder that has a demo.toml, such as examples/northwind.",
        ) from None


def add_people(
    engine: Engine, generation: Generation, people: list[Mapping[str, Any]]
) -> dict[str, str]:
    """Add the people who are missing; their addresses with the passwords that were set now."""
    chosen = os.environ.get("DOUGONG_DEMO_PASSWORD")
    passwords: dict[str, str] = {}
    with engine.begin() as connection:
        known = {row.email: row.id for row in connection.execute(select(User.email, User.id))}
        for email, name, roles in ((p["email"], p["name"], p["roles"]) for p in people):
            if email not in known:
                password = passwords[email] = chosen or secrets.token_urlsafe(9)
                add_user(
                    connection, generation, email=email, name=name, roles=roles, password=password
                )
            elif chosen:
                passwords[email] = chosen
                set_password(connection, known[email], chosen)
    return passwords


def bring_in(
    engine: Engine, generation: Generation, folder: Path, email: str, said: Mapping[str, Any]
) -> None:
    """One import or one document of the description, unless it has been done before."""
    from dougong.access.lookup import principal_named
    from dougong.builtin.import_export.run import was_imported
    from dougong.db.session import in_transaction

    who = principal_named(engine, email)
    file = folder / said["file"]
    entity = generation.entity_named(said["entity"])
    if in_transaction(engine, generation, who, lambda ctx: was_imported(ctx, entity, file)):
        return
    columns = folder / said["columns"] if "columns" in said else None
    how = How(columns, history=said.get("history", False), then=said.get("then"))
    run_import(engine, generation, who, said["entity"], file, how)


def tell(described: Mapping[str, Any], passwords: Mapping[str, str], port: int) -> None:
    """Print where it is, who can sign in, and a query to paste."""
    click.echo(f"\n{described['title']}: http://127.0.0.1:{port}/graphql\n")
    for person in described["people"]:
        password = passwords.get(person["email"], "(password as printed the first time)")
        click.echo(f"  {person['email']:<28} {password:<14} {person['about']}")
    click.echo(f"\nSign in, send the token as a header, and paste this:\n\n{described['query']}")
    if not passwords and not os.environ.get("DOUGONG_DEMO_PASSWORD"):
        click.echo("Forgot the passwords? Start with DOUGONG_DEMO_PASSWORD=… to set them anew.\n")
