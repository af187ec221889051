"""`dougong documents`: the documents that clients may run by their ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from dougong.addons.installed import load_generation
from dougong.builtin.trusted_documents import faults_of, forget, id_of, register, registered
from dougong.cli.addons import aligned
from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError


@click.group()
def documents() -> None:
    """Register documents; `serve --only-trusted` runs no others."""


@documents.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@about_installation
def add(installation: Installation, paths: tuple[Path, ...]) -> None:
    """Register the documents in PATHS, all or none.

    A path is a .graphql file, whose id is the SHA-256 of its text; a .json file of ids and texts,
    as Relay's and Apollo's compilers write them; or a folder of both.
    """
    engine = installation.engine()
    found: dict[str, str] = {}
    for path in paths:
        for key, text in _read(path):
            if found.setdefault(key, text) != text:
                raise SetupError(f"Two documents have the id {key}.", fix="give each its own.")
    with engine.begin() as connection:
        new = register(connection, load_generation(engine).schema, found)
    for key in new:
        click.echo(key)
    click.echo(f"{len(new)} new, {len(found) - len(new)} known already.", err=True)


@documents.command(name="list")
@about_installation
def list_(installation: Installation) -> None:
    """Show all documents, and those that no longer fit what is installed."""
    engine = installation.engine()
    schema = load_generation(engine).schema
    with engine.connect() as connection:
        rows = [
            (one.id, f"{one.added_at:%Y-%m-%d}", " ".join(faults_of(one.document, schema)) or "ok")
            for one in registered(connection)
        ]
    for line in aligned(rows) if rows else ["No documents are registered."]:
        click.echo(line)


@documents.command()
@click.argument("key", metavar="ID")
@about_installation
def remove(installation: Installation, key: str) -> None:
    """Forget the document with this ID; from then on nobody can run it by its id."""
    with installation.engine().begin() as connection:
        forget(connection, key)
    click.echo(f"{key} is forgotten.")


def _read(path: Path) -> Iterator[tuple[str, str]]:
    """The ids and texts in a file or a folder; raises SetupError for a file of another kind."""
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.suffix in (".graphql", ".gql", ".json"):
                yield from _read(one)
        return
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(f"{path} cannot be read: {problem}.", fix="check the file.") from None
    if path.suffix != ".json":
        yield id_of(text), text
        return
    yield from _of_manifest(path, text)


def _of_manifest(path: Path, text: str) -> Iterator[tuple[str, str]]:
    try:
        content: Any = json.loads(text)
        listed = content.get("operations")
        if isinstance(listed, list):
            content = {one["id"]: one["body"] for one in listed}
        pairs = [(key.removeprefix("sha256:"), value) for key, value in content.items()]
        assert all(isinstance(value, str) for _, value in pairs)
    except (ValueError, AttributeError, KeyError, TypeError, AssertionError):
        raise SetupError(
            f"{path} is no list of documents.",
            fix='write {"id": "document", …}, or Apollo\'s {"operations": [{"id", "body"}, …]}.',
        ) from None
    yield from pairs
