"""What is done with quotations besides their steps."""

from dougong import Context, action
from dougong_sales_order.drafting import draft_revision
from dougong_sales_order.entities import Quotation
from dougong_sales_order.permissions import QUOTE
from dougong_sales_order.workflows import supersede


@action(needs=QUOTE)
def revise_quotation(quotation: Quotation, ctx: Context) -> Quotation:
    """Draft the next revision of a quotation, which this one makes way for (S25).

    It begins as a copy, and is changed and sent like any draft.
    """
    quotation.superseded_on = ctx.now.date()
    supersede(quotation, ctx)
    return draft_revision(quotation, ctx)
