"""What follows from orders, their lines, and today's date."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from dougong import Asking, computed
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine

OPEN = (OrderState.SUBMITTED, OrderState.VERIFIED, OrderState.APPROVED, OrderState.CONFIRMED)


@computed(SalesOrder.state, SalesOrder.promised_on)
def days_late(
    rows: Sequence[tuple[OrderState, date | None]], asking: Asking
) -> Sequence[int | None]:
    """For how many days the customer has waited longer than promised; null unless it is open."""
    today = asking.now.date()
    return [
        max(0, (today - promised).days) if promised and state in OPEN else None
        for state, promised in rows
    ]


@computed(SalesOrderLine.promised_on, SalesOrderLine.delivered_on, SalesOrderLine.quantity_open)
def late(
    rows: Sequence[tuple[date | None, date | None, Decimal]], asking: Asking
) -> Sequence[bool]:
    """Whether it was delivered after the promised day, or is still open past it (S26)."""
    today = asking.now.date()
    return [
        promised is not None and (delivered or (today if left else promised)) > promised
        for promised, delivered, left in rows
    ]
