"""Letting an order go beyond its customer's credit limit."""

from dougong import Context, Invalid, action
from dougong_sales_order.entities import OrderReview, ReviewKind, SalesOrder
from dougong_sales_order.permissions import OVERRIDE_CREDIT
from dougong_sales_order.reviewing import record_review


@action(needs=OVERRIDE_CREDIT)
def override_credit(order: SalesOrder, ctx: Context, *, reason: str) -> OrderReview:
    """Let this order go beyond its customer's credit limit, as it is now (S11).

    Raises Invalid (`override_reason`).

    reason: Why.
    """
    if not reason.strip():
        raise Invalid("override_reason", at="reason")
    return record_review(order, ctx, ReviewKind.CREDIT, reason=reason.strip())
