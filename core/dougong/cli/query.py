"""`dougong query`: run one GraphQL document from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson

from dougong.cli.installation import Installation, about_installation
from dougong.errors import SetupError


@click.command()
@click.argument("document")
@click.option("--as", "email", help="The user whose rights hold; without it, nobody's.")
@click.option("--variables", default="{}", help="The document's variables, as JSON.")
@about_installation
def query(installation: Installation, document: str, email: str | None, variables: str) -> None:
    """Run a DOCUMENT (text, or @FILE) and print the answer as JSON."""
    text = read_document(document[1:]) if document.startswith("@") else document
    body = asyncio.run(answer_once(installation, text, read_variables(variables), email))
    said = orjson.loads(body)
    click.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
    if "errors" in said:
        raise SystemExit(1)


def read_document(file: str) -> str:
    """The document in a file; raises SetupError when it cannot be read."""
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SetupError(
            f"The document {file} cannot be read: {problem}.", fix="check the path after @."
        ) from None


def read_variables(text: str) -> dict[str, Any]:
    """The variables of a document; raises SetupError when they are not a JSON object."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise SetupError("--variables is not a JSON object.", fix="write --variables '{\"a\": 1}'.")
    return given


async def answer_once(
    installation: Installation, document: str, variables: dict[str, Any], email: str | None
) -> bytes:
    """The body that the API would answer with."""
    from dougong.access.lookup import principal_named
    from dougong.access.principal import ANONYMOUS, Principal
    from dougong.graphql.execution import answer
    from dougong.runtime import Runtime

    engine = installation.engine()
    runtime = Runtime(engine, installation.url())

    async def look_up() -> tuple[Principal, int]:
        _, epoch = await runtime.tokens.who(None, fresh=True)
        return principal_named(engine, email) if email else ANONYMOUS, epoch

    await runtime.start()
    try:
        who, epoch = await look_up()
        result = await answer(
            runtime.generation,
            who,
            epoch,
            query=document,
            operation_name=None,
            variables=variables,
            reads=runtime.reads,
            mutations=runtime.mutations,
            look_up=look_up,
        )
    finally:
        await runtime.stop()
        engine.dispose()
    return result.body
