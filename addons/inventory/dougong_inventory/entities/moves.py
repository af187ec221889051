"""Goods that go from one place to another: the only truth about what lies where."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, guarded, link
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Location
from dougong_inventory.entities.transfers import Transfer, TransferLine
from dougong_inventory.permissions import SEE_STOCK_VALUES
from dougong_product import Product

VOUCHER_LINE = "split_part(origin, '/', 1)"
"""The line of the voucher that a move was made for, of which it may be one of several."""


class MoveState(StrEnum):
    """How far a move has come."""

    DRAFT = "DRAFT"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class StockMove(Entity):
    """Goods that go from one place to another."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint("source_id <> destination_id", name="destination"),
        Index("ix_stock_move_journal", "product_id", "effective_at", "entry_number"),
        Index("ix_stock_move_effective_at", "effective_at"),
        Index(
            "ix_stock_move_voucher", text(VOUCHER_LINE), postgresql_where=text("origin is not null")
        ),
    )

    product: Mapped[Product] = link()
    """What is moved."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    source: Mapped[Location] = link(reverse="movesOut")
    """Where the goods are taken from."""
    destination: Mapped[Location] = link(reverse="movesIn")
    """Where the goods are brought to."""
    reference: Mapped[str | None] = mapped_column(default=None, index=True)
    """What the move was made for, such as an order's number."""
    effective_at: Mapped[datetime | None] = mapped_column(nullable=False, default=None)
    """When it happened; now unless given, and never later."""
    accounting_date: Mapped[date | None] = mapped_column(nullable=False, default=None, index=True)
    """The day on which it is booked; the day on which it happened unless given."""
    unit_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 6), default=None, info=guarded(read=SEE_STOCK_VALUES)
    )
    """What one unit of what comes in cost, in the currency of the product's price."""
    transfer: Mapped[Transfer | None] = link(default=None, init=False)
    """The document that it carries out."""
    line: Mapped[TransferLine | None] = link(default=None, init=False, reverse="moves")
    """The line of the document."""
    origin: Mapped[str | None] = mapped_column(default=None, unique=True, init=False)
    """The line of the voucher that caused it, which causes one move only."""
    reversal_of: Mapped["StockMove | None"] = link(default=None, init=False, unique=True)
    """The move that it takes back."""
    state: Mapped[MoveState] = mapped_column(default=MoveState.DRAFT, index=True, init=False)
    """How far the move has come."""
    done_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was booked."""
    entry_number: Mapped[int | None] = mapped_column(default=None, unique=True, init=False)
    """The place in the books: higher than that of all that was booked for the goods before."""
