"""The receipts and the stock of a real business give the numbers that are known of it."""

import csv
from decimal import Decimal
from itertools import groupby, islice
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dougong import Money
from dougong_inventory import (
    BackorderPolicy,
    Location,
    LocationKind,
    StockQuantity,
    Transfer,
    TransferKind,
    TransferLine,
    arrive,
    carry_out,
    expect,
    inspect,
    put_away,
)
from dougong_product import Product

FOLDER = Path(__file__).parent / "adventureworks"
EVERYTHING = 10**6
SAMPLE = (14859, 14748, 1295)
"""Ordered, received and rejected on the first 60 lines, added up in the file."""


def rows_of(name, most):
    with (FOLDER / name).open(encoding="utf-8") as file:
        rows = [{key: int(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return list(islice(rows, most))


def goods(stock, rows):
    """The products that some rows name, by the numbers that they have there."""
    admin = stock.world.ctx()
    price = Money(Decimal(1), "USD")
    numbers = sorted({row["product"] for row in rows})
    return {
        one: admin.create(Product(name=str(one), code=str(one), price=price)) for one in numbers
    }


def on_hand(stock, kind):
    total = select(func.coalesce(func.sum(StockQuantity.on_hand), 0)).join(StockQuantity.location)
    return stock.by_keeper().session.scalar(total.where(Location.kind == kind))


def receive(stock, rows):
    """Receive every purchase order as it came: what was rejected is kept apart."""
    products, supplier = goods(stock, rows), stock.place(LocationKind.SUPPLIER)
    keeper = stock.by_keeper()
    for number, of_order in groupby(rows, lambda row: row["order"]):
        lines = [
            TransferLine(
                product=products[row["product"]],
                quantity=Decimal(row["ordered"]),
                accepted=Decimal(row["received"] - row["rejected"]),
                rejected=Decimal(row["rejected"]),
            )
            for row in of_order
        ]
        receipt = Transfer(
            kind=TransferKind.RECEIPT,
            reference=f"PO-{number}",
            source=supplier,
            destination=stock.shelf,
            backorders=BackorderPolicy.NEVER,
            lines=lines,
        )
        keeper.create(receipt)
        stock.world.session.expire(receipt)
        put_away(inspect(arrive(expect(receipt, keeper), keeper), keeper), keeper)


def totals(stock):
    """What all lines of receipts ordered and moved, and what of it was rejected."""
    line = TransferLine
    sums = select(func.sum(line.base_quantity), func.sum(line.done), func.sum(line.rejected))
    return tuple(stock.by_keeper().session.execute(sums).one())


def open_stock(stock, rows):
    """Put what lay in each of the locations there, by one opening document for each."""
    products, nowhere = goods(stock, rows), stock.place(LocationKind.ADJUSTMENT)
    keeper = stock.by_keeper()
    by_place = sorted(rows, key=lambda row: row["location"])
    for number, there in groupby(by_place, lambda row: row["location"]):
        place = keeper.create(Location(name=f"L{number}", code=f"L{number}", parent=stock.shelf))
        lines = [
            TransferLine(product=products[row["product"]], quantity=Decimal(row["quantity"]))
            for row in there
            if row["quantity"]
        ]
        opening = Transfer(
            kind=TransferKind.OPENING, source=nowhere, destination=place, lines=lines
        )
        keeper.create(opening)
        stock.world.session.expire(opening)
        carry_out(opening, keeper)


def test_I03_what_was_received_and_rejected_of_some_purchase_orders(stock):
    receive(stock, rows_of("purchase_order_lines.csv", 60))

    assert totals(stock) == SAMPLE
    assert on_hand(stock, LocationKind.STOCK) == SAMPLE[1] - SAMPLE[2]
    assert on_hand(stock, LocationKind.QUARANTINE) == SAMPLE[2]


def test_I30_opening_stock_lies_where_it_was_counted(stock):
    rows = rows_of("product_inventory.csv", 100)

    open_stock(stock, rows)

    assert on_hand(stock, LocationKind.STOCK) == sum(row["quantity"] for row in rows)


@pytest.mark.slow
def test_I03_what_was_received_and_rejected_in_all_is_what_the_books_of_the_company_say(stock):
    receive(stock, rows_of("purchase_order_lines.csv", EVERYTHING))

    assert totals(stock) == (2_348_637, 2_327_299, 72_700)
    assert on_hand(stock, LocationKind.QUARANTINE) == 72_700


@pytest.mark.slow
def test_I30_the_whole_opening_stock_is_what_the_books_of_the_company_say(stock):
    open_stock(stock, rows_of("product_inventory.csv", EVERYTHING))

    assert on_hand(stock, LocationKind.STOCK) == 335_974
