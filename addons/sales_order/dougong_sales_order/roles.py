"""Who may do what with orders."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from dougong import Role, all_rows, change, own, read, rows_where, update
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order.entities import CustomerTerms, OrderReview, SalesOrder, SubmissionTerm
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    OVERRIDE_CREDIT,
    SEE_CREDIT,
    SEE_MARGIN,
    SEE_SALES,
    SET_CREDIT,
    SHIP,
    SUBMIT,
    VERIFY,
)


def is_of_own_order(review: Any, me: Any) -> ColumnElement[bool]:
    """Whether a review is of an order that the asker looks after."""
    order: Any = aliased(SalesOrder)
    mine = select(order.id).where(order.id == review.order_id, order.owner_id == me.id)
    return mine.exists()


READS = (read(Party), read(Product), read(CustomerTerms), read(OrderReview), read(SubmissionTerm))
EVERY = (all_rows(Party), all_rows(Product), all_rows(SubmissionTerm))

SELLER = Role(
    "sales_order.seller",
    "Drafts, submits, confirms and cancels own orders.",
    grants=[*(SUBMIT, CONFIRM, CANCEL, SEE_SALES), *change(SalesOrder), *READS],
    rows=[
        own(SalesOrder.owner),
        rows_where(OrderReview, is_of_own_order, "own_order"),
        *EVERY,
    ],
)
MANAGER = Role(
    "sales_order.manager",
    "Works on everybody's orders, reviews them and sees what they earn.",
    grants=[
        *(SUBMIT, VERIFY, APPROVE, CONFIRM, SHIP, CANCEL, SEE_SALES, SEE_MARGIN, SEE_CREDIT),
        *(*change(SalesOrder), *change(SubmissionTerm), *READS),
    ],
    rows=[all_rows(SalesOrder), all_rows(OrderReview), *EVERY],
)
FINANCE = Role(
    "sales_order.finance",
    "Sees all orders, approves their terms, and sets what customers may owe.",
    grants=[
        *(APPROVE, SEE_SALES, SEE_CREDIT, SET_CREDIT, read(SalesOrder)),
        *(update(Party), update(CustomerTerms), *READS),
    ],
    rows=[all_rows(SalesOrder), all_rows(OrderReview), *EVERY],
)
CREDIT_MANAGER = Role(
    "sales_order.credit_manager",
    "Sees all orders, and lets some go beyond their customer's credit limit.",
    grants=[OVERRIDE_CREDIT, SEE_CREDIT, read(SalesOrder), *READS],
    rows=[all_rows(SalesOrder), all_rows(OrderReview), *EVERY],
)
SHIPPER = Role(
    "sales_order.shipper",
    "Sees all orders and ships them.",
    grants=[SHIP, read(SalesOrder), read(Party), read(Product)],
    rows=[all_rows(SalesOrder), all_rows(Party), all_rows(Product)],
)
