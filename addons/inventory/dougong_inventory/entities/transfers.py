"""The documents of stock: what is to arrive, to leave, and to be brought elsewhere."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, guarded, link, owned
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import BackorderPolicy, Location
from dougong_inventory.permissions import SEE_STOCK_VALUES
from dougong_party import Party
from dougong_product import Product, UnitOfMeasure


class TransferKind(StrEnum):
    """What a transfer is about."""

    RECEIPT = "RECEIPT"
    DELIVERY = "DELIVERY"
    INTERNAL = "INTERNAL"
    RETURN_IN = "RETURN_IN"
    RETURN_OUT = "RETURN_OUT"
    GIFT = "GIFT"
    REDEMPTION = "REDEMPTION"
    SCRAP = "SCRAP"
    OPENING = "OPENING"
    COUNT = "COUNT"
    TRACE_FIX = "TRACE_FIX"


class TransferState(StrEnum):
    """How far a transfer has come."""

    DRAFT = "DRAFT"
    EXPECTED = "EXPECTED"
    ARRIVED = "ARRIVED"
    INSPECTED = "INSPECTED"
    WAITING = "WAITING"
    RESERVED = "RESERVED"
    PICKED = "PICKED"
    CHECKED = "CHECKED"
    PACKED = "PACKED"
    IN_TRANSIT = "IN_TRANSIT"
    SHIPPED = "SHIPPED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class TransferLine(Entity):
    """One product on a transfer."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("base_quantity > 0", name="base_quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint("accepted >= 0", name="accepted"),
        CheckConstraint("rejected >= 0", name="rejected"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("picked >= 0", name="picked"),
        CheckConstraint("done >= 0", name="done"),
    )

    transfer: Mapped["Transfer"] = link(default=None, on_delete="CASCADE")
    """The transfer that the line is part of."""
    product: Mapped[Product] = link()
    """What is moved."""
    quantity: Mapped[Quantity]
    """How many are asked for, in the line's unit."""
    unit: Mapped[UnitOfMeasure | None] = link(default=None, reverse="-")
    """The unit of the quantity; the product's own without one."""
    lot: Mapped[Lot | None] = link(default=None)
    """This lot or piece alone; of those that leave, any without one."""
    unit_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 6), default=None, info=guarded(read=SEE_STOCK_VALUES)
    )
    """What one unit of what arrives cost, of the product's own unit, in the currency of its price."""
    returns: Mapped["TransferLine | None"] = link(default=None, reverse="returnedBy")
    """The line of which the goods come back, at what they cost then."""
    accepted: Mapped[Quantity | None] = mapped_column(default=None)
    """How many of what arrived are good, in the product's own unit; all unless counted."""
    rejected: Mapped[Quantity | None] = mapped_column(default=None)
    """How many of what arrived are not, in the product's own unit."""
    base_quantity: Mapped[Quantity | None] = mapped_column(nullable=False, default=None, init=False)
    """How many are asked for, in the product's own unit."""
    reserved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many are kept for the line now, in the product's own unit."""
    picked: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """How many were taken from the shelves, in the product's own unit; all unless counted."""
    done: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many were moved, in the product's own unit."""
    rest_of: Mapped["TransferLine | None"] = link(default=None, init=False, reverse="-")
    """The line of which it is the rest."""


class Transfer(Entity, searchable=("number",)):
    """Goods that arrive, leave or are brought elsewhere together."""

    number: Mapped[str | None] = mapped_column(default=None, unique=True)
    """What people call the transfer; drawn when none is given."""
    kind: Mapped[TransferKind]
    """What it is about."""
    source: Mapped[Location | None] = link(default=None, reverse="transfersOut")
    """Where the goods are taken from, with all places in it; from any stock without one."""
    destination: Mapped[Location] = link(reverse="transfersIn")
    """Where the goods are brought to."""
    party: Mapped[Party | None] = link(default=None)
    """Who sends or receives them."""
    reference: Mapped[str | None] = mapped_column(default=None, index=True)
    """What it was made for, such as an order's number."""
    scheduled_on: Mapped[date | None] = mapped_column(default=None)
    """The day on which it is to happen."""
    carrier: Mapped[str | None] = mapped_column(default=None)
    """Who carries the goods."""
    tracking: Mapped[str | None] = mapped_column(default=None)
    """The number by which the carrier finds them."""
    backorders: Mapped[BackorderPolicy | None] = mapped_column(default=None)
    """What becomes of the rest when a part is shipped; what its warehouse does unless given."""
    hold: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it must wait; null where it need not."""
    second_check: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether somebody else checks what was picked before it is packed, as its warehouse wants."""
    backorder_of: Mapped["Transfer | None"] = link(
        default=None, init=False, reverse="laterTransfers"
    )
    """The transfer of which it is the rest."""
    state: Mapped[TransferState] = mapped_column(
        default=TransferState.DRAFT, index=True, init=False
    )
    """How far the transfer has come."""
    picked_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the goods were taken from the shelves."""
    left_at: Mapped[datetime | None] = mapped_column(default=None, init=False, index=True)
    """When they left."""
    lines: Mapped[list[TransferLine]] = owned(default_factory=list)
    """What is moved."""
