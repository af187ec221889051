"""Amounts have the decimals of their currency: none in yen, two in euros, three in dinars."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dougong import Invalid, Money
from dougong_product import Currency, Product, Tax, TaxRate, TaxRounding, TaxRoundingLevel, shares
from dougong_sales_order import (
    Contract,
    ContractLine,
    Quotation,
    QuotationLine,
    SalesOrder,
    accept,
    send,
    submit,
)

SINCE = date(2020, 1, 1)


@pytest.fixture
def ctx(shop):
    ctx = shop.world.ctx()
    for code, name, digits in (("JPY", "yen", 0), ("KWD", "dinar", 3)):
        ctx.create(Currency(code=code, name=name, digits=digits))
    return ctx


def goods(ctx, price, currency, rate="0.1", *, included=False):
    rates = [TaxRate(since=SINCE, rate=Decimal(rate))]
    tax = ctx.create(Tax(code=f"{currency}{rate}", name="T", included=included, rates=rates))
    return ctx.create(Product(name="Tea", price=Money(Decimal(price), currency), tax=tax))


def amounts(line):
    return line.net, line.tax_amount, line.gross


def test_yen_have_no_decimals(shop, ctx):
    top = goods(ctx, "333", "JPY", "0.08")
    inside = goods(ctx, "333", "JPY", "0.1", included=True)
    order = shop.order(
        shop.line(top, "1", discount=Decimal("0.05")), shop.line(inside, "1"), currency="JPY"
    )

    first, second = order.lines

    assert amounts(first) == (316, 25, 341)
    assert amounts(second) == (303, 30, 333)
    assert (order.currency_digits, order.total) == (0, 674)


def test_dinars_have_three(shop, ctx):
    tea = goods(ctx, "1.2345", "KWD", "0.05", included=True)

    (line,) = shop.order(shop.line(tea, "1"), currency="KWD").lines

    assert amounts(line) == (Decimal("1.176"), Decimal("0.059"), Decimal("1.235"))


def test_a_discount_is_shared_in_whole_yen(shop, ctx):
    tea = goods(ctx, "100", "JPY", "0.1")
    lines = [shop.line(tea, "1") for _ in range(3)]

    order = shop.order(*lines, currency="JPY", discount=Decimal(50))

    assert [line.order_discount for line in order.lines] == [17, 17, 16]
    assert (order.untaxed, order.tax, order.total) == (250, 24, 274)


def test_tax_of_the_whole_order_is_rounded_to_yen(shop, ctx):
    ctx.create(TaxRounding(since=SINCE, level=TaxRoundingLevel.DOCUMENT))
    tea = goods(ctx, "105", "JPY", "0.1")

    order = shop.order(*(shop.line(tea, "1") for _ in range(3)), currency="JPY")

    assert (order.untaxed, order.tax, order.total) == (315, 32, 347)
    assert sorted(line.tax_amount for line in order.lines) == [10, 11, 11]


@pytest.mark.parametrize("name", ["discount", "freight"])
def test_what_is_finer_than_the_currency_is_refused(shop, ctx, name):
    tea = goods(ctx, "100", "JPY")
    with pytest.raises(Invalid, match="finer_than_currency"):
        shop.order(shop.line(tea, "1"), currency="JPY", **{name: Decimal("0.5")})

    order = shop.order(shop.line(tea, "1"), currency="JPY")
    with pytest.raises(Invalid, match="finer_than_currency"):
        SalesOrder.update(order, shop.by_seller(), **{name: Decimal("0.5")})
    euros = shop.order(shop.line(shop.tea, "1"), **{name: Decimal("0.50")})
    assert getattr(euros, name) == Decimal("0.5")


def test_an_empty_order_follows_its_currency(shop, ctx):
    tea = goods(ctx, "333", "JPY", "0.08")
    order = shop.order(currency="EUR")

    SalesOrder.update(order, shop.by_seller(), currency="JPY")
    line = shop.by_seller().create(shop.line(tea, "1", order=order))

    assert amounts(line) == (333, 27, 360)


def test_the_decimals_of_an_order_stay_when_the_currencys_are_put_right(shop, ctx):
    tea = goods(ctx, "33.3333", "JPY", "0.1")
    order = shop.order(shop.line(tea, "1"), currency="JPY")
    (yen,) = ctx.find(Currency, Currency.code == "JPY")

    Currency.update(yen, ctx, digits=2)
    SalesOrder.update(order, shop.by_seller(), ship_to_city="Ulm")

    assert order.total == 36
    assert shop.order(shop.line(tea, "1"), currency="JPY").total == Decimal("36.66")


def test_an_offer_in_yen_becomes_an_order_of_the_same_amount(shop, ctx):
    tea = goods(ctx, "33.3333", "JPY", "0")
    seller = shop.by_seller()
    line = QuotationLine(product=tea, quantity=Decimal(2))
    quotation = seller.create(Quotation(customer=shop.customer, currency="JPY", lines=[line]))
    accept(send(quotation, shop.by_seller()), shop.by_seller())

    (order,) = shop.by_seller().find(SalesOrder)

    assert (quotation.total, order.total) == (67, 67)


def test_a_contract_follows_its_currency(shop, ctx):
    tea = goods(ctx, "33.3333", "JPY", "0")
    line = ContractLine(product=tea, quantity=Decimal(2), unit_price=Decimal("33.3333"))
    amount = Money(Decimal(67), "JPY")
    seller = shop.by_seller()
    contract = seller.create(
        Contract(title="T", customer=shop.customer, starts_on=SINCE, amount=amount, lines=[line])
    )
    in_yen = contract.goods

    Contract.update(contract, shop.by_seller(), amount=Money(Decimal(67), "EUR"))

    assert (in_yen, contract.goods) == (67, Decimal("66.67"))


def test_an_order_below_its_floor_in_yen_is_still_not_submitted(shop, ctx):
    price = Money(Decimal(100), "JPY")
    tea = ctx.create(Product(name="Tea", price=price, floor=Decimal(90)))
    order = shop.order(shop.line(tea, "3", discount=Decimal("0.2")), currency="JPY")

    with pytest.raises(Exception, match="below_floor"):
        submit(order, shop.by_seller())


@settings(max_examples=200)
@given(
    digits=st.integers(0, 4),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
    total=st.integers(0, 10**12),
)
def test_shares_in_any_currency_come_to_what_is_shared(digits, weights, total):
    unit = Decimal(1).scaleb(-digits)

    parts = shares(total * unit, [one * unit for one in weights], digits)

    assert sum(parts) == total * unit
    assert all(part == part.quantize(unit) for part in parts)
