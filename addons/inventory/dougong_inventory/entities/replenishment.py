"""What stores order from headquarters, and what became of every unit of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, link, owned, sum_of
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.places import Warehouse
from dougong_inventory.entities.transfers import Transfer
from dougong_product import Product


def _counted(name: str) -> CheckConstraint:
    return CheckConstraint(f"{name} >= 0", name=name)


class ReplenishmentState(StrEnum):
    """How far an order of a store has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    HEADQUARTERS_APPROVED = "HEADQUARTERS_APPROVED"
    HEADQUARTERS_REJECTED = "HEADQUARTERS_REJECTED"
    FINANCE_APPROVED = "FINANCE_APPROVED"
    FINANCE_REJECTED = "FINANCE_REJECTED"
    SHIPPING = "SHIPPING"
    IN_TRANSIT = "IN_TRANSIT"
    RECEIVED = "RECEIVED"
    CONFIRMED = "CONFIRMED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class DiscrepancyKind(StrEnum):
    """What was wrong with what arrived."""

    SHORT = "SHORT"
    DAMAGED = "DAMAGED"
    WRONG = "WRONG"


class Resolution(StrEnum):
    """Who bears what did not arrive well."""

    RESEND = "RESEND"
    SENDER_LOSS = "SENDER_LOSS"
    CARRIER_CLAIM = "CARRIER_CLAIM"
    RECEIVER_LOSS = "RECEIVER_LOSS"


class DiscrepancyState(StrEnum):
    """Whether it was decided."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


class ReplenishmentLine(Entity):
    """One product that a store orders, with every unit of it explained.

    All quantities are in the product's own unit.
    """

    __table_args__ = (
        UniqueConstraint("order_id", "product_id"),
        CheckConstraint("requested > 0", name="requested"),
        CheckConstraint(
            "shipped >= 0 and coalesce(approved, 0) + resent - dropped - shipped >= 0",
            name="shipped",
        ),
        CheckConstraint(
            "accepted >= 0 and shipped - accepted - disputed - settled >= 0", name="accepted"
        ),
        *map(_counted, ("approved", "dropped", "resent", "disputed", "settled", "relieved")),
        *map(_counted, ("arrived_well", "arrived_damaged", "arrived_wrong")),
    )

    order: Mapped["ReplenishmentOrder"] = link(default=None, on_delete="CASCADE")
    """The order that the line is part of."""
    product: Mapped[Product] = link()
    """What is ordered."""
    requested: Mapped[Quantity]
    """How many the store wants."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What headquarters should know about it."""
    at_source: Mapped[bool | None] = mapped_column(default=None, init=False)
    """Whether headquarters had any to spare when that was last looked at; never how many."""
    approved: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """How many headquarters allow; null before they have decided."""
    decision: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why headquarters allow another quantity."""
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), default=None, init=False)
    """What the store pays for one, in the order's currency."""
    dropped: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many that were approved will not be sent."""
    resent: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many are to be sent again because they did not arrive well."""
    shipped: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many have left headquarters, those that were sent again included."""
    arrived_well: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """Of what arrives now: how many the store found to be good."""
    arrived_damaged: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """Of what arrives now: how many it found damaged."""
    arrived_wrong: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """Of what arrives now: how many came as something else."""
    accepted: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many are on the store's shelves."""
    disputed: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many did not arrive well, and nobody has decided who bears that."""
    settled: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many did not arrive well, and that is decided."""
    relieved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many of these the store does not pay for and does not get."""
    to_ship: Mapped[Decimal] = mapped_column(
        Numeric(18, 4),
        Computed("coalesce(approved, 0) + resent - dropped - shipped", persisted=True),
        init=False,
    )
    """How many headquarters still have to send."""
    arriving: Mapped[Decimal] = mapped_column(
        Numeric(18, 4),
        Computed("shipped - accepted - disputed - settled", persisted=True),
        init=False,
    )
    """How many are on their way and were not looked at."""
    in_transit: Mapped[Decimal] = mapped_column(
        Numeric(18, 4), Computed("shipped - accepted - settled", persisted=True), init=False
    )
    """How many lie in transit: on their way, or disputed (I20)."""
    amount: Mapped[Decimal] = mapped_column(
        Numeric(18, 2),
        Computed(
            "round((coalesce(approved, requested) - dropped - relieved)"
            " * coalesce(unit_price, 0), 2)",
            persisted=True,
        ),
        init=False,
    )
    """What the store pays for the line, in the order's currency."""


class ReplenishmentOrder(Entity, searchable=("number",)):
    """What a store orders from headquarters."""

    __table_args__ = (CheckConstraint("source_id <> warehouse_id", name="source"),)

    number: Mapped[str | None] = mapped_column(
        nullable=False, default=None, init=False, unique=True
    )
    """What people call the order: RO-000123 or the like."""
    warehouse: Mapped[Warehouse] = link(reverse="replenishmentOrders")
    """The store that orders."""
    source: Mapped[Warehouse | None] = link(default=None, reverse="replenishmentsToSend")
    """The headquarters' warehouse; the one that supplies the store unless given."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What headquarters should know."""
    state: Mapped[ReplenishmentState] = mapped_column(
        default=ReplenishmentState.DRAFT, index=True, init=False
    )
    """How far the order has come."""
    in_part: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether headquarters approved less than the store wants."""
    reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was rejected or called off."""
    currency: Mapped[str | None] = mapped_column(default=None, init=False)
    """What its amounts are in."""
    submitted_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the store sent it to headquarters."""
    shipped_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When goods were sent last."""
    received_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the store looked at what was sent last."""
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the store said that nothing more is to come."""
    confirmed_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who said that."""
    lines: Mapped[list[ReplenishmentLine]] = owned(default_factory=list)
    """What is ordered."""
    total: Mapped[Decimal] = sum_of(ReplenishmentLine.amount)
    """What the store pays for all of it, in the order's currency."""
    to_ship: Mapped[Decimal] = sum_of(ReplenishmentLine.to_ship)
    """How many units headquarters still have to send."""
    in_transit: Mapped[Decimal] = sum_of(ReplenishmentLine.in_transit)
    """How many units are on their way, or disputed."""
    disputed: Mapped[Decimal] = sum_of(ReplenishmentLine.disputed)
    """How many units did not arrive well, and nobody has decided who bears that."""


class Shipment(Entity, by_hand=False):
    """Goods that are sent to a store together, with a transfer of headquarters."""

    order: Mapped[ReplenishmentOrder] = link(on_delete="CASCADE", reverse="shipments")
    """The order that they are sent for."""
    transfer: Mapped[Transfer] = link(unique=True, reverse="-")
    """The document for which they are kept, picked and packed."""
    carrier: Mapped[str | None] = mapped_column(default=None)
    """Who brings them."""
    tracking: Mapped[str | None] = mapped_column(default=None)
    """The number by which the carrier finds them."""
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
    """When they left headquarters."""
    arrived_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the store had looked at them."""


class Discrepancy(Entity, by_hand=False):
    """Units that were sent and did not arrive well; they stay in transit until it is decided."""

    __plural__ = "discrepancies"
    __held_by__ = "order"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    order: Mapped[ReplenishmentOrder] = link(on_delete="CASCADE", reverse="discrepancies")
    """The order that they were sent for."""
    line: Mapped[ReplenishmentLine] = link(on_delete="CASCADE", reverse="-")
    """The line that they were sent for."""
    kind: Mapped[DiscrepancyKind]
    """What was wrong."""
    quantity: Mapped[Quantity]
    """How many."""
    lot: Mapped[Lot | None] = link(default=None, reverse="-")
    """Of which lot, where lots are told apart."""
    resolution: Mapped[Resolution | None] = mapped_column(default=None, init=False)
    """Who bears it."""
    reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why: what was found, or the number of the carrier's claim."""
    state: Mapped[DiscrepancyState] = mapped_column(
        default=DiscrepancyState.OPEN, index=True, init=False
    )
    """Whether it was decided."""
