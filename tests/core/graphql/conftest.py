"""A shop in a database, and people who ask for what is in it."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parent))

from rows import customers, orders

from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.users import User
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.db.read_pool import ReadPool
from dougong.entity.registry import registry_of
from dougong.generation import Generation
from dougong.graphql.execution import Answer, answer
from dougong.testing.databases import Databases
from dougong.testing.lists import CountingReads
from dougong_shop import Customer, Line, Order
from dougong_stars import Rated

PARTS = (
    Part("shop", "dougong_shop", "1", "Shop", ()),
    Part("stars", "dougong_stars", "1", "Stars", ("shop",)),
)

NO_MUTATIONS: Any = None  # mutations have tests of their own


class Shop:
    """The shop, ready to be asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        self.generation = Generation(1, (core_part(), *PARTS))
        self._runner = asyncio.Runner()
        self._pool = ReadPool(url)
        self.run(self._pool.open())
        self.reads = CountingReads(self._pool)
        self._fill()
        self.boss = Principal(1, "boss", frozenset({"shop.boss"}))
        self.clerk = Principal(2, "clerk", frozenset({"shop.clerk"}))
        self.packer = Principal(3, "packer", frozenset({"shop.packer"}))
        self.nobody = ANONYMOUS

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def _fill(self) -> None:
        with Session(self.engine) as session, session.begin():
            for part in ("shop", "stars"):
                session.execute(text(f"create schema {part}"))
                registry_of(part).metadata.create_all(session.connection())
            for name in ("boss", "clerk", "packer"):
                session.add(User(email=f"{name}@shop.example", name=name))
                session.flush()
            for entity, rows in ((Customer, customers()), *orders()):
                session.execute(insert(entity), rows)
            ids = session.scalars(select(Customer.id)).all()
            rated = [{"id": i, "stars": i % 6, "remark": None if i % 2 else f"r{i}"} for i in ids]
            session.execute(insert(Rated), rated)
            session.execute(text("analyze"))
            self.epoch = session.scalar(text("select number from dougong.epoch"))
            for entity in (Customer, Order, Line):
                table = entity.__table__
                key = f"pg_get_serial_sequence('{table.schema}.\"{table.name}\"', 'id')"
                top = select(func.max(table.c.id)).scalar_subquery()
                session.execute(select(func.setval(text(key), top)))

    def answer(self, query: str, who: Principal | None = None, **variables: Any) -> Answer:
        """The raw answer."""
        return self.run(
            answer(
                self.generation,
                who or self.boss,
                self.epoch,
                query=query,
                variables=variables,
                reads=self.reads,
                mutations=NO_MUTATIONS,
            )
        )

    def ask(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        """The data; fails the test where there are errors."""
        found = json.loads(self.answer(query, who, **variables).body)
        assert "errors" not in found, found["errors"]
        return found["data"]

    def error(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        """The first error; fails the test where there is none."""
        found = json.loads(self.answer(query, who, **variables).body)
        assert "errors" in found, found
        return found["errors"][0]

    def close(self) -> None:
        self.run(self._pool.close())
        self._runner.close()
        self.engine.dispose()


@pytest.fixture(scope="session")
def shop(databases: Databases) -> Iterator[Shop]:
    opened = Shop(databases.clone())
    yield opened
    opened.close()
