"""What the CRM adds to what others do with its records."""

from dougong import Context, Refused, before, guard
from dougong_crm.entities import Lead
from dougong_crm.workflows import qualify


@before(Lead.create)
def whoever_brings_a_lead_owns_it(lead: Lead, ctx: Context) -> None:
    """A lead without an owner belongs to the one who enters it (C26)."""
    if lead.owner is None:
        lead.owner = ctx.me


@guard(qualify)
def reach_whoever_is_qualified(lead: Lead, ctx: Context) -> Refused | None:
    """Nobody is worth a call who cannot be called (C03)."""
    reached = lead.email is not None or lead.phone is not None
    return None if reached else Refused("no_way_to_reach", name=lead.name)
