"""`dougong verify`: whether the audit is as it was sealed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from dougong.cli.installation import Installation, about_installation

if TYPE_CHECKING:
    from dougong.builtin.audit.verifying import Verified


@click.command()
@click.option("--head", metavar="HASH", help="A hash that this command printed before.")
@click.option("--seal", is_flag=True, help="Seal first what was committed and is not sealed yet.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@about_installation
def verify(installation: Installation, head: str | None, seal: bool, as_json: bool) -> None:
    """Compare the audit with its seals, and name the first row that was changed since.

    Prints the hash of the last seal: kept elsewhere, and given as --head another time, it also
    shows whether the end of the chain was cut off or all of it was written anew. Exit code 1 if
    something is not as it was sealed.
    """
    from dougong.builtin.audit import verifying
    from dougong.builtin.audit.sealing import PORTIONS, seal_some

    engine = installation.engine()
    more = seal
    while more:
        with engine.begin() as connection:
            more = seal_some(connection, PORTIONS) > 0
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        found = verifying.verify(connection, head and head.strip().lower())
    if as_json:
        said = {
            "seals": found.seals,
            "rows": found.rows,
            "removed": found.removed,
            "unsealed": dict(found.unsealed),
            "head": found.head or None,
            "headFound": found.found_head,
            "broken": found.broken and vars(found.broken),
        }
        click.echo(json.dumps(said, indent=2))
    else:
        click.echo("\n".join(_lines(found, head)))
    wrong = found.broken is not None or not found.found_head
    click.get_current_context().exit(int(wrong))


def _lines(found: Verified, head: str | None) -> list[str]:
    lines = [f"{found.rows:,} rows are as {found.seals:,} seals have them."]
    if found.broken is not None:
        lines.append(str(found.broken))
    elif not found.found_head:
        lines.append(
            f"No seal has the hash {head}: the chain was cut off or written anew since that was "
            "printed, or it is of another installation."
        )
    if found.removed:
        lines.append(f"{found.removed:,} more were removed when they were old enough, as decided.")
    waiting = sum(found.unsealed.values())
    lines.append(f"{waiting:,} rows are not sealed yet.")
    if found.head:
        lines.append(f"Head: {found.head}")
    return lines
