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
    text = Path(document[1:]).read_text("utf-8") if document.startswith("@") else document
    try:
        given = orjson.loads(variables)
    except orjson.JSONDecodeError as problem:
        raise SetupError(
            f"--variables is not JSON: {problem}.", fix="write --variables '{\"a\": 1}'."
        ) from None
    status, body = asyncio.run(answer_once(installation, text, given, email))
    click.echo(orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode())
    if status != 200 or b'"errors"' in body[:10]:
        raise SystemExit(1)


async def answer_once(
    installation: Installation, document: str, variables: dict[str, Any], email: str | None
) -> tuple[int, bytes]:
    """The HTTP status and the body that the API would answer with."""
    from dougong.access.lookup import principal_named
    from dougong.access.rules import ANONYMOUS
    from dougong.graphql.execution import answer
    from dougong.runtime import Runtime

    engine = installation.engine()
    runtime = Runtime(engine, installation.url())
    who = principal_named(engine, email) if email else ANONYMOUS
    await runtime.start()
    try:
        _, epoch = await runtime.tokens.who(None, fresh=True)
        result = await answer(
            runtime.generation,
            who,
            epoch,
            query=document,
            operation_name=None,
            variables=variables,
            reads=runtime.reads,
            mutations=runtime.mutations,
        )
    finally:
        await runtime.stop()
        engine.dispose()
    return result.status, result.body
