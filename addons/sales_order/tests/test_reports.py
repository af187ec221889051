"""Sales figures."""

from datetime import date
from decimal import Decimal

import pytest

from dougong_sales_order import cancel, submit
from dougong_sales_order.reports import sales_by_year


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
        (1996, "USD", 2, Decimal(6), Decimal("36.67"), Decimal("36.67")),
        (1997, "USD", 1, Decimal(1), Decimal(18), Decimal("18.00")),
    ]


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
