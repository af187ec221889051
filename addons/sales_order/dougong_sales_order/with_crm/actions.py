"""From a won lead to an order."""

from dougong import Context, Forbidden, Operation, action
from dougong_crm import SELL, Lead
from dougong_party import Party
from dougong_sales_order import OrderState, SalesOrder
from dougong_sales_order.with_crm.entities import OrderOrigin


@action(needs=SELL)
def open_order(lead: Lead, ctx: Context) -> SalesOrder:
    """Draft an order for the customer that a won lead became (S01).

    A lead has one order at a time: asked again, this returns the order that is there already,
    unless it was cancelled. Whoever asks must be allowed to create such an order by hand.
    """
    assert lead.party is not None  # a lead that is won has one
    order = _order_of(lead, ctx) or _draft_for(lead, lead.party, ctx)
    if not ctx.allows(Operation.CREATE, order):
        raise Forbidden("outside_rows", operation="create", entity="SalesOrder")
    return order


def _order_of(lead: Lead, ctx: Context) -> SalesOrder | None:
    """The order that was opened for the lead, unless it was cancelled."""
    for origin in ctx.find(OrderOrigin, OrderOrigin.lead == lead):
        order = ctx.get(SalesOrder, origin.id)
        if order.state is not OrderState.CANCELLED:
            return order
    return None


def _draft_for(lead: Lead, customer: Party, ctx: Context) -> SalesOrder:
    expected = lead.expected_revenue
    order = ctx.create(
        SalesOrder(
            customer=customer,
            owner=lead.owner,
            currency=expected.currency if expected else None,
            lines=[],
        )
    )
    OrderOrigin.of(order).lead = lead
    return order
