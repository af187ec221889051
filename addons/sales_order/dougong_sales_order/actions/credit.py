"""Letting an order go beyond its customer's credit limit."""

from dougong import Context, Invalid, WrongState, action
from dougong_sales_order.entities import OrderReview, ReviewKind, SalesOrder
from dougong_sales_order.permissions import OVERRIDE_CREDIT
from dougong_sales_order.reviewing import record_review
from dougong_sales_order.workflows.orders import UNDER_WAY


@action(needs=OVERRIDE_CREDIT)
def override_credit(order: SalesOrder, ctx: Context, *, reason: str) -> OrderReview:
    """Let this order go beyond its customer's credit limit, as it is now (S11).

    Raises WrongState (`not_under_way`), and Invalid (`override_reason`).

    reason: Why.
    """
    if order.state not in UNDER_WAY:
        raise WrongState("not_under_way", number=order.number, state=order.state)
    if not reason.strip():
        raise Invalid("override_reason", at="reason")
    return record_review(order, ctx, ReviewKind.CREDIT, reason=reason.strip())
