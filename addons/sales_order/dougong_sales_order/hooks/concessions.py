"""Whoever lets off more than they may asks first (S12, S27)."""

from dougong import Context, Refused, after, guard, holders
from dougong_sales_order.conceding import measure
from dougong_sales_order.entities import (
    Concession,
    ConcessionState,
    SalesOrder,
)
from dougong_sales_order.workflows import confirm, deny, grant, submit

WHO = (Concession.user, Concession.asked_by)


@after(submit)
def ask_for_what_is_above_the_limit(order: SalesOrder, ctx: Context) -> None:
    """Within one's own limit nobody is asked."""
    measure(order, ctx)


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
