"""Quotations that nobody answered in time expire by themselves."""

from sqlalchemy import select

from dougong import Context, every
from dougong_sales_order.entities import Quotation, QuotationState
from dougong_sales_order.workflows import expire

AT_ONCE = 500
"""So many in one transaction; the others an hour later."""


@every("7 * * * *")
def expire_quotations(ctx: Context) -> None:
    """Let those expire whose last day is over (S25)."""
    over = (Quotation.state == QuotationState.SENT, Quotation.valid_until < ctx.now.date())
    first = select(Quotation.id).where(*over).order_by(Quotation.id).limit(AT_ONCE)
    for quotation in ctx.hold(Quotation, *over, Quotation.id.in_(first)):
        expire(quotation, ctx)
