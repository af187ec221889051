"""When a lead can become an offer or an order, and what remembers it."""

from dougong import Context, Refused, after, guard
from dougong_crm import Lead, LeadStage
from dougong_sales_order import Quotation, SalesOrder
from dougong_sales_order.with_crm.actions import open_order, open_quotation
from dougong_sales_order.with_crm.entities import OrderOrigin, QuotationOrigin


@guard(open_quotation)
def offer_to_those_who_may_buy(lead: Lead, ctx: Context) -> Refused | None:
    """A lead that is lost is reopened first."""
    lost = lead.stage is LeadStage.LOST
    return Refused("lead_is_lost", name=lead.name) if lost else None


@guard(open_order)
def sell_to_those_who_said_yes(lead: Lead, ctx: Context) -> Refused | None:
    """A lead that is won has become a customer."""
    won = lead.stage is LeadStage.WON and lead.party is not None
    return None if won else Refused("lead_not_won", name=lead.name)


@after(Quotation.create)
def a_revision_is_for_the_same_lead(quotation: Quotation, ctx: Context) -> None:
    """Whoever was made the first offer is made the next."""
    if quotation.revises is not None:
        QuotationOrigin.of(quotation).lead = QuotationOrigin.of(quotation.revises).lead


@after(SalesOrder.create)
def an_order_is_of_its_quotations_lead(order: SalesOrder, ctx: Context) -> None:
    """Whoever was made the offer has ordered."""
    if order.quotation is not None:
        OrderOrigin.of(order).lead = QuotationOrigin.of(order.quotation).lead
