"""What is checked voucher by voucher: whether each was booked once, as it says."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, link
from dougong_inventory.entities.counts import StockCount
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.moves import StockMove
from dougong_inventory.entities.places import Location
from dougong_product import Product


class TraceState(StrEnum):
    """How far tracing has come."""

    OPEN = "OPEN"
    VERIFYING = "VERIFYING"
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    APPLIED = "APPLIED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class VoucherCheck(StrEnum):
    """What somebody who looked at a voucher has said."""

    OPEN = "OPEN"
    VERIFIED = "VERIFIED"
    FINDING = "FINDING"


class FindingKind(StrEnum):
    """What is wrong between a voucher and the books."""

    MISSING = "MISSING"
    EXTRA = "EXTRA"
    QUANTITY = "QUANTITY"
    DATE = "DATE"
    LOT = "LOT"


class TraceSession(Entity):
    """Looking through all vouchers of a place, day by day."""

    __table_args__ = (CheckConstraint("until >= since", name="until"),)

    location: Mapped[Location] = link()
    """Where the goods lay, with all places in it."""
    since: Mapped[date]
    """The first day that is looked at."""
    until: Mapped[date]
    """The last day."""
    stock_count: Mapped[StockCount | None] = link(default=None, reverse="traceSessions")
    """The count whose differences are to be explained."""
    state: Mapped[TraceState] = mapped_column(default=TraceState.OPEN, index=True, init=False)
    """How far it has come."""


class TraceVoucher(Entity, by_hand=False):
    """One line of a voucher, with what the books have of it; or a move that no voucher explains."""

    __table_args__ = (UniqueConstraint("session_id", "origin"),)

    session: Mapped[TraceSession] = link(reverse="vouchers", on_delete="CASCADE")
    """The session that looks at it."""
    product: Mapped[Product] = link()
    """What it is about."""
    location: Mapped[Location] = link(reverse="traceVouchers")
    """The place of ours that the goods left or reached."""
    counterpart: Mapped[Location] = link(reverse="traceVouchersBeyond")
    """Where they went to or came from."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot that the voucher names."""
    quantity: Mapped[Quantity]
    """How many reached the place, as the voucher says; below zero for what left, 0 without one."""
    happened_at: Mapped[datetime]
    """When that was, as the voucher says, or the move without one."""
    reference: Mapped[str | None] = mapped_column(default=None)
    """What people call the voucher."""
    origin: Mapped[str | None] = mapped_column(default=None)
    """The line of the voucher, as its add-on calls it."""
    move: Mapped[StockMove | None] = link(default=None, reverse="traceVouchers")
    """The move that was booked for it."""
    booked: Mapped[Quantity | None] = mapped_column(default=None)
    """How many reached the place by the books; null where nothing was booked."""
    booked_at: Mapped[datetime | None] = mapped_column(default=None)
    """When that was by the books."""
    suspected: Mapped[FindingKind | None] = mapped_column(default=None)
    """What is wrong as far as it can be seen without looking at the paper."""
    checked: Mapped[VoucherCheck] = mapped_column(default=VoucherCheck.OPEN, index=True, init=False)
    """What was said by who looked at it."""
    checked_by: Mapped[User | None] = link(default=None, init=False)
    """Who has looked at it."""


class TraceFinding(Entity, by_hand=False):
    """What is wrong with how a voucher was booked, and what is right."""

    voucher: Mapped[TraceVoucher] = link(reverse="findings", on_delete="CASCADE", unique=True)
    """The voucher, or the move without one."""
    kind: Mapped[FindingKind]
    """What is wrong."""
    quantity: Mapped[Quantity]
    """How many really reached the place; below zero for what left."""
    happened_at: Mapped[datetime]
    """When that really was."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot that it really was."""
    note: Mapped[str | None] = mapped_column(default=None)
    """How it was found out."""
    reversal: Mapped[StockMove | None] = link(default=None, init=False, reverse="-")
    """The move that took the wrong one back."""
    supplement: Mapped[StockMove | None] = link(default=None, init=False, reverse="-")
    """The move that was missing."""
