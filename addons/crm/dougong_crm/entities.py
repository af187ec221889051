"""What the CRM remembers."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Email, Entity, Money, Phone, User, link, money
from dougong_party import Party


class LeadStage(StrEnum):
    """How far a lead has come."""

    NEW = "NEW"
    QUALIFIED = "QUALIFIED"
    WON = "WON"
    LOST = "LOST"


class Lead(Entity, searchable=("name", "company", "email")):
    """Somebody who might buy from us."""

    name: Mapped[str]
    """The person's name, or the company's where nobody is known yet."""
    company: Mapped[str | None] = mapped_column(default=None)
    """The company that the person speaks for."""
    email: Mapped[Email | None] = mapped_column(default=None)
    """Where to write to."""
    phone: Mapped[Phone | None] = mapped_column(default=None)
    """Where to call."""
    expected_revenue: Mapped[Money | None] = money(default=None)
    """What a deal might bring."""
    stage: Mapped[LeadStage] = mapped_column(default=LeadStage.NEW, index=True, init=False)
    """How far the lead has come."""
    lost_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the lead was lost."""
    owner: Mapped[User | None] = link(default=None)
    """Who looks after the lead."""
    party: Mapped[Party | None] = link(default=None, init=False)
    """The party that the lead is: it became one when it was won, or was made an offer as one."""
