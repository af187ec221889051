"""Who may do what with orders."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from dougong import Role, all_rows, change, own, read, rows_where, team, update
from dougong_party import Party
from dougong_product import PriceList, Product, ProductCategory, Tax, UnitOfMeasure
from dougong_sales_order.entities import (
    Concession,
    Contract,
    CustomerPrices,
    CustomerTerms,
    Delivery,
    OrderReview,
    PromiseChange,
    Quotation,
    SalesOrder,
    SalesOrderLine,
    SubmissionTerm,
)
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    GRANT_CONCESSIONS,
    NEGOTIATE,
    OVERRIDE_CREDIT,
    PROMISE,
    QUOTE,
    REVIEW_CONTRACTS,
    REVIEW_LARGE_CONTRACTS,
    SEE_CREDIT,
    SEE_MARGIN,
    SEE_SALES,
    SET_CREDIT,
    SHIP,
    SUBMIT,
    VERIFY,
    VOID_CONTRACTS,
)

KNOWN = (Party, Product, ProductCategory, PriceList, Tax, UnitOfMeasure, SubmissionTerm)
"""What orders link to or keep to, for everybody who sees some."""
SEEN = (*(read(one) for one in KNOWN), read(CustomerTerms), read(CustomerPrices))
ALL = tuple(all_rows(one) for one in KNOWN)
ABOUT = (OrderReview, Delivery, Concession)
"""What is written about one order."""


def key(record: Any, link: str) -> Any:
    """The key column of a link."""
    return getattr(record, f"{link}_id")


def of_own_order(record: Any, me: Any) -> ColumnElement[bool]:
    """Whether a review, delivery or concession is about an order that the asker looks after."""
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
    "Makes offers and contracts, drafts, submits, confirms and cancels orders: own ones.",
    grants=[
        *(SUBMIT, CONFIRM, CANCEL, PROMISE, SEE_SALES, QUOTE, NEGOTIATE),
        *(*change(SalesOrder), *change(Quotation), *change(Contract)),
        *(*map(read, ABOUT), read(PromiseChange), *SEEN),
    ],
    rows=[
        *(own(SalesOrder.owner), own(Quotation.owner), own(Contract.salesperson), *ALL),
        *(rows_where(one, of_own_order, "own_order") for one in ABOUT),
        rows_where(PromiseChange, on_own_order, "own_order"),
    ],
)
MANAGER = Role(
    "sales_order.manager",
    "Works on everybody's offers, contracts and orders, reviews them and sees what they earn.",
    grants=[
        *(SUBMIT, VERIFY, APPROVE, CONFIRM, SHIP, CANCEL, PROMISE, GRANT_CONCESSIONS),
        *(SEE_SALES, SEE_MARGIN, SEE_CREDIT, QUOTE, NEGOTIATE),
        *(REVIEW_CONTRACTS, REVIEW_LARGE_CONTRACTS, VOID_CONTRACTS),
        *(*change(SalesOrder), *change(Quotation), *change(Contract)),
        *(*change(SubmissionTerm), *change(Delivery)),
        *(*map(read, ABOUT), read(PromiseChange), *SEEN),
    ],
    rows=[
        *(all_rows(SalesOrder), all_rows(Quotation), all_rows(Contract)),
        *(*map(all_rows, ABOUT), all_rows(PromiseChange), *ALL),
    ],
)
FINANCE = Role(
    "sales_order.finance",
    "Sees all orders, approves their terms, and sets what customers may owe.",
    grants=[
        *(APPROVE, SEE_SALES, SEE_CREDIT, SET_CREDIT, read(SalesOrder)),
        *(update(Party), update(CustomerTerms), update(CustomerPrices)),
        *(*map(read, ABOUT), *SEEN),
    ],
    rows=[all_rows(SalesOrder), *map(all_rows, ABOUT), *ALL],
)
CREDIT_MANAGER = Role(
    "sales_order.credit_manager",
    "Sees all orders, and lets some go beyond their customer's credit limit.",
    grants=[OVERRIDE_CREDIT, SEE_CREDIT, read(SalesOrder), *map(read, ABOUT), *SEEN],
    rows=[all_rows(SalesOrder), *map(all_rows, ABOUT), *ALL],
)
SHIPPER = Role(
    "sales_order.shipper",
    "Sees all orders, ships them and writes down what was delivered.",
    grants=[SHIP, read(SalesOrder), *change(Delivery), read(PromiseChange), *SEEN],
    rows=[all_rows(SalesOrder), all_rows(Delivery), all_rows(PromiseChange), *ALL],
)
LEADER = Role(
    "sales_order.leader",
    "Sees what the team offers, agrees on and sells, and the team's figures.",
    grants=[SEE_SALES, read(SalesOrder), read(Quotation), read(Contract), *SEEN],
    rows=[team(SalesOrder.owner), team(Quotation.owner), team(Contract.salesperson), *ALL],
)
LEGAL = Role(
    "sales_order.legal",
    "Sees all contracts, approves them up to the limit, sends them back and calls them off.",
    grants=[REVIEW_CONTRACTS, VOID_CONTRACTS, read(Contract), read(Party), read(Product)],
    rows=[all_rows(Contract), all_rows(Party), all_rows(Product)],
)
