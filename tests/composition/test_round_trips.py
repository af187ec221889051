"""What is exported of every entity comes back into an empty company, row for row."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from dougong.access.lookup import principal_named
from dougong.access.users import User
from dougong.addons.installed import load_generation
from dougong.builtin.import_export import import_file
from dougong.builtin.import_export.exporting import Asked, export_file
from dougong.db.engine import open_database
from dougong.db.session import in_transaction
from dougong.entity.base import Entity
from dougong.entity.model import is_core, model_of

ADDONS = ("crm", "flow", "inventory", "sales_order")
ADMINISTRATOR = "admin@demo.example"
WHO = ("created_by_id", "updated_by_id", "updated_at", "version")


def contents(engine: Engine, tables: list[Any]) -> list[Any]:
    """The rows of some tables, without who wrote them and when."""
    with engine.connect() as connection:
        return [
            tuple(row)
            for table in tables
            for row in connection.execute(
                select(*(one for one in table.columns if one.name not in WHO)).order_by(table.c.id)
            )
        ]


def linked_first(entities: Iterable[type[Entity]]) -> list[type[Entity]]:
    """What others link to comes before them."""
    found: dict[type[Entity], None] = {}

    def look(entity: type[Entity], above: tuple[type[Entity], ...]) -> None:
        for link in model_of(entity).links.values():
            if not is_core(link.target) and link.target not in (*above, entity):
                look(link.target, (*above, entity))
        found.setdefault(entity)

    for one in entities:
        look(one, ())
    return list(found)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_company_comes_back_entity_by_entity(
    databases: Any, northwind_url: str, tmp_path: Path, kind: str
) -> None:
    engine, other = open_database(northwind_url), open_database(databases.clone(*ADDONS))
    generation, empty = load_generation(engine), load_generation(other)
    with engine.connect() as source, other.begin() as target:
        people = [dict(row) for row in source.execute(select(User.__table__)).mappings()]
        target.execute(User.__table__.insert(), people)
        target.execute(
            text(
                "insert into dougong.role_assignment (user_id, role) select id, "
                f"'dougong.administrator' from dougong.user where email = '{ADMINISTRATOR}'"
            )
        )
    who, there = (principal_named(one, ADMINISTRATOR) for one in (engine, other))
    checked = []
    for entity in linked_first(one for one in generation.models if not is_core(one)):
        file = tmp_path / f"{entity.__name__}.{kind}"
        done = export_file(engine, generation, who, Asked(entity.__name__, history=True), file)

        def bring(ctx: Any, entity: type[Entity] = entity, file: Path = file) -> None:
            import_file(ctx, entity, file, history=True)

        in_transaction(other, empty, there, bring)

        tables = [entity.__table__]
        tables += [one.__table__ for one in generation.extensions.get(entity, ())]
        assert contents(other, tables) == contents(engine, tables), entity
        checked += [entity.__name__] * bool(done.rows)
    assert {"Party", "Product", "SalesOrder", "SalesOrderLine", "StockMove"} <= set(checked)
    engine.dispose()
    other.dispose()
