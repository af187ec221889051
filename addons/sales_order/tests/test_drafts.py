"""Drafting an order: what it fills in, and what it costs."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert

from dougong import Invalid, Money, Refused
from dougong_product import Product
from dougong_sales_order import SalesOrder, SalesOrderLine


def test_orders_without_a_number_draw_one_after_the_other(shop):
    first, second = shop.order(shop.line()), shop.order(shop.line())

    assert first.number.startswith("SO-")
    assert int(second.number[3:]) == int(first.number[3:]) + 1


def test_a_number_that_imported_history_has_is_not_drawn_again(shop):
    last = int(shop.order(shop.line()).number[3:])
    come_in_as_history(shop, 1_000_001, f"SO-{last + 1:06d}")
    come_in_as_history(shop, 1_000_002, f"SO-{last + 2:06d}")

    order = shop.order(shop.line())

    assert order.number == f"SO-{last + 3:06d}"


def test_where_history_has_very_many_numbers_the_refusal_says_what_to_do(shop):
    last = int(shop.order(shop.line()).number[3:])
    for ahead in range(1, 101):
        come_in_as_history(shop, 1_000_000 + ahead, f"SO-{last + ahead:06d}")

    with pytest.raises(Refused, match="numbers_taken"):
        shop.order(shop.line())


def come_in_as_history(shop, record_id, number):
    """As `dougong import --history` writes it: without reactions."""
    row = {"id": record_id, "number": number, "customer_id": shop.customer.id}
    row |= {"ordered_on": date(1996, 7, 4), "currency": "USD"}
    shop.world.session.connection().execute(insert(SalesOrder.__table__).values(row))


def test_an_order_keeps_the_number_that_it_is_given(shop):
    order = shop.order(shop.line(), number="10248")

    assert order.number == "10248"


def test_a_number_that_looks_drawn_cannot_be_given(shop):
    with pytest.raises(Invalid, match="number_is_drawn") as refused:
        shop.order(shop.line(), number="SO-000001")

    assert refused.value.at == ("number",)


def test_the_number_of_an_order_never_changes(shop):
    order = shop.order(shop.line(), number="10248")

    with pytest.raises(Invalid, match="number_is_fixed"):
        SalesOrder.update(order, shop.by_seller(), number="10249")


def test_a_new_order_belongs_to_whoever_drafts_it_and_is_dated_today(shop):
    order = shop.order(shop.line())

    assert order.owner is not None
    assert order.owner.name == "Sam Seller"
    assert order.ordered_on == shop.by_seller().now.date()


def test_a_day_that_is_given_stays(shop):
    order = shop.order(shop.line(), ordered_on=date(1996, 7, 4))

    assert order.ordered_on == date(1996, 7, 4)


def test_an_order_goes_to_the_customers_address_as_it_was(shop):
    order = shop.order(shop.line())
    shop.customer.city = "Hamburg"

    assert (order.ship_to_name, order.ship_to_street, order.ship_to_city) == (
        "Alfreds",
        "Obere Str. 57",
        "Berlin",
    )


def test_an_address_that_is_given_is_not_mixed_with_the_customers(shop):
    order = shop.order(shop.line(), ship_to_name="Depot")

    assert (order.ship_to_name, order.ship_to_street) == ("Depot", None)


def test_a_line_costs_what_the_product_costs_today(shop):
    order = shop.order(shop.line(shop.tea, "2"))

    assert order.lines[0].unit_price == Decimal(18)
    assert order.currency == "USD"


def test_a_line_keeps_its_price_when_the_list_price_changes(shop):
    order = shop.order(shop.line(shop.tea, "2"))
    Product.update(shop.tea, shop.world.ctx(), price=Money(Decimal(99), "USD"))
    shop.world.session.expire_all()

    assert order.lines[0].unit_price == Decimal(18)


def test_a_price_that_is_given_beats_the_list_price(shop):
    order = shop.order(shop.line(shop.tea, "2", unit_price=Decimal("14.4")))

    assert order.lines[0].unit_price == Decimal("14.4")


def test_a_line_is_rounded_half_up_to_the_cent(shop):
    order = shop.order(
        shop.line(shop.tea, "3", unit_price=Decimal("0.335"), discount=Decimal("0.5"))
    )

    assert order.lines[0].net == Decimal("0.50")


def test_the_total_is_the_sum_of_the_rounded_lines(shop):
    order = shop.order(
        shop.line(shop.tea, "1", unit_price=Decimal("0.005")),
        shop.line(shop.tea, "1", unit_price=Decimal("0.005")),
        freight=Decimal("3.20"),
    )

    assert order.total == Decimal("0.02")


def test_an_order_without_lines_comes_to_nothing(shop):
    assert shop.order().total == 0


def test_an_order_is_in_the_currency_of_its_first_line(shop):
    assert shop.order(shop.line(shop.coffee)).currency == "EUR"


def test_a_list_price_in_another_currency_is_not_taken(shop):
    with pytest.raises(Invalid, match="other_currency") as refused:
        shop.order(shop.line(shop.tea), shop.line(shop.coffee))

    assert refused.value.at == ("lines", 1, "unit_price")
    assert refused.value.params["listed"] == "EUR"


def test_a_price_in_the_orders_currency_makes_up_for_another_list_price(shop):
    order = shop.order(shop.line(shop.tea), shop.line(shop.coffee, unit_price=Decimal(5)))

    assert [line.unit_price for line in order.lines] == [Decimal(18), Decimal(5)]


def test_the_currency_stays_while_there_are_lines(shop):
    order = shop.order(shop.line())

    with pytest.raises(Invalid, match="currency_is_fixed"):
        SalesOrder.update(order, shop.by_seller(), currency="EUR")


def test_a_product_that_is_no_longer_sold_cannot_be_ordered(shop):
    shop.tea.active = False

    with pytest.raises(Refused, match="not_sold") as refused:
        shop.order(shop.line())

    assert refused.value.at == ("lines", 0, "product")


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "0"), ("unit_price", "-1"), ("discount", "1.01")],
)
def test_a_line_that_makes_no_sense_is_refused_at_its_field(shop, field, value):
    order = shop.order()
    line = SalesOrderLine(order=order, product=shop.tea, quantity=Decimal(1))
    setattr(line, field, Decimal(value))

    with pytest.raises(Invalid, match="bad_value") as refused:
        shop.by_seller().create(line)

    assert refused.value.at == ({"unit_price": "unitPrice"}.get(field, field),)


def test_another_product_on_a_line_brings_its_list_price(shop):
    order = shop.order(shop.line(shop.coffee))
    cup = shop.world.ctx().create(Product(name="Cup", price=Money(Decimal("2.5"), "EUR")))

    SalesOrderLine.update(order.lines[0], shop.by_seller(), product=cup)

    assert order.lines[0].unit_price == Decimal("2.5")


def test_a_line_stays_with_its_order(shop):
    one, other = shop.order(shop.line()), shop.order(shop.line())

    with pytest.raises(Invalid, match="line_stays"):
        SalesOrderLine.update(one.lines[0], shop.by_seller(), order=other)
