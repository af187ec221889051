"""Whoever lets off more than they may asks first, and again after every change (S12, S27)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import joinedload

from dougong import Context, Refused, after, guard, holders
from dougong_sales_order.conceding import measure
from dougong_sales_order.entities import (
    Concession,
    ConcessionState,
    OrderState,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.workflows import confirm, deny, grant, submit

WHO = (joinedload(Concession.user), joinedload(Concession.asked_by))
TERMS = {"customer", "discount", "price_list", "ordered_on", "currency"}
NO_TERMS = {"note", "promised_on"}
OVER = (OrderState.DRAFT, OrderState.DONE, OrderState.CANCELLED)


@after(submit)
def ask_for_what_is_above_the_limit(order: SalesOrder, ctx: Context) -> None:
    """Within one's own limit nobody is asked."""
    measure(order, ctx)


@after(SalesOrder.update, form=True)
def ask_again_after_a_change(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """What was granted holds for the terms that it was granted for."""
    if form.keys() & TERMS:
        _measure_again(order, ctx)


@after(SalesOrderLine.create, together=True)
def ask_again_for_other_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """The same where lines are added."""
    for order in {line.order for line in lines}:
        _measure_again(order, ctx)


@after(SalesOrderLine.update, form=True)
def ask_again_for_a_changed_line(line: SalesOrderLine, ctx: Context, **form: Any) -> None:
    """The same where one is changed."""
    if form.keys() - NO_TERMS:
        _measure_again(line.order, ctx)


@after(SalesOrderLine.delete)
def ask_again_without_a_line(line: SalesOrderLine, ctx: Context) -> None:
    """The same where one is taken away."""
    _measure_again(line.order, ctx)


@guard(confirm)
def confirm_what_may_be_let_off(order: SalesOrder, ctx: Context) -> Refused | None:
    """Nobody is promised what somebody still has to allow."""
    if order.concession in (None, ConcessionState.GRANTED):
        return None
    return Refused("concession_missing", number=order.number, state=order.concession)


@guard(grant, loads=WHO)
def grant_what_one_was_asked(concession: Concession, ctx: Context) -> Refused | None:
    """Only the nearest who may allow it is asked."""
    return _not_asked(concession, ctx)


@guard(deny, loads=WHO)
def deny_what_one_was_asked(concession: Concession, ctx: Context) -> Refused | None:
    """The same the other way."""
    return _not_asked(concession, ctx)


def _not_asked(concession: Concession, ctx: Context) -> Refused | None:
    asked = [concession.user] if concession.user else holders(ctx, concession.role or "")
    others = [one for one in asked if one is not concession.asked_by]
    return None if ctx.me in others else Refused("somebody_else_is_asked")


def _measure_again(order: SalesOrder, ctx: Context) -> None:
    """Drafts are measured when they are submitted."""
    if order.state not in OVER:
        measure(order, ctx)
