"""What a sales order is: a header and its lines."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, guarded, link, owned, sum_of
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order.entities.contracts import Contract
from dougong_sales_order.entities.quotations import Quotation
from dougong_sales_order.permissions import SEE_MARGIN


class OrderState(StrEnum):
    """How far an order has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class SalesOrderLine(Entity):
    """One product on an order, with the price it is sold at."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("discount between 0 and 1", name="discount"),
    )

    order: Mapped["SalesOrder"] = link(default=None, on_delete="CASCADE")
    """The order that the line is part of."""
    product: Mapped[Product] = link()
    """What is sold."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), nullable=False, default=None)
    """What one unit costs, in the order's currency; the product's list price unless given."""
    discount: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=Decimal(0), server_default="0")
    """The part of the price that is let off: 0.05 is five per cent."""
    net: Mapped[Decimal] = mapped_column(
        Numeric(18, 2),
        Computed("round(quantity * unit_price * (1 - discount), 2)", persisted=True),
        init=False,
    )
    """What the line comes to, rounded half-up to the cent, in the order's currency."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else was agreed about this line."""
    unit_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 4), default=None, init=False, info=guarded(read=SEE_MARGIN)
    )
    """What one unit cost us when the line was written, in the order's currency; null where nobody
    knew."""
    margin: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 2),
        Computed(
            "round(quantity * unit_price * (1 - discount), 2) - round(quantity * unit_cost, 2)",
            persisted=True,
        ),
        init=False,
        info=guarded(read=SEE_MARGIN),
    )
    """What the line earns: its net less its cost."""


class SalesOrder(Entity, searchable=("number",)):
    """What a customer buys from us, at what price."""

    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("freight >= 0", name="freight"),
    )

    number: Mapped[str | None] = mapped_column(default=None, unique=True)
    """What people call the order; SO-000123 or the like is drawn when none is given."""
    customer: Mapped[Party] = link()
    """Who buys."""
    owner: Mapped[User | None] = link(default=None)
    """Who looks after the order; whoever drafts it unless given."""
    salesperson: Mapped[str | None] = mapped_column(default=None)
    """Who sold it, by name, where an older system knows no more."""
    quotation: Mapped[Quotation | None] = link(default=None, init=False, unique=True)
    """The quotation that was accepted, of which this is the order."""
    contract: Mapped[Contract | None] = link(default=None)
    """The contract under which the customer orders."""
    ordered_on: Mapped[date | None] = mapped_column(nullable=False, default=None, index=True)
    """The day on which the customer ordered; today unless given."""
    promised_on: Mapped[date | None] = mapped_column(default=None)
    """The day by which the customer was promised the goods."""
    shipped_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the goods left."""
    currency: Mapped[str | None] = mapped_column(nullable=False, default=None)
    """What all amounts of the order are in; that of the first line's list price unless given."""
    freight: Mapped[Decimal] = mapped_column(Numeric(18, 2), default=Decimal(0), server_default="0")
    """What carriage costs the customer; not part of the total."""
    carrier: Mapped[str | None] = mapped_column(default=None)
    """Who carries the goods."""
    ship_to_name: Mapped[str | None] = mapped_column(default=None)
    """Who receives the goods; the customer unless an address is given."""
    ship_to_street: Mapped[str | None] = mapped_column(default=None)
    """Street and house number of the receiver."""
    ship_to_city: Mapped[str | None] = mapped_column(default=None)
    """Town or city of the receiver."""
    ship_to_region: Mapped[str | None] = mapped_column(default=None)
    """State, province or region of the receiver."""
    ship_to_postal_code: Mapped[str | None] = mapped_column(default=None)
    """Postal code of the receiver."""
    ship_to_country: Mapped[str | None] = mapped_column(default=None)
    """Country of the receiver, by its English name."""
    state: Mapped[OrderState] = mapped_column(default=OrderState.DRAFT, index=True, init=False)
    """How far the order has come."""
    reject_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the order was last sent back to draft."""
    cancel_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the order was cancelled."""
    lines: Mapped[list[SalesOrderLine]] = owned(default_factory=list)
    """What is bought."""
    total: Mapped[Decimal] = sum_of(SalesOrderLine.net)
    """What the lines come to together, without freight, in the order's currency."""
