"""The editions of standards that are shipped as data, brought in and never written over."""

from __future__ import annotations

from importlib import resources
from typing import Any

from dougong import Context
from dougong_ip_compliance.entities import Clause, ClauseMapping, StandardEdition


def editions() -> list[dict[str, Any]]:
    """What the files in `data/standards` say, the earlier edition first."""
    import yaml  # no server that starts needs it

    folder = resources.files("dougong_ip_compliance") / "data" / "standards"
    files = sorted(folder.iterdir(), key=lambda one: one.name)
    return [yaml.safe_load(one.read_text("utf-8")) for one in files if one.name.endswith(".yaml")]


def bring(said: dict[str, Any], ctx: Context) -> StandardEdition:
    """Store an edition, and how the clauses of others go on in it."""
    headings = {number.rpartition(".")[0] for number in said["clauses"]}
    edition = ctx.create(
        StandardEdition(
            code=said["code"],
            title=said["title"],
            valid_from=said["valid_from"],
            apply_from=said["apply_from"],
            apply_until=said.get("apply_until"),
            clauses=[
                Clause(number=number, title=title, is_heading=number in headings)
                for number, title in said["clauses"].items()
            ],
        )
    )
    for code, mapping in said.get("takes_up", {}).items():
        _map(edition, code, mapping, ctx)
    return edition


def _map(edition: StandardEdition, code: str, mapping: dict[str, Any], ctx: Context) -> None:
    others = ctx.find(Clause, Clause.edition.has(StandardEdition.code == code))
    earlier = {one.number: one for one in others}
    own = {one.number: one for one in ctx.find(Clause, Clause.edition == edition)}
    for number, later in mapping.items():
        for each in later if number in earlier else ():
            ctx.create(ClauseMapping(earlier=earlier[number], later=own[each]))
