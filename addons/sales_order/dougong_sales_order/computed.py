"""What follows from an order and today's date."""

from collections.abc import Sequence
from datetime import date

from dougong import Asking, computed
from dougong_sales_order.entities import OrderState, SalesOrder

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
