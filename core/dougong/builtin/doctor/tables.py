"""Whether the tables are as the code and the triggers leave them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from dougong.addons.revisions import disagreements
from dougong.builtin.doctor.findings import Finding, error
from dougong.db.naming import CORE
from dougong.generation import Generation

CLOSURE = """
with recursive above (unit_id, above_id) as (
    select id, id from dougong.unit
    union
    select a.unit_id, u.parent_id from above a join dougong.unit u on u.id = a.above_id
     where u.parent_id is not null
), wrong as (
    (select unit_id from (table above except table dougong.unit_above) missing)
    union
    (select unit_id from (table dougong.unit_above except table above) surplus)
)
select u.code from wrong join dougong.unit u on u.id = wrong.unit_id order by u.code
"""


def examine_tables(connection: Connection, generation: Generation) -> Iterator[Finding]:
    """Tables that are not as the entities want them; units of which the database is mistaken."""
    for part in generation.parts.values():
        for difference in disagreements(connection, part):
            yield error(
                "tables",
                f"The tables of {part.name} are not as its entities are: to {difference} would "
                "make them so.",
                "upgrade Dougong's code."
                if part.name == CORE
                else f"`dougong install {part.name}`"
                f" where its code has a revision for it; else `dougong migration {part.name}`.",
            )
    wrong = list(connection.scalars(text(CLOSURE)))
    if wrong:
        yield error(
            "units",
            f"For {len(wrong)} units ({', '.join(wrong[:5])}{' …' if wrong[5:] else ''}) the table "
            "unit_above does not say in which units they lie: rules by unit and team answer wrongly.",
            "`update dougong.unit set parent_id = parent_id`, which has its trigger make it anew.",
        )
