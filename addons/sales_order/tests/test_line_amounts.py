"""What a line comes to, exactly: the database and the arithmetic in Python never differ."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from dougong_product import rounded, shares, tax_in, tax_on
from dougong_sales_order import SalesOrder, SalesOrderLine

TABLE = SalesOrderLine.__table__


def number(most: int, digits: int, least: int = 0) -> Any:
    return st.integers(least, most).map(lambda whole: Decimal(whole).scaleb(-digits))


LINE = st.fixed_dictionaries(
    {
        "quantity": number(10**9, 4, least=1),
        "unit_price": number(10**9, 4),
        "discount": number(10**4, 4),
        "tax_rate": st.one_of(
            number(10**6, 6), st.sampled_from([Decimal("0.13"), Decimal("0.06")])
        ),
        "tax_included": st.booleans(),
        "unit_numerator": number(10**6, 0, least=1),
        "unit_denominator": number(10**6, 0, least=1),
    }
)


@pytest.fixture
def stored(shop):
    """Writes lines as they are, and reads what the database makes of them."""
    order = shop.order()

    def store(lines: list[dict[str, Any]]) -> list[Any]:
        rows = [{"order_id": order.id, "product_id": shop.tea.id, **line} for line in lines]
        connection = shop.world.session.connection()
        connection.execute(text("delete from sales_order.sales_order_line"))
        connection.execute(insert(TABLE), rows)
        return list(connection.execute(TABLE.select().order_by(TABLE.c.id)))

    return store


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=st.lists(LINE, min_size=1, max_size=20), off=number(10**7, 2))
def test_net_tax_and_gross_are_what_exact_arithmetic_says(stored, lines, off):
    """§4.3: with tax in the price only the net is rounded; of the whole discount nothing is lost."""
    worth = [
        rounded(
            Fraction(one["quantity"])
            * Fraction(one["unit_price"])
            * (1 - Fraction(one["discount"]))
        )
        for one in lines
    ]
    total = min(off, sum(worth, Decimal(0)))
    parts = shares(total, worth)
    for line, part in zip(lines, parts, strict=True):
        line["order_discount"] = part

    found = stored(lines)

    assert sum(row.order_discount for row in found) == total
    for line, part, priced, row in zip(lines, parts, worth, found, strict=True):
        left = priced - part
        assert left >= 0
        if line["tax_included"]:
            net, tax = tax_in(left, line["tax_rate"])
        else:
            net, tax = left, tax_on(left, line["tax_rate"])
        assert (row.net, row.tax_amount, row.gross) == (net, tax, net + tax)
        exact = Fraction(line["quantity"]) * Fraction(line["unit_numerator"])
        assert row.base_quantity == rounded(exact / Fraction(line["unit_denominator"]), 4)


def test_a_very_large_price_that_contains_tax_is_exact_too(stored):
    """A quotient that is rounded twice would be a cent off here."""
    price = Decimal("98765432109.87")
    line = {"quantity": Decimal(10000), "unit_price": price, "discount": Decimal(0)}
    line |= {"tax_rate": Decimal("0.130001"), "tax_included": True}

    (row,) = stored([line])

    assert (row.net, row.tax_amount) == tax_in(price * 10000, Decimal("0.130001"))


def test_the_order_sums_its_lines_in_the_database(shop, stored):
    line: dict[str, Any] = {
        "quantity": Decimal(1),
        "unit_price": Decimal("10.05"),
        "tax_rate": Decimal("0.1"),
    }
    line["tax_included"] = False
    stored([line, {**line, "tax_included": True}])
    shop.world.session.expire_all()

    (order,) = shop.by_seller().find(SalesOrder)

    assert (order.untaxed, order.tax, order.total) == tuple(
        map(Decimal, ("19.19", "1.92", "21.11"))
    )
