"""`dougong import`: records from a CSV file."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import click
from sqlalchemy import Engine

from dougong.access.principal import Principal
from dougong.builtin.import_export import Imported, import_file
from dougong.cli.installation import Installation, about_installation
from dougong.db.session import in_transaction
from dougong.errors import Refused, SetupError
from dougong.generation import Generation

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("entity")
@click.argument("file", type=FILE)
@click.option("--as", "email", required=True, help="The user whose rights hold.")
@click.option("--columns", type=FILE, help="TOML: which column is which field.")
@click.option("--history", is_flag=True, help="Finished records, as they are, without reactions.")
@click.option("--then", metavar="STEP", help="Run this step on each new record.")
@about_installation
def import_(
    installation: Installation,
    entity: str,
    file: Path,
    email: str,
    columns: Path | None,
    history: bool,
    then: str | None,
) -> None:
    """Bring the rows of a CSV FILE in as records of an ENTITY: all of them, or none.

    Without --columns, columns that are named like fields are taken.
    """
    from dougong.access.lookup import principal_named
    from dougong.addons.installed import load_generation

    if history and then:
        raise SetupError(
            "--then runs a step, and --history runs none.", fix="leave one of them out."
        )
    engine = installation.engine()
    who = principal_named(engine, email)
    generation = load_generation(engine)
    done = run_import(engine, generation, who, entity, file, columns, history=history, then=then)
    skipped = f", left {done.skipped} out" if done.skipped else ""
    click.echo(f"Imported {done.rows} {done.entity} records{skipped}.")


def run_import(
    engine: Engine,
    generation: Generation,
    who: Principal,
    entity: str,
    file: Path,
    columns: Path | None,
    *,
    history: bool = False,
    then: str | None = None,
) -> Imported:
    """One import in one transaction, with a progress bar; raises SetupError with the sentence."""
    try:
        with Bar(f"{entity:<16}") as progress:
            return in_transaction(
                engine,
                generation,
                who,
                lambda ctx: import_file(
                    ctx,
                    generation.entity_named(entity),
                    file,
                    mapping=columns,
                    history=history,
                    then=then,
                    progress=progress,
                ),
            )
    except Refused as refusal:
        said = "; ".join(generation.sentence(one) for one in refusal.several)
        raise SetupError(said, fix="correct that, and import again.") from refusal


class Bar:
    """A progress bar that appears with the first row that is done."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._open = ExitStack()
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int) -> None:
        """Show how far it is."""
        if self._bar is None:
            bar = click.progressbar(length=done, label=self._label, show_pos=True)
            self._bar = self._open.enter_context(bar)
        self._bar.update(done - self._done)
        self._done = done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._open.close()
