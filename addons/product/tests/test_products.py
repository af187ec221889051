"""Products and who keeps them."""

from decimal import Decimal

import pytest

from dougong import Conflict, Forbidden, Invalid, Money
from dougong_product import Product, ProductKind

PRICE = Money(Decimal("18.00"), "USD")


@pytest.fixture
def here(world):
    return world("product")


def test_a_product_is_goods_that_are_sold_unless_somebody_says_otherwise(here):
    tea = here.ctx().create(Product(name="Tea", price=PRICE))

    assert tea.kind is ProductKind.GOODS
    assert tea.active


def test_a_price_keeps_four_decimals(here):
    tea = here.ctx().create(Product(name="Tea", price=Money(Decimal("0.3375"), "USD")))
    here.session.expire_all()

    assert tea.price == Money(Decimal("0.3375"), "USD")


def test_no_two_products_have_one_code(here):
    here.ctx().create(Product(name="Tea", code="1", price=PRICE))

    with pytest.raises(Conflict, match="taken") as refused:
        here.ctx().create(Product(name="Coffee", code="1", price=PRICE))

    assert refused.value.at == ("code",)


def test_a_price_is_not_below_zero(here):
    with pytest.raises(Invalid, match="bad_value") as refused:
        here.ctx().create(Product(name="Tea", price=Money(Decimal(-1), "USD")))

    assert refused.value.at == ("price",)


def test_an_editor_keeps_products(here):
    ctx = here.ctx(here.person("product.editor"))

    tea = ctx.create(Product(name="Tea", price=PRICE))
    Product.update(tea, ctx, active=False)

    assert not tea.active


def test_a_reader_changes_nothing(here):
    with pytest.raises(Forbidden, match="needs_grant"):
        here.ctx(here.person("product.reader")).create(Product(name="Tea", price=PRICE))
