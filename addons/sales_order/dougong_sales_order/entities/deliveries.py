"""What left the house for an order, and what had been promised."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link, owned
from dougong_sales_order.entities.orders import SalesOrder, SalesOrderLine


class DeliveryLine(Entity):
    """How much of an order's line came with a delivery."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        UniqueConstraint("delivery_id", "line_id"),
    )

    delivery: Mapped["Delivery"] = link(default=None, on_delete="CASCADE")
    """The delivery."""
    line: Mapped[SalesOrderLine] = link(reverse="-")
    """The line of the order."""
    quantity: Mapped[Quantity]
    """How many, in the line's unit."""


class Delivery(Entity):
    """Goods or services of one order that a customer got together (S13)."""

    __plural__ = "deliveries"
    __held_by__ = "order"

    order: Mapped[SalesOrder] = link()
    """The order that was delivered, in whole or in part."""
    delivered_on: Mapped[date | None] = mapped_column(nullable=False, default=None)
    """The day on which it left the house; today unless given."""
    carrier: Mapped[str | None] = mapped_column(default=None)
    """Who carries it; whom the order says unless given."""
    tracking: Mapped[str | None] = mapped_column(default=None)
    """The number by which the carrier finds it."""
    source: Mapped[str | None] = mapped_column(default=None, init=False)
    """Who delivered it, such as “Inventory”, where nobody wrote it down by hand."""
    lines: Mapped[list[DeliveryLine]] = owned(default_factory=list)
    """What came with it."""


class PromiseChange(Entity, by_hand=False):
    """That a customer was promised another day for a line (S26)."""

    __plural__ = "promiseChanges"

    line: Mapped[SalesOrderLine] = link(on_delete="CASCADE")
    """The line of the order."""
    was: Mapped[date | None] = mapped_column(default=None)
    """The day that had been promised before."""
    promised_on: Mapped[date]
    """The day that is promised now."""
    reason: Mapped[str]
    """Why."""
