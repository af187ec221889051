"""What orders, offers and contracts come to stays through every revision of the tables."""

from decimal import Decimal

import pytest
from sqlalchemy import text

from dougong.addons.discovery import parts_of
from dougong.addons.migrations import create_schema, upgrade
from dougong.db.engine import open_database

FIRST = "0006"
"""The revision at which orders, offers and contracts had all been there."""
FIRM = """
insert into party.party (name, kind) values ('Kim', 'COMPANY');
insert into product.product (name, kind, price_amount, price_currency, active)
values ('Tea', 'GOODS', 18, 'EUR', true);
insert into sales_order.sales_order (number, customer_id, currency, ordered_on, state, discount)
values ('SO-1', 1, 'EUR', '2026-01-05', 'CONFIRMED', 1.50);
insert into sales_order.sales_order_line
       (order_id, product_id, quantity, unit_price, discount, order_discount, tax_rate, tax_included,
        unit_cost)
values (1, 1, 3, 33.33, 0, 1.50, 0.13, false, 11.25), (1, 1, 1, 99.99, 0, 0, 0.13, true, null),
       (1, 1, 2.5, 0.335, 0.05, 0, 0, false, 1);
insert into sales_order.quotation (number, customer_id, currency, valid_until, state)
values ('Q-1', 1, 'EUR', '2026-02-01', 'SENT');
insert into sales_order.quotation_line (quotation_id, product_id, quantity, unit_price, discount)
values (1, 1, 3, 0.335, 0.5);
insert into sales_order.contract (number, title, customer_id, starts_on, amount_amount,
                                  amount_currency, state)
values ('C-1', 'Tea', 1, '2026-01-01', 9000, 'EUR', 'ACTIVE');
insert into sales_order.contract_line (contract_id, product_id, quantity, unit_price)
values (1, 1, 500, 18.005)
"""
LINES = "select net, tax_amount, gross, margin from sales_order.sales_order_line order by id"
OTHERS = """select (select net from sales_order.quotation_line), (select net from sales_order.contract_line),
  (select discount from sales_order.sales_order)"""


@pytest.fixture
def connection(databases):
    """Without sales_order, but with all that it needs; nothing stays."""
    engine = open_database(databases.clone("party", "product"))
    with engine.connect() as opened, opened.begin() as undone:
        yield opened
        undone.rollback()
    engine.dispose()


def test_what_was_sold_offered_and_agreed_comes_to_the_same_after_an_upgrade(connection):
    part = next(
        one for one in parts_of(["party", "product", "sales_order"]) if one.name == "sales_order"
    )
    create_schema(connection, part)
    upgrade(connection, part, FIRST)
    for statement in FIRM.split(";"):
        connection.execute(text(statement))
    before = [connection.execute(text(one)).all() for one in (LINES, OTHERS)]

    upgrade(connection, part)

    after = [connection.execute(text(one)).all() for one in (LINES, OTHERS)]
    assert after == before
    assert before[0][:2] == [
        (Decimal("98.49"), Decimal("12.80"), Decimal("111.29"), Decimal("64.74")),
        (Decimal("88.49"), Decimal("11.50"), Decimal("99.99"), None),
    ]
    assert before[1] == [(Decimal("0.50"), Decimal("9002.50"), Decimal("1.50"))]


def test_a_line_of_before_is_rounded_by_its_currency_where_somebody_puts_that_right(connection):
    part = next(
        one for one in parts_of(["party", "product", "sales_order"]) if one.name == "sales_order"
    )
    create_schema(connection, part)
    upgrade(connection, part, FIRST)
    for statement in FIRM.split(";"):
        connection.execute(text(statement))
    upgrade(connection, part)

    connection.execute(
        text("update sales_order.sales_order_line set currency_digits = 0, order_discount = 1")
    )

    assert connection.execute(text(LINES)).all()[:2] == [
        (Decimal(99), Decimal(13), Decimal(112), Decimal(65)),
        (Decimal(88), Decimal(11), Decimal(99), None),
    ]
