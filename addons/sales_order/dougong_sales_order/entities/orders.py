"""What a sales order is: a header and its lines."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, guarded, link, owned, sum_of
from dougong_party import Party
from dougong_product import PriceList, Product, Tax, TaxRoundingLevel, UnitOfMeasure
from dougong_sales_order.entities.amounts import BASE, GROSS, MARGIN, NET, OPEN, TAX
from dougong_sales_order.entities.contracts import Contract
from dougong_sales_order.entities.quotations import Quotation
from dougong_sales_order.permissions import SEE_MARGIN


class OrderState(StrEnum):
    """How far an order has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    VERIFIED = "VERIFIED"
    APPROVED = "APPROVED"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class PaymentMethod(StrEnum):
    """How a customer pays."""

    PREPAYMENT = "PREPAYMENT"
    ON_ACCOUNT = "ON_ACCOUNT"
    BANK_TRANSFER = "BANK_TRANSFER"
    CARD = "CARD"
    CASH = "CASH"
    CASH_ON_DELIVERY = "CASH_ON_DELIVERY"


class DeliveryState(StrEnum):
    """How much of an order has been delivered."""

    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"


class ConcessionState(StrEnum):
    """Whether somebody allows that more is let off than the seller may."""

    ASKED = "ASKED"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"


class SalesOrderLine(Entity):
    """One product on an order, with the price it is sold at."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("discount between 0 and 1", name="discount"),
        CheckConstraint("currency_digits between 0 and 4", name="currency_digits"),
        CheckConstraint("order_discount >= 0", name="order_discount"),
        CheckConstraint("unit_numerator > 0", name="unit_numerator"),
        CheckConstraint("unit_denominator > 0", name="unit_denominator"),
        CheckConstraint("tax_rate between 0 and 10", name="tax_rate"),
        CheckConstraint("quantity_delivered >= 0", name="quantity_delivered"),
        CheckConstraint("quantity_closed >= 0", name="quantity_closed"),
        CheckConstraint("quantity_delivered + quantity_closed <= quantity", name="quantity_open"),
    )

    order: Mapped["SalesOrder"] = link(default=None, on_delete="CASCADE")
    """The order that the line is part of."""
    product: Mapped[Product] = link()
    """What is sold."""
    quantity: Mapped[Quantity]
    """How many, in the line's unit."""
    unit: Mapped[UnitOfMeasure | None] = link(default=None, reverse="-")
    """The unit of quantity and price; the product's own without one."""
    unit_numerator: Mapped[Decimal] = mapped_column(
        Numeric(20, 0), default=Decimal(1), server_default="1", init=False
    )
    """How many of the product's own unit one of the line's unit is, as a fraction: the upper
    number."""
    unit_denominator: Mapped[Decimal] = mapped_column(
        Numeric(20, 0), default=Decimal(1), server_default="1", init=False
    )
    """The lower number of the fraction."""
    base_quantity: Mapped[Decimal] = mapped_column(
        Numeric(18, 4), Computed(BASE, persisted=True), init=False
    )
    """How many of the product's own unit the line is about: what stock is counted in."""
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), nullable=False, default=None)
    """What one of the line's unit costs, in the order's currency; by the price list unless given."""
    list_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), default=None, init=False)
    """What one cost by the price list when the line was priced."""
    floor_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), default=None, init=False)
    """What one costs at least; below it the order cannot be submitted."""
    discount: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=Decimal(0), server_default="0")
    """The part of the price that is let off: 0.05 is five per cent."""
    order_discount: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), default=Decimal(0), server_default="0", init=False
    )
    """The line's share of what is let off the whole order."""
    tax: Mapped[Tax | None] = link(default=None, reverse="-")
    """The tax on the line; the product's unless given."""
    tax_rate: Mapped[Decimal] = mapped_column(
        Numeric(9, 6), default=Decimal(0), server_default="0", init=False
    )
    """The rate as it was when the line was priced: 0.13 is 13 per cent."""
    tax_included: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether the line's price contains the tax already."""
    tax_difference: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), default=Decimal(0), server_default="0", init=False
    )
    """How much more or less than by itself the line is taxed, where tax is rounded for the whole
    order."""
    currency_digits: Mapped[int] = mapped_column(default=2, server_default="2", init=False)
    """How many decimals an amount of the order has: 2 in euros, 0 in yen."""
    net: Mapped[Decimal] = mapped_column(Numeric(20, 4), Computed(NET, persisted=True), init=False)
    """What the line comes to without tax, rounded half-up to the currency's decimals."""
    tax_amount: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), Computed(TAX, persisted=True), init=False
    )
    """The tax on the line: of a price that contains it, what is left of it besides the net."""
    gross: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), Computed(GROSS, persisted=True), init=False
    )
    """What the line comes to with tax: both together, exactly."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else was agreed about this line."""
    promised_on: Mapped[date | None] = mapped_column(default=None)
    """The day by which the customer was promised it; the order's unless given."""
    quantity_delivered: Mapped[Quantity] = mapped_column(
        default=Decimal(0), server_default="0", init=False
    )
    """How many have been delivered."""
    quantity_closed: Mapped[Quantity] = mapped_column(
        default=Decimal(0), server_default="0", init=False
    )
    """How many will not be delivered any more."""
    quantity_open: Mapped[Decimal] = mapped_column(
        Numeric(18, 4),
        Computed(OPEN, persisted=True),
        init=False,
    )
    """How many are still to be delivered."""
    delivered_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the last of it was delivered; null while some of it is open."""
    unit_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 4), default=None, init=False, info=guarded(read=SEE_MARGIN)
    )
    """What one of the line's unit cost us when the line was written, in the order's currency; null
    where nobody knew."""
    margin: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 4),
        Computed(MARGIN, persisted=True),
        init=False,
        info=guarded(read=SEE_MARGIN),
    )
    """What the line earns: its net less its cost."""


class SalesOrder(Entity, searchable=("number",)):
    """What a customer buys from us, at what price."""

    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        CheckConstraint("freight >= 0", name="freight"),
        CheckConstraint("payment_days >= 0", name="payment_days"),
        CheckConstraint("discount >= 0", name="discount"),
        CheckConstraint("currency_digits between 0 and 4", name="currency_digits"),
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
    intent_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the customer said that they want to buy; when the order was drafted unless given."""
    submitted_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the order was first submitted."""
    minutes_late: Mapped[int | None] = mapped_column(default=None, init=False)
    """How many minutes later than allowed it was first submitted; 0 where it was in time."""
    promised_on: Mapped[date | None] = mapped_column(default=None)
    """The day by which the customer was promised the goods; the latest day of its lines."""
    shipped_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the goods left."""
    currency: Mapped[str | None] = mapped_column(nullable=False, default=None)
    """What all amounts of the order are in; that of the first line's list price unless given."""
    currency_digits: Mapped[int] = mapped_column(default=2, server_default="2", init=False)
    """How many decimals an amount in that currency has, as it was when the order was drafted."""
    price_list: Mapped[PriceList | None] = link(default=None)
    """The list that its lines are priced by; the customer's unless given."""
    discount: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), default=Decimal(0), server_default="0"
    )
    """What is let off the whole order, in its currency; the lines share it by what they come to."""
    tax_rounding: Mapped[TaxRoundingLevel] = mapped_column(
        default=TaxRoundingLevel.LINE, server_default="LINE", init=False
    )
    """Of what the tax is rounded: of each line, or of the whole order, as it was set for its day."""
    freight: Mapped[Decimal] = mapped_column(Numeric(20, 4), default=Decimal(0), server_default="0")
    """What carriage costs the customer; not part of the total."""
    payment_method: Mapped[PaymentMethod | None] = mapped_column(default=None)
    """How the customer pays; what was agreed with the customer unless given."""
    payment_days: Mapped[int | None] = mapped_column(default=None)
    """Within how many days the customer pays; what was agreed with the customer unless given."""
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
    delivery_state: Mapped[DeliveryState] = mapped_column(
        default=DeliveryState.NONE, server_default="NONE", init=False
    )
    """How much of the order has been delivered: all of it once no line is open."""
    close_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the rest of the order is not delivered any more."""
    concession: Mapped[ConcessionState | None] = mapped_column(default=None, init=False)
    """Whether somebody allowed what is let off; null where nobody need be asked."""
    untaxed: Mapped[Decimal] = sum_of(SalesOrderLine.net)
    """What the lines come to together without tax, in the order's currency."""
    tax: Mapped[Decimal] = sum_of(SalesOrderLine.tax_amount)
    """The tax on the lines together, to the cent; rounded as `taxRounding` says."""
    total: Mapped[Decimal] = sum_of(SalesOrderLine.gross)
    """What the lines come to together with tax, without freight, in the order's currency."""
