"""What an order costs stays right: its list, what is let off the whole of it, and its floors."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import selectinload

from dougong import Context, Refused, after, before, guard
from dougong_product import rounded
from dougong_sales_order.entities import SalesOrder, SalesOrderLine
from dougong_sales_order.pricing import check_list, priced, reprice_by_list, share_discount
from dougong_sales_order.workflows import submit


@before(SalesOrder.update, form=True)
def keep_the_lists_currency(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """What is agreed in euros is not sold in dollars."""
    check_list(order, form)


@after(SalesOrder.update, form=True)
def price_anew(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """Another list, or day, brings its prices; another discount is shared anew."""
    if form.keys() & {"price_list", "ordered_on"}:
        reprice_by_list(order, ctx)
    if form.keys() & {"price_list", "ordered_on", "discount"}:
        share_discount(order, ctx)


@after(SalesOrderLine.create, together=True)
def share_with_new_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """What is let off the whole order is let off each of its lines."""
    for order in {line.order for line in lines if line.order.discount}:
        share_discount(order, ctx)


@after(SalesOrderLine.update)
def share_among_changed_lines(line: SalesOrderLine, ctx: Context) -> None:
    """By what they come to now."""
    if line.order.discount:
        share_discount(line.order, ctx)


@after(SalesOrderLine.delete)
def share_among_those_left(line: SalesOrderLine, ctx: Context) -> None:
    """All of it, however few they are."""
    if line.order.discount:
        share_discount(line.order, ctx)


@guard(submit, loads=(selectinload(SalesOrder.lines),))
def submit_what_is_worth_it(order: SalesOrder, ctx: Context) -> Refused | None:
    """Nothing is sold below its floor (S12), and no more is let off than there is."""
    lines = sorted(order.lines, key=lambda line: line.id)
    if order.discount > sum(map(priced, lines)):
        return Refused("discount_too_large", at="discount", discount=order.discount)
    below = [
        Refused("below_floor", at=("lines", place), floor=line.floor_price)
        for place, line in enumerate(lines)
        if _is_below(line)
    ]
    return Refused.all(below) if below else None


def _is_below(line: SalesOrderLine) -> bool:
    """Whether a line comes to less than its quantity at the floor, all discounts counted."""
    if line.floor_price is None:
        return False
    return priced(line) - line.order_discount < rounded(line.quantity * line.floor_price)
