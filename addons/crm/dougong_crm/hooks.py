"""What the CRM adds to what others do with its records."""

from dougong import Context, before
from dougong_crm.entities import Lead


@before(Lead.create)
def whoever_brings_a_lead_owns_it(lead: Lead, ctx: Context) -> None:
    """A lead without an owner belongs to the one who enters it (C26)."""
    if lead.owner is None:
        lead.owner = ctx.me
