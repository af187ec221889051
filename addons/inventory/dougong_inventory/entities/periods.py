"""Days that are over: what was booked by then stays, and its balances are kept."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Location
from dougong_product import Product


class PeriodState(StrEnum):
    """Whether something can still be booked in a period."""

    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class StockPeriod(Entity):
    """All days up to one, since the period before."""

    ends_on: Mapped[date] = mapped_column(unique=True)
    """The last day."""
    state: Mapped[PeriodState] = mapped_column(default=PeriodState.OPEN, index=True, init=False)
    """Whether something can still be booked on its days."""
    closed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was closed."""


class PeriodBalance(Entity, by_hand=False):
    """What lay at a place at the end of a closed period."""

    __table_args__ = (
        UniqueConstraint(
            *("period_id", "product_id", "location_id", "lot_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    period: Mapped[StockPeriod] = link(reverse="balances", on_delete="CASCADE")
    """The period."""
    product: Mapped[Product] = link()
    """What lay there."""
    location: Mapped[Location] = link()
    """Where."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    quantity: Mapped[Quantity]
    """How many units, after all that happened by the end of the last day."""
