"""Promising another day than was promised."""

from datetime import date

from dougong import Context, action
from dougong_sales_order.entities import PromiseChange, SalesOrderLine
from dougong_sales_order.permissions import PROMISE


@action(needs=PROMISE)
def change_promise(
    line: SalesOrderLine, ctx: Context, *, promised_on: date, reason: str
) -> SalesOrderLine:
    """Promise the customer another day for a line of a confirmed order (S26).

    promised_on: The day that is promised now.
    reason: Why; it stays with the day that had been promised before.
    """
    change = PromiseChange(
        line=line, was=line.promised_on, promised_on=promised_on, reason=reason.strip()
    )
    ctx.create(change)
    line.promised_on = promised_on
    days = [one.promised_on for one in line.order.lines if one.promised_on is not None]
    line.order.promised_on = max(days)
    return line
