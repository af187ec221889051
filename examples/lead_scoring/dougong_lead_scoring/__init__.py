"""Lead scoring: only leads worth a call get qualified."""

from sqlalchemy.orm import Mapped, mapped_column

from dougong import AddOn, Context, Extension, Refused, action, before
from dougong_crm import SELL, Lead, qualify

addon = AddOn(name="lead_scoring", title="Lead scoring", needs=["crm"])


class LeadScore(Extension[Lead]):
    """What a lead has shown us so far."""

    score: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many points the lead has; from 50 on it is worth a call."""


@action(needs=SELL)
def award_points(lead: Lead, ctx: Context, *, points: int) -> Lead:
    """Give a lead points for something it did."""
    LeadScore.of(lead).score += points
    return lead


@before(qualify)
def enough_points(lead: Lead, ctx: Context) -> None:
    """Call only those who have shown an interest."""
    if LeadScore.of(lead).score < 50:
        raise Refused("not_enough_points", needed=50)
