"""From a lead to an offer, and from a won lead to an order."""

from dougong import Context, Entity, Forbidden, Operation, Refused, action
from dougong_crm import SELL, Lead
from dougong_party import Party
from dougong_sales_order import (
    QUOTE,
    OrderState,
    Quotation,
    QuotationState,
    SalesOrder,
    accept,
)
from dougong_sales_order.with_crm.entities import OrderOrigin, QuotationOrigin


@action(needs=SELL)
def open_quotation(lead: Lead, ctx: Context, *, customer: Party | None = None) -> Quotation:
    """Draft a quotation for a lead, whose owner looks after it (S01).

    Whoever asks must be allowed to create such a quotation by hand.

    customer: Who is offered it, where the lead is no customer yet; from now on the lead is this one.
    """
    party = lead.party or customer
    if party is None:
        raise Refused("no_customer_yet", at="customer", name=lead.name)
    if customer not in (None, party):
        raise Refused("another_customer", at="customer", name=lead.name)
    lead.party = party
    quotation = ctx.create(
        Quotation(customer=party, owner=lead.owner, currency=_currency(lead), lines=[])
    )
    QuotationOrigin.of(quotation).lead = lead
    _check_by_hand(quotation, ctx)
    return quotation


@action(needs=SELL)
def open_order(lead: Lead, ctx: Context) -> SalesOrder:
    """Draft an order for the customer that a won lead became (S01).

    A quotation that was sent for the lead, and holds, is accepted by this: the order has its lines
    and prices. A lead has one order at a time: asked again, this returns the order that is there
    already, unless it was cancelled. Whoever asks must be allowed to do all this by hand.
    """
    assert lead.party is not None  # a lead that is won has one
    offers = _offers(lead, ctx)
    order = _order_of(lead, ctx) or _accepted(offers, ctx) or _draft_for(lead, lead.party, ctx)
    _check_by_hand(order, ctx)
    return order


def _check_by_hand(record: Entity, ctx: Context) -> None:
    if not ctx.allows(Operation.CREATE, record):
        raise Forbidden("outside_rows", operation="create", entity=type(record).__name__)


def _order_of(lead: Lead, ctx: Context) -> SalesOrder | None:
    """The order that was opened for the lead, unless it was cancelled."""
    for origin in ctx.find(OrderOrigin, OrderOrigin.lead == lead):
        order = ctx.get(SalesOrder, origin.id)
        if order.state is not OrderState.CANCELLED:
            return order
    return None


def _offers(lead: Lead, ctx: Context) -> list[Quotation]:
    """The lead's quotations, held: nobody accepts one while we look for orders."""
    numbers = [one.id for one in ctx.find(QuotationOrigin, QuotationOrigin.lead == lead)]
    return ctx.hold(Quotation, Quotation.id.in_(numbers))


def _accepted(offers: list[Quotation], ctx: Context) -> SalesOrder | None:
    """The order of the latest offer that can be accepted, which it is by this."""
    today = ctx.now.date()
    for offer in reversed(offers):
        if offer.state is QuotationState.SENT and offer.valid_until and offer.valid_until >= today:
            if not ctx.allows(QUOTE, offer):
                raise Forbidden("outside_rows", operation=accept, entity="Quotation")
            accept(offer, ctx)
            return ctx.find(SalesOrder, SalesOrder.quotation == offer)[0]
    return None


def _draft_for(lead: Lead, customer: Party, ctx: Context) -> SalesOrder:
    order = ctx.create(
        SalesOrder(customer=customer, owner=lead.owner, currency=_currency(lead), lines=[])
    )
    OrderOrigin.of(order).lead = lead
    return order


def _currency(lead: Lead) -> str | None:
    return lead.expected_revenue.currency if lead.expected_revenue else None
