"""When a lead can become an order."""

from dougong import Context, Refused, guard
from dougong_crm import Lead, LeadStage
from dougong_sales_order.with_crm.actions import open_order


@guard(open_order)
def sell_to_those_who_said_yes(lead: Lead, ctx: Context) -> Refused | None:
    """A lead that is won has become a customer."""
    won = lead.stage is LeadStage.WON and lead.party is not None
    return None if won else Refused("lead_not_won", name=lead.name)
