"""From a won lead to an order."""

from dougong import Context, Refused, action
from dougong_crm import Lead, LeadStage
from dougong_sales_order import SUBMIT, OrderState, SalesOrder
from dougong_sales_order.with_crm.entities import OrderOrigin


@action(needs=SUBMIT)
def open_order(lead: Lead, ctx: Context) -> SalesOrder:
    """Draft an order for the customer that a won lead became (S01).

    A lead has one order at a time: asked again, this returns the order that is there already,
    unless it was cancelled.
    """
    if lead.stage is not LeadStage.WON or lead.party is None:
        raise Refused("lead_not_won", name=lead.name)
    for origin in ctx.find(OrderOrigin, OrderOrigin.lead == lead):
        order = ctx.get(SalesOrder, origin.id)
        if order.state is not OrderState.CANCELLED:
            return order
    expected = lead.expected_revenue
    order = ctx.create(
        SalesOrder(
            customer=lead.party,
            owner=lead.owner,
            currency=expected.currency if expected else None,
            lines=[],
        )
    )
    OrderOrigin.of(order).lead = lead
    return order
