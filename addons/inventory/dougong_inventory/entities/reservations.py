"""What is kept for whom: the only truth about what is promised."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Location
from dougong_inventory.entities.transfers import TransferLine
from dougong_product import Product


class ReservationState(StrEnum):
    """Whether goods are still promised."""

    ACTIVE = "ACTIVE"
    CONSUMED = "CONSUMED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"


class Reservation(Entity, by_hand=False):
    """Goods at one location that are kept for a transfer's line."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    line: Mapped[TransferLine] = link(reverse="reservations")
    """What the goods are for."""
    product: Mapped[Product] = link()
    """What is kept."""
    location: Mapped[Location] = link()
    """Where the goods lie."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    expires_at: Mapped[datetime | None] = mapped_column(default=None, index=True)
    """Until when they are kept; without it, until they leave or are let go."""
    state: Mapped[ReservationState] = mapped_column(
        default=ReservationState.ACTIVE, index=True, init=False
    )
    """Whether the goods are still promised, have left, or are free again."""
