"""A warehouse with some goods, and the people who keep it."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dougong import Context, Money
from dougong.access.principal import Principal
from dougong.testing import World
from dougong_inventory import (
    Location,
    LocationKind,
    StockMove,
    StockQuantity,
    Warehouse,
    book_count,
    location_for,
)
from dougong_inventory.reports.differences import stock_differences
from dougong_party import Party
from dougong_product import Product, ProductKind
from dougong_sales_order import (
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
    approve,
    submit,
    verify,
)

sys.path.append(str(Path(__file__).parent))  # counting.py


@dataclass
class Stock:
    """What the tests of the inventory act in."""

    world: World
    keeper: Principal
    shelf: Location
    tea: Product
    advice: Product

    def by_keeper(self) -> Context:
        return self.world.ctx(self.keeper)

    def place(self, kind: LocationKind) -> Location:
        return location_for(kind, self.by_keeper())

    def goods(self, name: str) -> Product:
        return self.world.ctx().create(Product(name=name, price=Money(Decimal(1), "USD")))

    def open(self, code: str) -> Location:
        return open_warehouse(code, self.by_keeper())

    def count(self, product: Product, counted: int | str, at: Location | None = None) -> StockMove:
        return book_count(
            product, self.by_keeper(), location=at or self.shelf, counted=Decimal(counted)
        )

    def move(
        self, quantity: int, source: Location, destination: Location, **said: Any
    ) -> StockMove:
        """A draft move of tea, unless another product is said."""
        said = {"product": self.tea, "quantity": Decimal(quantity), **said}
        return self.by_keeper().create(StockMove(source=source, destination=destination, **said))

    def quantities(self, product: Product | None = None, at: Location | None = None) -> Any:
        """What is on hand, reserved and available."""
        self.world.session.expire_all()
        found = self.by_keeper().find(
            StockQuantity,
            StockQuantity.product == (product or self.tea),
            StockQuantity.location == (at or self.shelf),
        )
        return [(int(one.on_hand), int(one.reserved), int(one.available)) for one in found]


def furnish(opened: World) -> Stock:
    """One warehouse, goods and a service."""
    admin = opened.ctx()
    price = Money(Decimal(18), "USD")
    keeper = opened.person("inventory.keeper", "inventory.adjuster", "sales_order.shipper")
    tea = admin.create(Product(name="Tea", price=price))
    advice = admin.create(Product(name="Advice", price=price, kind=ProductKind.SERVICE))
    return Stock(opened, keeper, open_warehouse("MAIN", opened.ctx(keeper)), tea, advice)


def open_warehouse(code: str, ctx: Context) -> Location:
    """The stock location of a new warehouse."""
    ctx.create(Warehouse(name=code, code=code))
    return ctx.find(Location, Location.code == code)[0]


@pytest.fixture
def stock(world: Callable[..., World]) -> Iterator[Stock]:
    """Without sales orders; after every test the books are right (I01)."""
    stock = furnish(world("inventory"))
    yield stock
    assert differences(stock) == []


@pytest.fixture
def selling(world: Callable[..., World]) -> Iterator[Stock]:
    """With sales orders; after every test the books are right (I01)."""
    stock = furnish(world("inventory", "sales_order"))
    yield stock
    assert differences(stock) == []


@pytest.fixture
def seller(selling: Stock) -> Principal:
    """Who sells."""
    return selling.world.person("sales_order.seller")


@pytest.fixture
def approved(selling: Stock, seller: Principal) -> Callable[..., SalesOrder]:
    """Makes approved orders: `approved((tea, 3), (coffee, 1))`."""
    customer = selling.world.ctx().create(Party(name="A", street="B", city="C", contacts=[]))
    managers = [selling.world.person("sales_order.manager") for _ in range(2)]

    def approve_order(*lines: Any) -> SalesOrder:
        ctx = selling.world.ctx(seller)
        wanted = [
            SalesOrderLine(product=one, quantity=Decimal(many), unit=next(iter(unit), None))
            for one, many, *unit in lines
        ]
        said: dict[str, Any] = {"customer": customer, "payment_method": PaymentMethod.CARD}
        order = submit(ctx.create(SalesOrder(lines=wanted, **said)), ctx)
        order = verify(order, selling.world.ctx(managers[0]), evidence="They rang back")
        order = approve(order, selling.world.ctx(managers[1]))
        ctx.session.expire_all()
        return order

    return approve_order


def differences(stock: Stock) -> list[Any]:
    ctx = stock.by_keeper()
    ctx.session.flush()
    return [tuple(row) for row in ctx.session.execute(stock_differences.build(ctx))]
