"""What strawberry's documentation leads to: types, resolvers, async SQLAlchemy, DataLoaders.

It speaks Dougong's documents, as far as the benchmark asks them. The seller's rows are chosen in
every query, as the roles say; the token is not looked up, which is in its favour.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from sqlalchemy import Table, create_engine, func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, aliased
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.scalars import JSON
from strawberry.types import Info

URL, ME = os.environ["READS_URL"], int(os.environ["READS_ME"])
_at_start = create_engine(URL.replace("postgresql:", "postgresql+psycopg:"))


class Base(DeclarativeBase):
    """The tables, as they are in the database."""


def table(schema: str, name: str) -> Table:
    """A table with all of its columns."""
    return Table(name, Base.metadata, schema=schema, autoload_with=_at_start, resolve_fks=False)


class ProductRow(Base):
    """Something that is sold."""

    __table__ = table("product", "product")


class PartyRow(Base):
    """A customer."""

    __table__ = table("party", "party")


class OrderRow(Base):
    """An order."""

    __table__ = table("sales_order", "sales_order")


class LineRow(Base):
    """A line of an order."""

    __table__ = table("sales_order", "sales_order_line")


_at_start.dispose()
engine = create_async_engine(
    URL.replace("postgresql:", "postgresql+asyncpg:"), pool_size=8, max_overflow=8
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
MINE = OrderRow.owner_id == ME
Rows = list[Any]


async def rows(statement: Any) -> Rows:
    """The ORM objects that a SELECT finds."""
    async with sessions() as session:
        return list(await session.scalars(statement))


def first_of_each(row: Any, parent: Any, keys: Sequence[int], first: int, *rules: Any) -> Any:
    """A SELECT of the first rows of each parent."""
    place = func.row_number().over(partition_by=parent, order_by=row.id).label("place")
    numbered = select(row, place).where(parent.in_(keys), *rules).subquery()
    found = aliased(row, numbered)
    return select(found).where(numbered.c.place <= first).order_by(numbered.c.id)


class Loaders:
    """The DataLoaders of one request."""

    def __init__(self) -> None:
        self.products: DataLoader[int, Any] = DataLoader(self._products)
        self._orders: dict[int, DataLoader[int, Rows]] = {}
        self._lines: dict[int, DataLoader[int, Rows]] = {}

    def orders(self, first: int) -> DataLoader[int, Rows]:
        """The seller's first orders of a customer."""
        if first not in self._orders:

            async def load(keys: list[int]) -> list[Rows]:
                found = first_of_each(OrderRow, OrderRow.customer_id, keys, first, MINE)
                return grouped(await rows(found), "customer_id", keys)

            self._orders[first] = DataLoader(load)
        return self._orders[first]

    def lines(self, first: int) -> DataLoader[int, Rows]:
        """The first lines of an order that the seller may see."""
        if first not in self._lines:

            async def load(keys: list[int]) -> list[Rows]:
                found = first_of_each(LineRow, LineRow.order_id, keys, first)
                return grouped(await rows(found), "order_id", keys)

            self._lines[first] = DataLoader(load)
        return self._lines[first]

    async def _products(self, keys: list[int]) -> Rows:
        found = {
            row.id: row for row in await rows(select(ProductRow).where(ProductRow.id.in_(keys)))
        }
        return [found[key] for key in keys]


def grouped(found: Rows, attribute: str, keys: Sequence[int]) -> list[Rows]:
    """The rows of each parent."""
    groups: dict[int, Rows] = defaultdict(list)
    for row in found:
        groups[getattr(row, attribute)].append(row)
    return [groups[key] for key in keys]


@strawberry.enum
class OrderState(Enum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


@strawberry.enum
class Direction(Enum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input
class PartyOrder:
    name: Direction


@strawberry.input
class SalesOrderOrder:
    ordered_on: Direction


@strawberry.input
class OrderStateFilter:
    eq: OrderState


@strawberry.input
class DecimalFilter:
    gte: Decimal


@strawberry.input
class DateFilter:
    gte: dt.date


@strawberry.input
class SalesOrderWhere:
    state: OrderStateFilter | None = None
    freight: DecimalFilter | None = None
    ordered_on: DateFilter | None = None

    def conditions(self) -> list[Any]:
        """What must hold for an order."""
        found: list[Any] = []
        if self.state is not None:
            found.append(OrderRow.state == self.state.eq.value)
        if self.freight is not None:
            found.append(OrderRow.freight >= self.freight.gte)
        if self.ordered_on is not None:
            found.append(OrderRow.ordered_on >= self.ordered_on.gte)
        return found


@strawberry.input
class SalesOrderListFilter:
    some: SalesOrderWhere


@strawberry.input
class PartyWhere:
    sales_orders: SalesOrderListFilter | None = None

    def conditions(self) -> list[Any]:
        """What must hold for a customer."""
        if self.sales_orders is None:
            return []
        inner = [OrderRow.customer_id == PartyRow.id, MINE, *self.sales_orders.some.conditions()]
        return [select(OrderRow.id).where(*inner).exists()]


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Product:
    id: strawberry.ID
    name: str


@strawberry.type
class SalesOrderLine:
    quantity: Decimal
    unit_price: Decimal
    net: Decimal
    row: strawberry.Private[Any]

    @strawberry.field
    async def product(self, info: Info[Loaders, None]) -> Product:
        row = await info.context.products.load(self.row.product_id)
        return Product(id=strawberry.ID(f"Product:{row.id}"), name=row.name)


@strawberry.type
class SalesOrderLineConnection:
    nodes: list[SalesOrderLine]


@strawberry.type
class SalesOrder:
    id: strawberry.ID
    number: str | None
    ordered_on: dt.date
    state: OrderState
    currency: str
    freight: Decimal
    ship_to_city: str | None
    created_at: dt.datetime
    row: strawberry.Private[Any]

    @strawberry.field
    async def lines(self, info: Info[Loaders, None], first: int = 20) -> SalesOrderLineConnection:
        found = await info.context.lines(first).load(self.row.id)
        return SalesOrderLineConnection(nodes=[line_of(row) for row in found])


@strawberry.type
class SalesOrderEdge:
    node: SalesOrder
    cursor: str


@strawberry.type
class SalesOrderConnection:
    nodes: list[SalesOrder]
    edges: list[SalesOrderEdge]
    page_info: PageInfo


@strawberry.type
class SomeSalesOrders:
    nodes: list[SalesOrder]


@strawberry.type
class Party:
    id: strawberry.ID
    name: str
    city: str | None
    row: strawberry.Private[Any]

    @strawberry.field
    async def sales_orders(self, info: Info[Loaders, None], first: int = 20) -> SomeSalesOrders:
        found = await info.context.orders(first).load(self.row.id)
        return SomeSalesOrders(nodes=[order_of(row) for row in found])


@strawberry.type
class PartyEdge:
    node: Party
    cursor: str


@strawberry.type
class PartyConnection:
    edges: list[PartyEdge]
    page_info: PageInfo
    where: strawberry.Private[list[Any]]

    @strawberry.field
    async def total_count(self) -> int:
        async with sessions() as session:
            counted = select(func.count()).select_from(PartyRow).where(*self.where)
            return await session.scalar(counted) or 0


@strawberry.enum
class SalesOrderStatsKey(Enum):
    state = "state"
    freight = "freight"
    orderedOn = "ordered_on"  # noqa: N815 - as the API calls it


@strawberry.input
class SalesOrderStatsGroup:
    key: SalesOrderStatsKey


@strawberry.input
class SalesOrderStatsMeasure:
    name: str = strawberry.field(name="as")
    sum: SalesOrderStatsKey | None = None
    max: SalesOrderStatsKey | None = None

    def column(self) -> Any:
        """What to find out of each group."""
        if self.sum is not None:
            return func.sum(getattr(OrderRow, self.sum.value)).label(self.name)
        assert self.max is not None
        return func.max(getattr(OrderRow, self.max.value)).label(self.name)


@strawberry.type
class SalesOrderStats:
    state: OrderState
    count: int
    values: JSON


def line_of(row: Any) -> SalesOrderLine:
    """A line as the API shows it."""
    return SalesOrderLine(quantity=row.quantity, unit_price=row.unit_price, net=row.net, row=row)


def order_of(row: Any) -> SalesOrder:
    """An order as the API shows it."""
    return SalesOrder(
        id=strawberry.ID(f"SalesOrder:{row.id}"),
        number=row.number,
        ordered_on=row.ordered_on,
        state=OrderState(row.state),
        currency=row.currency,
        freight=row.freight,
        ship_to_city=row.ship_to_city,
        created_at=row.created_at,
        row=row,
    )


def party_of(row: Any) -> Party:
    """A customer as the API shows it."""
    return Party(id=strawberry.ID(f"Party:{row.id}"), name=row.name, city=row.city, row=row)


def cursor_of(row: Any, *names: str) -> str:
    """Where a row stands in an order."""
    said = json.dumps([str(getattr(row, name)) for name in names])
    return base64.urlsafe_b64encode(said.encode()).decode()


def clauses(row: Any, asked: Any, name: str) -> list[Any]:
    """An ORDER BY of one column, and the id."""
    descends = bool(asked) and getattr(asked[0], name) is Direction.DESC
    columns = [getattr(row, name), row.id] if asked else [row.id]
    return [column.desc() if descends else column for column in columns]


@strawberry.type
class Query:
    @strawberry.field
    async def sales_order(self, id: strawberry.ID) -> SalesOrder | None:
        number = int(id.partition(":")[2])
        found = await rows(select(OrderRow).where(OrderRow.id == number, MINE))
        return order_of(found[0]) if found else None

    @strawberry.field
    async def sales_orders(
        self, first: int = 20, order_by: list[SalesOrderOrder] | None = None
    ) -> SalesOrderConnection:
        order = clauses(OrderRow, order_by, "ordered_on")
        found = await rows(select(OrderRow).where(MINE).order_by(*order).limit(first + 1))
        cursors = [cursor_of(row, "ordered_on", "id") for row in found[:first]]
        nodes = [order_of(row) for row in found[:first]]
        edges = [SalesOrderEdge(node=n, cursor=c) for n, c in zip(nodes, cursors, strict=True)]
        info = PageInfo(has_next_page=len(found) > first, end_cursor=[None, *cursors][-1])
        return SalesOrderConnection(nodes=nodes, edges=edges, page_info=info)

    @strawberry.field
    async def sales_order_stats(
        self,
        group_by: list[SalesOrderStatsGroup],
        measures: list[SalesOrderStatsMeasure],
        where: SalesOrderWhere | None = None,
    ) -> list[SalesOrderStats]:
        keys = [getattr(OrderRow, group.key.value) for group in group_by]
        asked = [measure.column() for measure in measures]
        conditions = where.conditions() if where else []
        statement = select(*keys, func.count().label("records"), *asked)
        statement = statement.where(MINE, *conditions).group_by(*keys).order_by(*keys)
        async with sessions() as session:
            found = (await session.execute(statement)).all()
        return [
            SalesOrderStats(
                state=OrderState(row.state),
                count=row.records,
                values={one.name: str(getattr(row, one.name)) for one in measures},  # type: ignore[arg-type]
            )
            for row in found
        ]

    @strawberry.field
    async def parties(
        self,
        first: int = 20,
        order_by: list[PartyOrder] | None = None,
        where: PartyWhere | None = None,
    ) -> PartyConnection:
        conditions = where.conditions() if where else []
        order = clauses(PartyRow, order_by, "name")
        found = await rows(select(PartyRow).where(*conditions).order_by(*order).limit(first + 1))
        cursors = [cursor_of(row, "name", "id") for row in found[:first]]
        nodes = [party_of(row) for row in found[:first]]
        edges = [PartyEdge(node=n, cursor=c) for n, c in zip(nodes, cursors, strict=True)]
        info = PageInfo(has_next_page=len(found) > first, end_cursor=[None, *cursors][-1])
        return PartyConnection(edges=edges, page_info=info, where=conditions)


class View(GraphQL[Loaders, None]):
    """The endpoint, with new DataLoaders for each request."""

    async def get_context(self, request: Any, response: Any) -> Loaders:
        return Loaders()


schema = strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


def application() -> Starlette:
    """The endpoint at /graphql."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return Starlette(
        routes=[Route("/graphql", View(schema, graphql_ide=None), methods=["POST"])],
        lifespan=lifespan,
    )
