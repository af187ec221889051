"""A small shop: a customer, some products, and the people who sell."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dougong import Context, Money
from dougong.access.principal import Principal
from dougong.testing import World
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order import (
    Contract,
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
    activate,
    approve,
    endorse,
    hand_in,
    verify,
)

sys.path.append(str(Path(__file__).parent))  # agreed.py

from agreed import by_legal, draft, signed_with


@dataclass
class Shop:
    """What the tests of orders act in."""

    world: World
    seller: Principal
    manager: Principal
    finance: Principal
    customer: Party
    tea: Product
    coffee: Product

    def by_seller(self) -> Context:
        return self.world.ctx(self.seller)

    def by_manager(self) -> Context:
        return self.world.ctx(self.manager)

    def by_finance(self) -> Context:
        return self.world.ctx(self.finance)

    def reviewed(self, order: SalesOrder) -> SalesOrder:
        """A submitted order that both reviews have passed."""
        return approve(
            verify(order, self.by_manager(), evidence="They rang back"), self.by_finance()
        )

    def line(self, product: Product | None = None, quantity: str = "1", **said: Any) -> Any:
        return SalesOrderLine(product=product or self.tea, quantity=Decimal(quantity), **said)

    def order(self, *lines: SalesOrderLine, **said: Any) -> SalesOrder:
        """An order that the seller has drafted, read back as it is stored."""
        ctx = self.by_seller()
        said.setdefault("payment_method", PaymentMethod.BANK_TRANSFER)
        order = ctx.create(SalesOrder(customer=self.customer, lines=list(lines), **said))
        ctx.session.expire_all()
        return order


@pytest.fixture
def shop(world: Callable[..., World]) -> Shop:
    opened = world("sales_order")
    ctx = opened.ctx()
    return Shop(
        world=opened,
        customer=ctx.create(
            Party(name="Alfreds", street="Obere Str. 57", city="Berlin", contacts=[])
        ),
        tea=ctx.create(Product(name="Tea", price=Money(Decimal(18), "USD"))),
        coffee=ctx.create(Product(name="Coffee", price=Money(Decimal("4.25"), "EUR"))),
        seller=opened.person("sales_order.seller", name="Sam Seller"),
        manager=opened.person("sales_order.manager", name="Mia Manager"),
        finance=opened.person("sales_order.finance", name="Fay Finance"),
    )


@pytest.fixture
def contract(shop: Shop) -> Contract:
    return draft(shop)


@pytest.fixture
def approved(shop: Shop, contract: Contract) -> Contract:
    hand_in(contract, shop.by_seller())
    return endorse(contract, by_legal(shop))


@pytest.fixture
def signed(shop: Shop, approved: Contract) -> Contract:
    return signed_with(shop, approved)


@pytest.fixture
def active(shop: Shop, signed: Contract) -> Contract:
    return activate(signed, shop.by_seller())
