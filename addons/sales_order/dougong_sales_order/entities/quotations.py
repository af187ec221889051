"""What a quotation is: what a customer is offered, at what price, until when."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, User, link, owned, sum_of
from dougong_party import Party
from dougong_product import Product, Tax, TaxRoundingLevel
from dougong_sales_order.entities.amounts import OFFERED, taxed

NET, TAX, GROSS = taxed(OFFERED)


class QuotationState(StrEnum):
    """How far a quotation has come."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"


class QuotationLine(Entity):
    """One product on a quotation, with the price it is offered at."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("discount between 0 and 1", name="discount"),
        CheckConstraint("currency_digits between 0 and 4", name="currency_digits"),
    )

    quotation: Mapped["Quotation"] = link(default=None, on_delete="CASCADE")
    """The quotation that the line is part of."""
    product: Mapped[Product] = link()
    """What is offered."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), nullable=False, default=None)
    """What one unit costs, in the quotation's currency; the product's list price unless given."""
    discount: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=Decimal(0), server_default="0")
    """The part of the price that is let off: 0.05 is five per cent."""
    tax: Mapped[Tax | None] = link(default=None, reverse="-")
    """The tax on the line; the product's unless given."""
    tax_rate: Mapped[Decimal] = mapped_column(
        Numeric(9, 6), default=Decimal(0), server_default="0", init=False
    )
    """The rate as it was when the line was written: 0.13 is 13 per cent."""
    tax_included: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether the line's price contains the tax already."""
    tax_difference: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), default=Decimal(0), server_default="0", init=False
    )
    """How much more or less than by itself the line is taxed, where tax is rounded for the whole
    quotation."""
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
    currency_digits: Mapped[int] = mapped_column(default=2, server_default="2", init=False)
    """How many decimals an amount in that currency has."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else is said about this line."""


class Quotation(Entity, searchable=("number",)):
    """What a customer is offered, at what price, until when; each revision is one of its own."""

    __table_args__ = (
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
        UniqueConstraint("number", "revision"),
        Index(
            "ix_quotation_accepted",
            "number",
            unique=True,
            postgresql_where=text("state = 'ACCEPTED'"),
        ),
        Index("ix_quotation_sent", "valid_until", postgresql_where=text("state = 'SENT'")),
    )

    number: Mapped[str | None] = mapped_column(nullable=False, default=None, init=False)
    """What people call the quotation, Q-000123 or the like; all its revisions have the same."""
    revision: Mapped[int] = mapped_column(default=1, server_default="1", init=False)
    """Which revision it is: 1, 2, 3."""
    revises: Mapped["Quotation | None"] = link(default=None, init=False, reverse="revisions")
    """The revision that this one takes the place of."""
    customer: Mapped[Party] = link()
    """Who is offered this."""
    owner: Mapped[User | None] = link(default=None)
    """Who looks after the quotation; whoever drafts it unless given."""
    currency: Mapped[str | None] = mapped_column(nullable=False, default=None)
    """What all amounts of the quotation are in; that of the first line's list price unless given."""
    valid_until: Mapped[date | None] = mapped_column(nullable=False, default=None)
    """The last day on which it can be accepted; 30 days from now unless given."""
    terms: Mapped[str | None] = mapped_column(default=None)
    """How it is delivered and paid for, and what else holds."""
    state: Mapped[QuotationState] = mapped_column(
        default=QuotationState.DRAFT, index=True, init=False
    )
    """How far the quotation has come."""
    sent_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the customer was sent it."""
    answered_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the customer said yes or no."""
    decline_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the customer said no."""
    superseded_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which a revision took its place."""
    lines: Mapped[list[QuotationLine]] = owned(default_factory=list)
    """What is offered."""
    tax_rounding: Mapped[TaxRoundingLevel] = mapped_column(
        default=TaxRoundingLevel.LINE, server_default="LINE", init=False
    )
    """Of what the tax is rounded: of each line, or of the whole quotation, as it was set for the day
    on which that was drafted."""
    untaxed: Mapped[Decimal] = sum_of(QuotationLine.net)
    """What the lines come to together without tax, in the quotation's currency."""
    tax: Mapped[Decimal] = sum_of(QuotationLine.tax_amount)
    """The tax on all lines together."""
    total: Mapped[Decimal] = sum_of(QuotationLine.gross)
    """What the customer would pay: all lines together, with tax."""
