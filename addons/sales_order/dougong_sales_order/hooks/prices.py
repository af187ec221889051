"""What an order costs stays right: its list, what is let off the whole of it, and its floors."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect

from dougong import Context, Refused, after, before, guard
from dougong_product import TaxRoundingLevel, digits_of, rounded, rounding_of
from dougong_sales_order.conceding import measure
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.pricing import (
    check_decimals,
    check_list,
    priced,
    reprice_by_list,
    round_taxes,
    share_discount,
)
from dougong_sales_order.workflows import submit

BY_LIST = {"price_list", "ordered_on", "currency"}
PRICING = {*BY_LIST, "discount", "customer"}
"""What of an order decides what its lines come to."""
CHANGES = "sales_order.changes"
NO_TERMS = {"note", "promised_on"}
UNMEASURED = (OrderState.DRAFT, OrderState.DONE, OrderState.CANCELLED)
"""Drafts are measured when they are submitted."""


@before(SalesOrder.update, form=True)
def keep_the_lists_currency(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """What is agreed in euros is not sold in dollars."""
    check_list(order, form)


@before(SalesOrder.update, form=True)
def note_what_changes(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """A form is often sent whole: what it says again is no change."""
    changes = {name for name in PRICING & form.keys() if form[name] != getattr(order, name)}
    inspect(order).info[CHANGES] = changes
    if "currency" in changes:  # there are no lines yet
        order.currency_digits = digits_of(ctx, form["currency"])
    check_decimals(order, form)


@after(SalesOrder.update)
def price_anew(order: SalesOrder, ctx: Context) -> None:
    """Another list, or day, brings its prices; another discount is shared anew."""
    changes: set[str] = inspect(order).info.pop(CHANGES)
    if changes & BY_LIST:
        reprice_by_list(order, ctx)
    if "ordered_on" in changes:
        _round_by_the_day(order, ctx)
    if "discount" in changes and not order.discount:
        share_discount(order, ctx)
    if changes:
        _follow(order, ctx)


@after(SalesOrderLine.create, together=True)
def follow_new_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """What is let off the whole order is let off each of its lines."""
    for order in {line.order for line in lines}:
        _follow(order, ctx)


@after(SalesOrderLine.update, form=True)
def follow_a_changed_line(line: SalesOrderLine, ctx: Context, **form: Any) -> None:
    """By what the lines come to now."""
    if form.keys() - NO_TERMS:
        _follow(line.order, ctx)


@after(SalesOrderLine.delete)
def follow_those_left(line: SalesOrderLine, ctx: Context) -> None:
    """All of it, however few they are."""
    _follow(line.order, ctx)


@guard(submit, loads=(SalesOrder.lines,))
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
    least = rounded(line.quantity * line.floor_price, line.currency_digits)
    return priced(line) - line.order_discount < least


def _round_by_the_day(order: SalesOrder, ctx: Context) -> None:
    """An order of another day is taxed, and rounded, as it was set for that day."""
    before = order.tax_rounding
    on, currency = order.ordered_on, order.currency
    assert on is not None  # every stored order has both
    assert currency is not None
    order.tax_rounding = rounding_of(ctx, on, currency).level
    if before is not order.tax_rounding:
        round_taxes(order, ctx)


def _follow(order: SalesOrder, ctx: Context) -> None:
    """Share what is let off the order; and what was granted for other terms has to be asked anew."""
    if order.discount:
        share_discount(order, ctx)
    if order.tax_rounding is TaxRoundingLevel.DOCUMENT:
        round_taxes(order, ctx)
    if order.state not in UNMEASURED:
        measure(order, ctx)
