"""Who may do what with orders."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from dougong import Role, all_rows, change, own, read, rows_where
from dougong_party import Party
from dougong_product import PriceList, Product, Tax, UnitOfMeasure
from dougong_sales_order.entities import (
    Concession,
    Delivery,
    PromiseChange,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    GRANT_CONCESSIONS,
    PROMISE,
    SEE_MARGIN,
    SEE_SALES,
    SHIP,
    SUBMIT,
)

KNOWN = (Party, Product, PriceList, Tax, UnitOfMeasure)
"""What orders link to, for everybody who sees some."""
SEEN = [*(read(one) for one in KNOWN)]
ALL = [*(all_rows(one) for one in KNOWN)]


def key(record: Any, link: str) -> Any:
    """The key column of a link."""
    return getattr(record, f"{link}_id")


def of_own_order(record: Any, me: Any) -> ColumnElement[bool]:
    """Whether a delivery or a concession is about an order that the asker looks after."""
    order = aliased(SalesOrder)
    mine = key(order, "owner") == me.id
    return select(order.id).where(order.id == key(record, "order"), mine).exists()


def on_own_order(change: Any, me: Any) -> ColumnElement[bool]:
    """Whether a promise was changed on an order that the asker looks after."""
    line, order = aliased(SalesOrderLine), aliased(SalesOrder)
    lines = select(line.id).join(order, order.id == key(line, "order"))
    mine = key(order, "owner") == me.id
    return lines.where(line.id == key(change, "line"), mine).exists()


SELLER = Role(
    "sales_order.seller",
    "Drafts, submits, confirms and cancels own orders.",
    grants=[
        *(SUBMIT, CONFIRM, CANCEL, PROMISE, SEE_SALES),
        *change(SalesOrder),
        *(read(Delivery), read(PromiseChange), read(Concession), *SEEN),
    ],
    rows=[
        *(own(SalesOrder.owner), *ALL),
        rows_where(Delivery, of_own_order, "own_order"),
        rows_where(Concession, of_own_order, "own_order"),
        rows_where(PromiseChange, on_own_order, "own_order"),
    ],
)
MANAGER = Role(
    "sales_order.manager",
    "Works on everybody's orders, approves them, allows discounts and sees what they earn.",
    grants=[
        *(SUBMIT, APPROVE, CONFIRM, SHIP, CANCEL, PROMISE, GRANT_CONCESSIONS),
        *(SEE_SALES, SEE_MARGIN),
        *(*change(SalesOrder), *change(Delivery)),
        *(read(PromiseChange), read(Concession), *SEEN),
    ],
    rows=[
        *(all_rows(SalesOrder), all_rows(Delivery)),
        *(all_rows(PromiseChange), all_rows(Concession), *ALL),
    ],
)
SHIPPER = Role(
    "sales_order.shipper",
    "Sees all orders, ships them and writes down what was delivered.",
    grants=[SHIP, read(SalesOrder), *change(Delivery), read(PromiseChange), *SEEN],
    rows=[all_rows(SalesOrder), all_rows(Delivery), all_rows(PromiseChange), *ALL],
)
