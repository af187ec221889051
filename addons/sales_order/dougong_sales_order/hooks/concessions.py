"""Whoever lets off more than they may asks first, and again after every change (S12, S27)."""

from collections.abc import Sequence

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

OVER = (OrderState.DRAFT, OrderState.DONE, OrderState.CANCELLED)


@after(submit)
def ask_for_what_is_above_the_limit(order: SalesOrder, ctx: Context) -> None:
    """Within one's own limit nobody is asked."""
    measure(order, ctx)


@after(SalesOrder.update)
def ask_again_after_a_change(order: SalesOrder, ctx: Context) -> None:
    """What was granted holds for the terms that it was granted for."""
    _measure_again(order, ctx)


@after(SalesOrderLine.create, together=True)
def ask_again_for_other_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """The same where lines are added."""
    for order in {line.order for line in lines}:
        _measure_again(order, ctx)


@after(SalesOrderLine.update)
def ask_again_for_a_changed_line(line: SalesOrderLine, ctx: Context) -> None:
    """The same where one is changed."""
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


@guard(grant)
def grant_what_one_was_asked(concession: Concession, ctx: Context) -> Refused | None:
    """Only the nearest who may allow it is asked."""
    return _not_asked(concession, ctx)


@guard(deny)
def deny_what_one_was_asked(concession: Concession, ctx: Context) -> Refused | None:
    """The same the other way."""
    return _not_asked(concession, ctx)


def _not_asked(concession: Concession, ctx: Context) -> Refused | None:
    me = ctx.me
    asked = concession.user_id
    if me is not None and asked is None:
        asked = next((me.id for one in holders(ctx, concession.role or "") if one is me), None)
    if me is not None and asked == me.id and concession.asked_by_id != me.id:
        return None
    return Refused("somebody_else_is_asked")


def _measure_again(order: SalesOrder, ctx: Context) -> None:
    """Drafts are measured when they are submitted."""
    if order.state not in OVER:
        measure(order, ctx)
