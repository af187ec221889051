"""Sales figures."""

from datetime import date
from decimal import Decimal

import pytest

from dougong_product import ProductCategory
from dougong_sales_order import cancel, submit
from dougong_sales_order.reports import sales_by_year
from dougong_sales_order.sold_by import (
    sales_by_category,
    sales_by_month,
    sales_by_product,
    sales_by_region,
)

EVIDENCE = ', evidence: "They rang back"'


@pytest.fixture
def sold(shop):
    def sell(day: date, *lines, **said):
        order = shop.order(*lines, ordered_on=day, **said)
        return shop.reviewed(submit(order, shop.by_seller()))

    return sell


def figures(shop):
    ctx = shop.by_manager()
    return [tuple(row) for row in ctx.session.execute(sales_by_year.build(ctx))]


def test_sales_are_counted_by_year_exactly_and_as_rounded_per_line(shop, sold):
    third = {"unit_price": Decimal("0.335"), "discount": Decimal("0.5")}
    sold(date(1996, 12, 31), shop.line(shop.tea, "3", **third), shop.line(shop.tea, "1", **third))
    sold(date(1996, 1, 1), shop.line(shop.tea, "2"))
    sold(date(1997, 1, 1), shop.line(shop.tea, "1"))

    assert figures(shop) == [
        (1996, "USD", 2, Decimal(6), Decimal("36.67"), Decimal("36.67"), Decimal("36.67")),
        (1997, "USD", 1, Decimal(1), Decimal(18), Decimal("18.00"), Decimal("18.00")),
    ]


def test_sales_of_a_year_are_also_told_as_rounded_once_for_each_order(shop, sold):
    third = {"unit_price": Decimal("0.335"), "discount": Decimal("0.5")}
    sold(date(1996, 1, 1), *(shop.line(shop.tea, "1", **third) for _ in range(3)))
    sold(date(1996, 1, 2), shop.line(shop.tea, "1", **third))

    ((*_, exact, by_line, by_order),) = figures(shop)

    assert (exact, by_line, by_order) == (Decimal("0.67"), Decimal("0.68"), Decimal("0.67"))


def test_each_currency_has_its_own_sum(shop, sold):
    sold(date(1996, 5, 1), shop.line(shop.tea, "1"))
    sold(date(1996, 5, 1), shop.line(shop.coffee, "2"))

    assert [(row[1], row[5]) for row in figures(shop)] == [
        ("EUR", Decimal("8.50")),
        ("USD", Decimal("18.00")),
    ]


def test_what_is_not_approved_or_was_cancelled_is_not_a_sale(shop, sold):
    shop.order(shop.line())
    submit(shop.order(shop.line()), shop.by_seller())
    cancelled = sold(date(1996, 5, 1), shop.line())
    cancel(cancelled, shop.by_manager(), reason="No")

    assert figures(shop) == []


def rows(shop, report, ctx=None):
    ctx = ctx or shop.by_manager()
    return [tuple(row) for row in ctx.session.execute(report.build(ctx))]


def test_S31_sales_are_told_by_month_product_category_and_region(shop, sold):
    ctx = shop.world.ctx()
    shelf = ctx.create(ProductCategory(code="B", name="Beverages"))
    type(shop.tea).update(shop.tea, ctx, category=shelf)
    there = {"ship_to_name": "X", "ship_to_street": "R 1", "ship_to_city": "Colmar"}
    there |= {"ship_to_country": "France", "ship_to_region": "Alsace"}
    sold(date(1996, 5, 31), shop.line(shop.tea, "2"), shop.line(shop.tea, "1"))
    sold(date(1996, 6, 1), shop.line(shop.tea, "1"), **there)
    sold(date(1996, 6, 2), shop.line(shop.coffee, "2"), **there)
    shop.order(shop.line())  # a draft is no sale

    assert rows(shop, sales_by_month) == [
        (date(1996, 5, 1), "USD", 1, Decimal(3), Decimal("54.00")),
        (date(1996, 6, 1), "EUR", 1, Decimal(2), Decimal("8.50")),
        (date(1996, 6, 1), "USD", 1, Decimal(1), Decimal("18.00")),
    ]
    assert rows(shop, sales_by_product) == [
        (shop.tea.id, "Tea", "USD", 2, Decimal(4), Decimal("72.00")),
        (shop.coffee.id, "Coffee", "EUR", 1, Decimal(2), Decimal("8.50")),
    ]
    assert rows(shop, sales_by_category) == [
        ("Beverages", "USD", 2, Decimal(4), Decimal("72.00")),
        (None, "EUR", 1, Decimal(2), Decimal("8.50")),
    ]
    assert [row[:3] + row[5:] for row in rows(shop, sales_by_region)] == [
        ("France", "Alsace", "EUR", Decimal("8.50")),
        ("France", "Alsace", "USD", Decimal("18.00")),
        (None, None, "USD", Decimal("54.00")),
    ]


def test_S31_a_salespersons_sum_excludes_others(live_world):
    served = live_world("sales_order")
    boss = served.person("dougong.administrator")
    manager = served.person("sales_order.manager")
    sam, olga = (served.person("sales_order.seller", name=name) for name in ("Sam", "Olga"))
    ids = served.ask(
        """mutation @atomic { createParty(input: {name: "A", street: "S 1", city: "C"}) { party { id } }
          createProduct(input: {name: "Tea", price: {amount: "10", currency: "USD"}}) {
            product { id } } }""",
        boss,
    )
    customer, tea = (ids[f"create{one}"][one.lower()]["id"] for one in ("Party", "Product"))
    create = """mutation ($i: SalesOrderCreate!) { createSalesOrder(input: $i) {
        salesOrder { id version } userErrors { code } } }"""
    step = """mutation ($id: ID!, $version: Int!) {
        %s(id: $id, version: $version%s) { salesOrder { id version } userErrors { code } } }"""
    for who, quantity in ((sam, "1"), (olga, "2"), (olga, "3")):
        lines = [{"product": tea, "quantity": quantity}]
        given = {"customer": customer, "paymentMethod": "CARD", "lines": lines}
        order = served.ask(create, who, i=given)["createSalesOrder"]["salesOrder"]
        steps = (("submit", who, ""), ("verify", boss, EVIDENCE), ("approve", manager, ""))
        for name, by, more in steps:
            done = served.ask(step % (f"{name}SalesOrder", more), by, **order)[f"{name}SalesOrder"]
            assert done["userErrors"] == []
            order = done["salesOrder"]

    ask = """{ salesBySalesperson { salesperson orders net }
      salesOrderStats(measures: [{as: "turnover", sum: total}]) { count values } }"""
    told = {name: served.ask(ask, who) for name, who in (("Sam", sam), ("Olga", olga))}
    everybodys = served.ask(ask, manager)

    assert told["Sam"] == {
        "salesBySalesperson": [{"salesperson": "Sam", "orders": 1, "net": "10.0000"}],
        "salesOrderStats": [{"count": 1, "values": {"turnover": "10.0000"}}],
    }
    assert told["Olga"]["salesBySalesperson"] == [
        {"salesperson": "Olga", "orders": 2, "net": "50.0000"}
    ]
    assert [row["net"] for row in everybodys["salesBySalesperson"]] == ["10.0000", "50.0000"]
