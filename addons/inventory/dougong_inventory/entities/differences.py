"""What the nightly audit has found."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link
from dougong_inventory.entities.places import Location
from dougong_product import Product


class DifferenceKind(StrEnum):
    """What the books do not agree about."""

    ON_HAND = "ON_HAND"
    RESERVED = "RESERVED"


class StockAuditFinding(Entity, by_hand=False):
    """Goods about which the books did not agree when they were audited (I01)."""

    found_at: Mapped[datetime] = mapped_column(index=True)
    """When it was found."""
    kind: Mapped[DifferenceKind]
    """Whether it is about what is on hand or about what is reserved."""
    product: Mapped[Product] = link(reverse="-")
    """What it is about."""
    location: Mapped[Location] = link(reverse="-")
    """Where it lies."""
    lot_number: Mapped[str | None] = mapped_column(default=None)
    """The lot or the piece, where they are told apart."""
    said: Mapped[Decimal] = mapped_column(Numeric(38, 4))
    """What the quantity said."""
    counted: Mapped[Decimal] = mapped_column(Numeric(38, 4))
    """What the moves or the reservations added up to."""
