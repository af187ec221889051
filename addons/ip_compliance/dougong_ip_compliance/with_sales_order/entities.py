"""Which contracts are looked at for intellectual property, and what came of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Extension, Money, User, link, money
from dougong_sales_order import Contract


class RightsVerdict(StrEnum):
    """Whether a contract may be signed, as far as rights are concerned."""

    CLEARED = "CLEARED"
    OBJECTED = "OBJECTED"


class RightsReviewRule(Entity):
    """From which amount on contracts are looked at for intellectual property before they are signed."""

    __table_args__ = (
        UniqueConstraint("amount_currency"),
        CheckConstraint("amount_amount >= 0", name="amount"),
    )

    amount: Mapped[Money] = money()
    """Contracts that come to this much or more, in this currency, are looked at."""


class ContractRights(Extension[Contract]):
    """What a contract has to do with intellectual property."""

    touches_rights: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it licenses, transfers or makes rights, and is looked at whatever it comes to."""
    rights_verdict: Mapped[RightsVerdict | None] = mapped_column(default=None, init=False)
    """Whether it may be signed, as far as rights are concerned."""
    rights_note: Mapped[str | None] = mapped_column(default=None, init=False)
    """What was seen, or what must be changed."""
    rights_reviewed_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who looked at it."""
    rights_reviewed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When."""
