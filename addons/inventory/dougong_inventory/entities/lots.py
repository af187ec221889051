"""What is told apart within a product: lots and serial numbers, and how a product is kept."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Extension, link
from dougong_product import Product


class ProductTracking(StrEnum):
    """Whether the pieces of a product are told apart."""

    NONE = "NONE"
    LOT = "LOT"
    SERIAL = "SERIAL"


class CostMethod(StrEnum):
    """How goods that leave are valued."""

    AVERAGE = "AVERAGE"
    FIFO = "FIFO"


class StockPolicy(Extension[Product]):
    """How a product is kept; it stays once the product has moved."""

    tracking: Mapped[ProductTracking] = mapped_column(
        default=ProductTracking.NONE, server_default="NONE", init=False
    )
    """Whether lots or single pieces are told apart."""
    cost_method: Mapped[CostMethod] = mapped_column(
        default=CostMethod.AVERAGE, server_default="AVERAGE", init=False
    )
    """How what leaves the stock is valued."""


class Lot(Entity, searchable=("number",)):
    """What was made or bought together, or one piece with a serial number."""

    __table_args__ = (
        UniqueConstraint("product_id", "number"),
        CheckConstraint("number <> ''", name="number"),
    )

    product: Mapped[Product] = link(reverse="lots")
    """What it is a lot of."""
    number: Mapped[str]
    """The lot's or serial number, which no other lot of the product has."""
    expires_on: Mapped[date | None] = mapped_column(default=None, index=True)
    """The last day on which it may leave; afterwards it is not promised any more."""
    best_before: Mapped[date | None] = mapped_column(default=None)
    """Until when it is at its best."""
    alert_on: Mapped[date | None] = mapped_column(default=None)
    """From when on somebody should look after it."""
    supplier_number: Mapped[str | None] = mapped_column(default=None)
    """What the supplier calls it."""
    blocked: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether it must not leave: a recall, a doubt."""
