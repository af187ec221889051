"""Which goods are promised to which order line."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Extension, Quantity, link
from dougong_inventory import Location
from dougong_sales_order import SalesOrderLine


class ReservationState(StrEnum):
    """Whether goods are still promised."""

    ACTIVE = "ACTIVE"
    CONSUMED = "CONSUMED"
    RELEASED = "RELEASED"


class Reservation(Entity, by_hand=False):
    """Goods at one location that are promised to an order line."""

    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    line: Mapped[SalesOrderLine] = link()
    """The order line that the goods are for."""
    location: Mapped[Location] = link()
    """Where the goods lie."""
    quantity: Mapped[Quantity]
    """How many units of the line's product."""
    state: Mapped[ReservationState] = mapped_column(
        default=ReservationState.ACTIVE, index=True, init=False
    )
    """Whether the goods are still promised, have left, or are free again."""


class LineStock(Extension[SalesOrderLine]):
    """What the inventory holds for an order line."""

    reserved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many units are reserved for the line now."""
