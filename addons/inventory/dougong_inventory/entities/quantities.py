"""What lies where, as the moves have left it."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Location
from dougong_product import Product


class StockQuantity(Entity, by_hand=False):
    """How much of a product lies at a location; written by moves and reservations alone."""

    __plural__ = "stockQuantities"
    __table_args__ = (
        UniqueConstraint("product_id", "location_id", "lot_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("reserved = 0 or reserved <= on_hand", name="on_hand"),
        CheckConstraint("not piece or on_hand in (0, 1)", name="piece"),
        Index(
            "uq_stock_quantity_piece",
            "lot_id",
            unique=True,
            postgresql_where=text("piece and on_hand > 0"),
        ),
    )

    product: Mapped[Product] = link()
    """What lies there."""
    location: Mapped[Location] = link()
    """Where it lies."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    piece: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether it is about a single piece with a serial number, which is in one place only."""
    on_hand: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """What the done moves have left there; below zero only where goods come from or go to."""
    reserved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """What is promised already."""
    available: Mapped[Decimal] = mapped_column(
        Numeric(18, 4), Computed("on_hand - reserved", persisted=True), init=False
    )
    """What can still be promised."""
