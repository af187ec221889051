"""Gifts, how many of them somebody may give, and goods for which points are spent."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, link, owned, sum_of
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Location
from dougong_inventory.points import spend_points
from dougong_party import Party
from dougong_product import Product


class GiftState(StrEnum):
    """How far a gift has come."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    ISSUED = "ISSUED"
    REVERSED = "REVERSED"


class RedemptionState(StrEnum):
    """Whether points were spent."""

    DRAFT = "DRAFT"
    REDEEMED = "REDEEMED"
    REVERSED = "REVERSED"


class GiftLine(Entity):
    """One product that is given away."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    gift: Mapped["GiftIssue"] = link(default=None, on_delete="CASCADE")
    """The gift that the line is part of."""
    product: Mapped[Product] = link(reverse="giftLines")
    """What is given."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    lot: Mapped[Lot | None] = link(default=None, reverse="-")
    """Of this lot or piece; of any without one."""


class GiftIssue(Entity, searchable=("number",)):
    """Goods that are given away, to whom and why (I24)."""

    number: Mapped[str | None] = mapped_column(
        nullable=False, default=None, init=False, unique=True
    )
    """What people call it: G-000123 or the like."""
    party: Mapped[Party] = link()
    """Who gets it."""
    location: Mapped[Location] = link(reverse="-")
    """From which shelf it is taken."""
    reason: Mapped[str]
    """Why it is given."""
    reference: Mapped[str | None] = mapped_column(default=None, index=True)
    """What it is given for: an order's number, or the key under which gifts were reserved."""
    giver: Mapped[User | None] = link(default=None, init=False, reverse="gifts")
    """Who gives it, and whose quota it counts against."""
    state: Mapped[GiftState] = mapped_column(default=GiftState.DRAFT, index=True, init=False)
    """How far it has come."""
    issued_on: Mapped[date | None] = mapped_column(default=None, init=False, index=True)
    """The day on which the goods left."""
    lines: Mapped[list[GiftLine]] = owned(default_factory=list)
    """What is given."""
    units: Mapped[Decimal] = sum_of(GiftLine.quantity)
    """How many units that is."""


class GiftQuota(Entity):
    """How many units somebody may give away in some days; every quota of a day must have room."""

    __table_args__ = (
        CheckConstraint("until >= since", name="until"),
        CheckConstraint("most >= 0", name="most"),
        CheckConstraint("given >= 0", name="given"),
    )

    user: Mapped[User] = link(reverse="giftQuotas", on_delete="CASCADE")
    """Who gives."""
    since: Mapped[date]
    """The first day."""
    until: Mapped[date]
    """The last day."""
    most: Mapped[Quantity]
    """How many units, of all products together."""
    given: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many of these are given already."""


class RedemptionLine(Entity):
    """One product that points are spent for."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    redemption: Mapped["Redemption"] = link(default=None, on_delete="CASCADE")
    """The redemption that the line is part of."""
    product: Mapped[Product] = link(reverse="redemptionLines")
    """What is handed over."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    lot: Mapped[Lot | None] = link(default=None, reverse="-")
    """Of this lot or piece; of any without one."""


class Redemption(Entity, searchable=("number",), needs_answer=spend_points):
    """Goods that somebody gets for points (I25)."""

    __table_args__ = (CheckConstraint("points > 0", name="points"),)

    number: Mapped[str | None] = mapped_column(
        nullable=False, default=None, init=False, unique=True
    )
    """What people call it: RD-000123 or the like."""
    party: Mapped[Party] = link()
    """Whose points are spent."""
    location: Mapped[Location] = link(reverse="-")
    """From which shelf the goods are taken."""
    points: Mapped[int]
    """How many points."""
    receipt: Mapped[str | None] = mapped_column(default=None, init=False)
    """What whoever keeps the points calls the spending of them."""
    state: Mapped[RedemptionState] = mapped_column(
        default=RedemptionState.DRAFT, index=True, init=False
    )
    """Whether the points were spent."""
    redeemed_on: Mapped[date | None] = mapped_column(default=None, init=False, index=True)
    """The day on which the goods were handed over."""
    lines: Mapped[list[RedemptionLine]] = owned(default_factory=list)
    """What is handed over."""
