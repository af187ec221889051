"""What stock is worth: a layer for each move that changes it, and what they come to for a product."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, guarded, link
from dougong_inventory.entities.moves import StockMove
from dougong_inventory.permissions import SEE_STOCK_VALUES
from dougong_product import Product

AMOUNT, COST = Numeric(20, 4), Numeric(20, 6)
SEEN = guarded(read=SEE_STOCK_VALUES)


class LayerKind(StrEnum):
    """Why the stock is worth more or less than before."""

    OPENING = "OPENING"
    RECEIVED = "RECEIVED"
    ISSUED = "ISSUED"
    TRUED_UP = "TRUED_UP"
    ROUNDED = "ROUNDED"


class ValuationLayer(Entity, by_hand=False):
    """By how much a move changed what the stock of a product is worth; its amounts stay."""

    __table_args__ = (
        CheckConstraint("remaining_quantity >= 0", name="remaining_quantity"),
        Index("ix_valuation_layer_dated", "product_id", "booked_on"),
        Index(
            "ix_valuation_layer_open",
            "product_id",
            "id",
            postgresql_where=text("remaining_quantity > 0"),
        ),
    )

    product: Mapped[Product] = link(reverse="valuationLayers")
    """What is valued."""
    move: Mapped[StockMove | None] = link(default=None, reverse="valuationLayers")
    """The move that changed it; none for what was there when the valuation began."""
    kind: Mapped[LayerKind]
    """Why it changed."""
    booked_on: Mapped[date]
    """The day on which it counts: the move's accounting date."""
    quantity: Mapped[Quantity]
    """How many units came; below zero for those that went."""
    unit_cost: Mapped[Decimal] = mapped_column(COST, info=SEEN)
    """What one unit cost, in the currency of the product's price."""
    amount: Mapped[Decimal] = mapped_column(AMOUNT, info=SEEN)
    """By how much the stock is worth more; below zero for less."""
    remaining_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0))
    """How many of the units that came have not gone, the oldest going first."""
    remaining_amount: Mapped[Decimal] = mapped_column(AMOUNT, default=Decimal(0), info=SEEN)
    """What these cost, where the oldest cost leaves first."""


class ProductValuation(Entity, by_hand=False):
    """What all the stock of a product is worth: what its valuation layers add up to."""

    product: Mapped[Product] = link(unique=True, reverse="valuations")
    """What is valued."""
    quantity: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many units are ours, wherever they lie and on whatever way they are."""
    amount: Mapped[Decimal] = mapped_column(
        AMOUNT, default=Decimal(0), server_default="0", init=False, info=SEEN
    )
    """What they cost us, in the currency of the product's price."""
    last_cost: Mapped[Decimal | None] = mapped_column(COST, default=None, init=False, info=SEEN)
    """What one unit was valued at when some came or went last."""
