"""What lines cost: by the customer's list, in units that are sold, with taxes and discounts."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dougong import Invalid, Money, Refused
from dougong_product import (
    Dimension,
    Price,
    PriceList,
    Product,
    ProductUnit,
    Tax,
    TaxRate,
    UnitOfMeasure,
)
from dougong_sales_order import CustomerPrices, SalesOrder, SalesOrderLine, submit

SINCE = date(2020, 1, 1)


@pytest.fixture
def ctx(shop):
    return shop.world.ctx()


@pytest.fixture
def piece(ctx):
    return ctx.create(UnitOfMeasure(code="pc", name="piece", dimension=Dimension.COUNT))


@pytest.fixture
def boxed(ctx, piece):
    """Tea at 18.00 a piece, not below 15, in boxes of 12 too."""
    box = ctx.create(UnitOfMeasure(code="box", name="box", dimension=Dimension.COUNT))
    packing = ProductUnit(unit=box, numerator=12)
    said: dict[str, Any] = {"measured_in": piece, "floor": Decimal(15), "units": [packing]}
    tea = ctx.create(Product(name="Boxed", price=Money(Decimal(18), "USD"), **said))
    ctx.session.expire_all()
    return tea, box


def a_list(ctx, *prices, code="L", currency="USD"):
    return ctx.create(PriceList(code=code, name=code, currency=currency, prices=list(prices)))


def a_tax(ctx, rate, *, included=False, code="T"):
    rates = [TaxRate(since=SINCE, rate=Decimal(rate))]
    return ctx.create(Tax(code=code, name=code, included=included, rates=rates))


def test_a_form_that_says_the_same_day_and_list_again_prices_nothing_anew(shop, ctx, boxed):
    tax = a_tax(ctx, "0.10")
    order = shop.order(shop.line(boxed[0], "1", tax=tax), ordered_on=date(2026, 1, 5))
    (line,) = order.lines
    Product.update(boxed[0], ctx, price=Money(Decimal(20), "USD"))
    TaxRate.update(tax.rates[0], ctx, rate=Decimal("0.20"))
    same = {"ordered_on": order.ordered_on, "price_list": None, "currency": "USD"}

    SalesOrder.update(order, shop.by_seller(), **same, ship_to_city="Ulm")
    kept = (line.unit_price, line.tax_amount)
    SalesOrder.update(order, shop.by_seller(), ordered_on=date(2026, 1, 6))

    assert kept == (18, Decimal("1.80"))
    assert (line.unit_price, line.tax_amount) == (20, Decimal("4.00"))


def test_a_line_is_sold_in_any_unit_of_the_product(shop, boxed):
    tea, box = boxed

    (line,) = shop.order(shop.line(tea, "3", unit=box)).lines

    assert (line.unit_price, line.base_quantity, line.net) == (216, 36, Decimal(648))


def test_a_unit_that_measures_something_else_is_refused(shop, ctx, boxed):
    gram = ctx.create(UnitOfMeasure(code="g", name="gram", dimension=Dimension.MASS))

    with pytest.raises(Refused, match="other_dimension") as refused:
        shop.order(shop.line(boxed[0], unit=gram))

    assert refused.value.at == ("lines", 0, "unit")


def test_half_a_box_is_not_sold(shop, boxed):
    tea, box = boxed

    with pytest.raises(Invalid, match="too_fine"):
        shop.order(shop.line(tea, "0.5", unit=box))


def test_an_order_is_priced_by_its_customers_list_and_the_quantity_that_is_reached(
    shop, ctx, boxed
):
    tea, box = boxed
    tiers = [
        Price(product=tea, min_quantity=Decimal(least), amount=Decimal(amount), since=SINCE)
        for least, amount in (("0", "17"), ("24", "16"))
    ]
    CustomerPrices.of(shop.customer).price_list = listed = a_list(ctx, *tiers)

    order = shop.order(shop.line(tea, "23"), shop.line(tea, "2", unit=box))

    assert order.price_list is listed
    assert [line.unit_price for line in order.lines] == [17, 192]


def test_a_customers_list_in_another_currency_or_out_of_use_is_passed_over(shop, ctx):
    listed = CustomerPrices.of(shop.customer).price_list = a_list(ctx, currency="EUR")

    assert shop.order(shop.line(shop.tea), currency="USD").price_list is None
    listed.active = False
    assert shop.order(shop.line(shop.tea)).price_list is None


def test_a_line_that_costs_what_the_list_says_follows_it(shop, ctx, boxed):
    tea, _ = boxed
    tiers = [
        Price(product=tea, min_quantity=Decimal(least), amount=Decimal(amount), since=SINCE)
        for least, amount in (("0", "17"), ("24", "16"))
    ]
    order = shop.order(
        shop.line(tea, "1"), shop.line(tea, "1", unit_price=Decimal("16.5")),
        price_list=a_list(ctx, *tiers),
    )  # fmt: skip

    for line in order.lines:
        SalesOrderLine.update(line, shop.by_seller(), quantity=Decimal(24))

    assert [line.unit_price for line in order.lines] == [16, Decimal("16.5")]
    assert [line.list_price for line in order.lines] == [16, 16]


def test_another_list_brings_its_prices(shop, ctx, boxed):
    tea, _ = boxed
    order = shop.order(shop.line(tea, "2"))
    cheaper = a_list(ctx, Price(percent_off=Decimal("0.1"), since=SINCE))

    SalesOrder.update(order, shop.by_seller(), price_list=cheaper)

    assert order.lines[0].unit_price == Decimal("16.2")
    with pytest.raises(Invalid, match="list_in_other_currency"):
        SalesOrder.update(order, shop.by_seller(), price_list=a_list(ctx, code="E", currency="EUR"))


def test_S12_an_order_below_a_floor_is_not_submitted(shop, boxed):
    tea, box = boxed
    order = shop.order(shop.line(tea), shop.line(tea, "1", unit=box, discount=Decimal("0.2")))

    with pytest.raises(Refused, match="below_floor") as refused:
        submit(order, shop.by_seller())

    assert refused.value.at == ("lines", 1)
    SalesOrderLine.update(order.lines[1], shop.by_seller(), discount=Decimal("0.1"))
    submit(order, shop.by_seller())


def test_what_is_let_off_the_whole_order_counts_for_the_floor(shop, boxed):
    tea, _ = boxed
    order = shop.order(shop.line(tea, "10"), discount=Decimal("30.01"))

    with pytest.raises(Refused, match="below_floor"):
        submit(order, shop.by_seller())


def test_the_lines_share_what_is_let_off_the_whole_order(shop):
    order = shop.order(*(shop.line() for _ in range(3)), discount=Decimal("10.00"))

    def shared():
        shop.world.session.expire_all()
        return [line.order_discount for line in order.lines]

    assert shared() == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert order.total == Decimal("44.00")
    SalesOrderLine.delete(order.lines[0], shop.by_seller())
    assert shared() == [5, 5]
    SalesOrder.update(order, shop.by_seller(), discount=Decimal(0))
    assert shared() == [0, 0]


def test_no_more_is_let_off_than_there_is(shop):
    order = shop.order(shop.line(), discount=Decimal("18.01"))

    with pytest.raises(Refused, match="discount_too_large"):
        submit(order, shop.by_seller())


def test_a_line_keeps_the_tax_of_its_product_at_the_rate_of_the_day(shop, ctx):
    vat = a_tax(ctx, "0.13")
    taxed = ctx.create(Product(name="X", price=Money(Decimal("99.99"), "USD"), tax=vat))

    order = shop.order(
        shop.line(taxed), shop.line(taxed, tax=a_tax(ctx, "0.13", included=True, code="I"))
    )

    amounts = [(line.net, line.tax_amount, line.gross) for line in order.lines]
    assert amounts == [
        tuple(map(Decimal, ("99.99", "13.00", "112.99"))),
        tuple(map(Decimal, ("88.49", "11.50", "99.99"))),
    ]
    assert (order.untaxed, order.tax, order.total) == tuple(
        map(Decimal, ("188.48", "24.50", "212.98"))
    )
