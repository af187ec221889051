"""The depot, ready to be asked, and what Python says that a page of it must be."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from sqlalchemy import create_engine, delete, insert, text

from dougong.access.principal import Principal
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.db.read_pool import ReadPool
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong.graphql.execution import answer
from dougong_depot import Colour, Item, Shelf
from dougong_ranks import Ranked

PARTS = (
    Part("depot", "dougong_depot", "1", "Depot", ()),
    Part("ranks", "dougong_ranks", "1", "Ranks", ("depot",)),
)
NO_MUTATIONS: Any = None
Row = dict[str, Any]

WORDS = ["", "a", "A", "b", "Ä", "ab", "斗", "\u2028", 'q"', "back\\slash", "a\n"]
POOLS: dict[str, list[Any]] = {
    "name": [None, *WORDS],
    "label": [None, *WORDS],
    "size": [None, -1, 0, 2147483647, -2147483648],
    "stock": [0, -5, 9007199254740993, 9223372036854775807],
    "weight": [None, Decimal("0.000"), Decimal("-1.500"), Decimal("123456789.125")],
    "fragile": [None, True, False],
    "made_on": [None, date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "seen_at": [
        None,
        datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2024, 1, 1, 0, 0, 0, 2, tzinfo=UTC),
        datetime(1, 1, 2, tzinfo=UTC),
    ],
    "colour": [None, *Colour],
    "price_amount": [None, Decimal(1), Decimal("1.50")],
    "price_currency": ["EUR", "USD"],
    "shelf_id": [None, 1, 2, 3, 4],
    "rank": [0, 1, 2],
    "remark": [None, "x", "X"],
}
SHELVES: list[Row] = [
    {"id": 1, "name": "b", "closed": False},
    {"id": 2, "name": None, "closed": False},
    {"id": 3, "name": "a", "closed": True},
    {"id": 4, "name": "Ä", "closed": False},
]
KEYS: dict[str, Callable[[Any], Any]] = {
    "name": lambda d: {"name": d},
    "label": lambda d: {"label": d},
    "size": lambda d: {"size": d},
    "stock": lambda d: {"stock": d},
    "weight": lambda d: {"weight": d},
    "fragile": lambda d: {"fragile": d},
    "made_on": lambda d: {"madeOn": d},
    "seen_at": lambda d: {"seenAt": d},
    "colour": lambda d: {"colour": d},
    "price_amount": lambda d: {"price": {"amount": d}},
    "price_currency": lambda d: {"price": {"currency": d}},
    "shelf_name": lambda d: {"shelf": {"name": d}},
    "shelf_id": lambda d: {"shelf": {"id": d}},
    "rank": lambda d: {"rank": d},
    "remark": lambda d: {"remark": d},
    "id": lambda d: {"id": d},
}
"""What items can be ordered by, as `orderBy` has it; the test reads the same from the schema."""
DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "ASC_NULLS_LAST", "DESC_NULLS_FIRST", "DESC_NULLS_LAST")  # fmt: skip
Order = Sequence[tuple[str, str]]


class Depot:
    """The items in the database, and the same items in Python."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with self.engine.begin() as connection:
            for part in ("depot", "ranks"):
                connection.execute(text(f"create schema {part}"))
                registry_of(part).metadata.create_all(connection)
            connection.execute(insert(Shelf), SHELVES)
            self.epoch = connection.scalar(text("select number from dougong.epoch"))
            self._ranks = {
                name: dict(
                    connection.execute(
                        text(
                            f"select w, rank() over (order by w {collation}) from unnest(cast(:w as text[])) w"
                        ),
                        {"w": [*WORDS, "x", "X"]},
                    ).all()
                )
                for name, collation in (("name", ""), ("label", 'collate "C"'))
            }
        self.generation = Generation(1, (core_part(), *PARTS))
        self._runner = asyncio.Runner()
        self._pool = ReadPool(url, size=1)
        self._runner.run(self._pool.open())
        self.items: dict[int, Row] = {}
        self.keeper = Principal(1, "keeper", frozenset({"depot.keeper"}))
        self.guest = Principal(2, "guest", frozenset({"depot.guest"}))

    def close(self) -> None:
        self._runner.run(self._pool.close())
        self._runner.close()
        self.engine.dispose()

    # What is in it ---------------------------------------------------------------------------

    def fill(self, rows: Sequence[Row]) -> None:
        """These items and no others; their ids start at 1."""
        with self.engine.begin() as connection:
            connection.execute(delete(Ranked))
            connection.execute(delete(Item))
        self.items = {}
        self.add(rows)

    def add(self, rows: Sequence[Row]) -> None:
        """More items, with ids that no item has had."""
        first = max(self.items, default=0) + 1
        made = [{**row, "id": first + i} for i, row in enumerate(rows)]
        extended = [{name: row.pop(name) for name in ("rank", "remark")} for row in made]
        with self.engine.begin() as connection:
            if made:
                connection.execute(insert(Item), made)
                ids = [{**more, "id": row["id"]} for row, more in zip(made, extended, strict=True)]
                connection.execute(insert(Ranked), ids)
        for row, more in zip(made, extended, strict=True):
            self.items[row["id"]] = {**row, **more, "gone": False}

    def remove(self, number: int) -> None:
        """Delete an item; Python remembers what it was, for cursors that stand there."""
        with self.engine.begin() as connection:
            connection.execute(text("delete from ranks.ranked where id = :id"), {"id": number})
            connection.execute(text("delete from depot.item where id = :id"), {"id": number})
        self.items[number]["gone"] = True

    # What must be ----------------------------------------------------------------------------

    def value(self, number: int, key: str, who: Principal) -> Any:
        """What an item is ordered by, as something that Python orders alike."""
        row = self.items.get(number) or {}
        if key.startswith("shelf_"):
            shelf = next((one for one in SHELVES if one["id"] == row["shelf_id"]), None)
            if shelf is None or (who is self.guest and shelf["closed"]):
                return None
            value = shelf[key.removeprefix("shelf_")]
        else:
            value = row[key]
        if key == "price_currency" and row["price_amount"] is None:
            return None
        if isinstance(value, Colour):
            return value.name
        if isinstance(value, str) and key != "price_currency":
            return self._ranks["label" if key == "label" else "name"][value]
        return value

    def compare(self, one: int, other: int, order: Order, who: Principal) -> int:
        """Negative where one item comes before the other."""
        for key, direction in order:
            a, b = self.value(one, key, who), self.value(other, key, who)
            if a == b:
                continue
            if a is None or b is None:
                first = direction.endswith("FIRST") or direction == "DESC"
                return -1 if (a is None) == first else 1
            return -1 if (a < b) != direction.startswith("DESC") else 1
        descends = bool(order) and order[-1][1].startswith("DESC")
        return (one - other) * (-1 if descends else 1)

    def expected(self, order: Order, who: Principal, shelf: int | None = None) -> list[int]:
        """All items that somebody may see now, in order."""
        seen = [
            number
            for number, row in self.items.items()
            if not row["gone"]
            and (who is self.keeper or row["stock"] > 0)
            and shelf in (None, row["shelf_id"])
        ]
        return sorted(seen, key=cmp_to_key(lambda a, b: self.compare(a, b, order, who)))

    # What is answered ------------------------------------------------------------------------

    def answer(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        """The whole answer."""
        asked = answer(
            self.generation,
            who or self.keeper,
            self.epoch,
            query=query,
            variables=variables,
            reads=self._pool,
            mutations=NO_MUTATIONS,
        )
        return json.loads(self._runner.run(asked).body)
