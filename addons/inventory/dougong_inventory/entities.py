"""What the inventory remembers: places, moves between them, and what lies where."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link
from dougong_product import Product


class LocationKind(StrEnum):
    """What is on the other side of a move: our shelves, or where goods come from and go to."""

    STOCK = "STOCK"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    ADJUSTMENT = "ADJUSTMENT"


class MoveState(StrEnum):
    """How far a move has come."""

    DRAFT = "DRAFT"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class Warehouse(Entity):
    """A building that goods are kept in."""

    name: Mapped[str]
    """What people call it."""
    code: Mapped[str] = mapped_column(unique=True)
    """A short code that no other warehouse has."""


class Location(Entity):
    """A place that goods move from and to."""

    name: Mapped[str]
    """What people call it."""
    code: Mapped[str] = mapped_column(unique=True)
    """A short code that no other location has."""
    kind: Mapped[LocationKind] = mapped_column(default=LocationKind.STOCK)
    """Stock is ours to promise; the other kinds are where goods come from or go to."""
    warehouse: Mapped[Warehouse | None] = link(default=None)
    """The building that the place is in."""


class StockMove(Entity):
    """Goods that go from one place to another."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("source_id <> destination_id", name="destination"),
    )

    product: Mapped[Product] = link()
    """What is moved."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    source: Mapped[Location] = link(reverse="movesOut")
    """Where the goods are taken from."""
    destination: Mapped[Location] = link(reverse="movesIn")
    """Where the goods are brought to."""
    reference: Mapped[str | None] = mapped_column(default=None, index=True)
    """What the move was made for, such as an order's number."""
    state: Mapped[MoveState] = mapped_column(default=MoveState.DRAFT, index=True, init=False)
    """How far the move has come."""
    done_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the goods arrived."""


class StockQuantity(Entity, by_hand=False):
    """How much of a product lies at a location; written by moves and reservations alone."""

    __plural__ = "stockQuantities"
    __table_args__ = (
        UniqueConstraint("product_id", "location_id"),
        CheckConstraint("reserved >= 0", name="reserved"),
    )

    product: Mapped[Product] = link()
    """What lies there."""
    location: Mapped[Location] = link()
    """Where it lies."""
    on_hand: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """What the done moves have left there; below zero only where goods come from or go to."""
    reserved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """What is promised already."""
    available: Mapped[Decimal] = mapped_column(
        Numeric(18, 4), Computed("on_hand - reserved", persisted=True), init=False
    )
    """What can still be promised."""
