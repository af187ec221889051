"""Tax that is rounded once for the whole order, and shared by its lines to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dougong import Money
from dougong_product import (
    Product,
    Tax,
    TaxRate,
    TaxRounding,
    TaxRoundingLevel,
    rounded,
    tax_in,
    tax_on,
)
from dougong_sales_order import OrderState, SalesOrder, SalesOrderLine, submit

SINCE = date(2020, 1, 1)
DOCUMENT = TaxRoundingLevel.DOCUMENT


@pytest.fixture
def ctx(shop):
    return shop.world.ctx()


@pytest.fixture
def by_document(ctx):
    """The organisation rounds the tax of whole documents, from 2020 on."""
    return ctx.create(TaxRounding(since=SINCE, level=DOCUMENT))


@pytest.fixture
def goods(ctx):
    """Three products: taxed on top, with the tax in the price, and without a tax."""

    def one(name, rate, included=False):
        rates = [TaxRate(since=SINCE, rate=Decimal(rate))]
        return ctx.create(Tax(code=name, name=name, included=included, rates=rates))

    price = Money(Decimal("10.05"), "USD")
    taxes = [one("TOP", "0.1"), one("IN", "0.13", included=True), None]
    return [ctx.create(Product(name="X", price=price, tax=tax)) for tax in taxes]


def amounts(shop, order):
    shop.world.session.expire_all()
    return [(line.net, line.tax_amount, line.gross) for line in order.lines]


def test_without_a_setting_each_lines_tax_is_rounded(shop, goods):
    order = shop.order(*(shop.line(goods[0]) for _ in range(3)))

    assert order.tax_rounding is TaxRoundingLevel.LINE
    assert order.tax == Decimal("3.03")


def test_the_tax_of_the_whole_order_is_rounded_once(shop, goods, by_document):
    order = shop.order(*(shop.line(goods[0]) for _ in range(3)))

    assert order.tax_rounding is DOCUMENT
    assert [line.tax_amount for line in order.lines] == [
        Decimal("1.01"), Decimal("1.01"), Decimal("1.00")
    ]  # fmt: skip
    assert (order.untaxed, order.tax, order.total) == (
        Decimal("30.15"), Decimal("3.02"), Decimal("33.17")
    )  # fmt: skip


def test_a_price_that_contains_its_tax_stays_and_only_net_and_tax_are_shared(
    shop, goods, by_document
):
    order = shop.order(*(shop.line(goods[1]) for _ in range(3)))

    net, tax = tax_in(Decimal("30.15"), Decimal("0.13"))
    assert (order.untaxed, order.tax, order.total) == (net, tax, Decimal("30.15"))
    assert tax != 3 * tax_in(Decimal("10.05"), Decimal("0.13"))[1]
    assert {line.gross for line in order.lines} == {Decimal("10.05")}


def test_the_day_of_the_order_says_how_its_tax_is_rounded(shop, goods, by_document):
    before = shop.order(*(shop.line(goods[0]) for _ in range(3)), ordered_on=SINCE)
    assert before.tax == Decimal("3.02")
    with pytest.raises(Exception, match="no_tax_rate"):
        shop.order(shop.line(goods[0]), ordered_on=date(2019, 12, 31))


def test_another_day_rounds_as_it_was_set_for_that_day(shop, ctx, goods):
    later = date(2999, 1, 1)
    ctx.create(TaxRounding(since=later, level=DOCUMENT))
    order = shop.order(*(shop.line(goods[0]) for _ in range(3)))
    assert order.tax == Decimal("3.03")

    SalesOrder.update(order, shop.by_seller(), ordered_on=later)
    shop.world.session.expire_all()
    assert (order.tax_rounding, order.tax) == (DOCUMENT, Decimal("3.02"))

    SalesOrder.update(order, shop.by_seller(), ordered_on=date(2021, 1, 1))
    shop.world.session.expire_all()
    assert (order.tax_rounding, order.tax) == (TaxRoundingLevel.LINE, Decimal("3.03"))


def test_every_change_of_the_lines_or_the_discount_rounds_the_tax_anew(shop, goods, by_document):
    order = shop.order(*(shop.line(goods[0]) for _ in range(3)))
    first = order.lines[0]

    SalesOrderLine.update(first, shop.by_seller(), quantity=Decimal(2))
    shop.world.session.expire_all()
    assert order.tax == tax_on(Decimal("40.20"), Decimal("0.1"))

    SalesOrderLine.delete(order.lines[1], shop.by_seller())
    shop.world.session.expire_all()
    assert order.tax == tax_on(Decimal("30.15"), Decimal("0.1"))

    SalesOrder.update(order, shop.by_seller(), discount=Decimal("0.55"))
    shop.world.session.expire_all()
    assert order.tax == tax_on(Decimal("29.60"), Decimal("0.1"))

    shop.by_seller().create(SalesOrderLine(order=order, product=goods[2], quantity=Decimal(1)))
    shop.world.session.expire_all()
    assert sum(line.tax_amount for line in order.lines) == order.tax


def test_how_tax_is_rounded_is_no_change_of_what_was_reviewed(shop, goods, by_document):
    order = submit(shop.order(*(shop.line(goods[0]) for _ in range(3))), shop.by_seller())

    assert shop.reviewed(order).state is OrderState.APPROVED


LINES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(1, 99_999).map(lambda whole: Decimal(whole).scaleb(-1)),
        st.integers(0, 9_999_999).map(lambda whole: Decimal(whole).scaleb(-4)),
        st.integers(0, 10_000).map(lambda whole: Decimal(whole).scaleb(-4)),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=LINES, part=st.integers(0, 100))
def test_the_lines_taxes_come_to_the_documents_exactly(shop, goods, by_document, lines, part):
    """§4.3: per document, with or without the tax in the price, whatever is let off the whole."""
    made = [
        shop.line(goods[kind], str(quantity), unit_price=price, discount=off)
        for kind, quantity, price, off in lines
    ]
    worth = sum(
        (rounded(one.quantity * one.unit_price * (1 - one.discount)) for one in made), Decimal(0)
    )

    order = shop.order(*made, discount=rounded(worth * part / 100))

    found = order.lines
    assert sum(line.order_discount for line in found) == order.discount
    whole = {goods[0].id: Decimal(0), goods[1].id: Decimal(0), goods[2].id: Decimal(0)}
    for line in found:
        priced = rounded(line.quantity * line.unit_price * (1 - line.discount))
        whole[line.product.id] += priced - line.order_discount
        assert line.net + line.tax_amount == line.gross
        assert line.net >= 0
        assert line.tax_amount >= 0
        assert abs(line.tax_difference) <= Decimal("0.02")
    on_top, inside, untaxed = (whole[one.id] for one in goods)
    net, tax = tax_in(inside, Decimal("0.13"))
    assert order.tax == tax_on(on_top, Decimal("0.1")) + tax
    assert order.untaxed == on_top + net + untaxed
    assert order.total == order.untaxed + order.tax
    connection = shop.world.session.connection()
    connection.execute(text("delete from sales_order.sales_order_line"))


def test_S12_the_setting_is_made_and_its_effect_is_seen_over_the_api(live_world):
    served = live_world("sales_order")
    editor = served.person("product.editor")
    seller = served.person("sales_order.seller")
    boss = served.person("dougong.administrator")
    told = served.ask(
        """mutation @atomic {
          createTaxRounding(input: {since: "2020-01-01", level: DOCUMENT}) {
            taxRounding { level } userErrors { message } }
          createTax(input: {code: "VAT", name: "VAT", rates: [{since: "2020-01-01", rate: "0.1"}]}) {
            tax { id } userErrors { message } } }""",
        editor,
    )
    assert told["createTaxRounding"]["taxRounding"] == {"level": "DOCUMENT"}
    tax = told["createTax"]["tax"]["id"]
    ids = served.ask(
        """mutation ($tax: ID!) { createParty(input: {name: "A"}) { party { id } }
          createProduct(input: {name: "Tea", price: {amount: "10.05", currency: "USD"}, tax: $tax}) {
            product { id } } }""",
        boss,
        tax=tax,
    )
    tea = {"product": ids["createProduct"]["product"]["id"], "quantity": "1"}

    made = served.ask(
        """mutation ($i: SalesOrderCreate!) { createSalesOrder(input: $i) { salesOrder {
             taxRounding tax total lines { nodes { taxAmount taxDifference } } } userErrors { message } } }""",
        seller,
        i={"customer": ids["createParty"]["party"]["id"], "lines": [tea, tea, tea]},
    )["createSalesOrder"]

    assert made["userErrors"] == []
    assert made["salesOrder"]["taxRounding"] == "DOCUMENT"
    assert made["salesOrder"]["tax"] == "3.0200"
    assert [line["taxAmount"] for line in made["salesOrder"]["lines"]["nodes"]] == [
        "1.0100", "1.0100", "1.0000"
    ]  # fmt: skip
    (refused,) = served.ask(
        """mutation { createTaxRounding(input: {since: "2020-01-01", level: LINE}) {
             userErrors { code } } }""",
        editor,
    )["createTaxRounding"]["userErrors"]
    assert refused["code"] == "taken"
