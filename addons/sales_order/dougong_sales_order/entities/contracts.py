"""What a contract is: what was agreed with a customer, for how long, and how that was amended."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, Quantity, User, link, money, owned, sum_of
from dougong_party import Party
from dougong_product import Product

AGREED = "case when ended_on is null then round(quantity * unit_price, currency_digits) else 0 end"


class ContractState(StrEnum):
    """How far a contract has come."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"
    VOIDED = "VOIDED"


class AmendmentState(StrEnum):
    """How far an amendment has come."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    IN_FORCE = "IN_FORCE"
    DROPPED = "DROPPED"


class ContractLine(Entity):
    """One product that a contract is about."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("currency_digits between 0 and 4", name="currency_digits"),
    )

    contract: Mapped["Contract"] = link(default=None, on_delete="CASCADE")
    """The contract that the line is part of."""
    product: Mapped[Product] = link()
    """What is agreed on."""
    quantity: Mapped[Quantity]
    """How many units of the product."""
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    """What one unit costs, in the contract's currency."""
    net: Mapped[Decimal] = mapped_column(
        Numeric(20, 4), Computed(AGREED, persisted=True), init=False
    )
    """What the line comes to, rounded half-up to the decimals of the contract's currency; nothing
    once it has ended."""
    currency_digits: Mapped[int] = mapped_column(default=2, server_default="2", init=False)
    """How many decimals an amount in that currency has."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else is agreed about this line."""
    added_by: Mapped["Amendment | None"] = link(
        default=None, init=False, on_delete="SET NULL", reverse="-"
    )
    """The amendment by which it was added; null where it was in the contract from the start."""
    ended_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which an amendment ended it; null while it is agreed."""


class AmendmentLine(Entity):
    """What becomes of one product of a contract: it is added, changed, or no longer agreed on."""

    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        UniqueConstraint("amendment_id", "line_id"),
    )

    amendment: Mapped["Amendment"] = link(default=None, on_delete="CASCADE")
    """The amendment."""
    line: Mapped[ContractLine | None] = link(default=None, on_delete="CASCADE", reverse="-")
    """The line of the contract that is changed or ended; without it one is added, which stands here
    once the amendment is in force."""
    product: Mapped[Product | None] = link(default=None, reverse="-")
    """What is added; a line keeps its product."""
    quantity: Mapped[Quantity | None] = mapped_column(default=None)
    """How many units from then on; as many as before unless given."""
    unit_price: Mapped[Decimal | None] = mapped_column(Numeric(18, 4), default=None)
    """What one unit costs from then on; as much as before unless given."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else is agreed about it from then on; as before unless given."""
    ended: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether the line is no longer agreed on from then on."""
    quantity_before: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """How many it was before; null where it was added."""
    unit_price_before: Mapped[Decimal | None] = mapped_column(
        Numeric(18, 4), default=None, init=False
    )
    """What one unit cost before; null where it was added."""
    note_before: Mapped[str | None] = mapped_column(default=None, init=False)
    """What else was agreed about it before."""


class Amendment(Entity):
    """A change of a contract that both sides want, and what the contract was before."""

    __table_args__ = (
        Index(
            "ix_amendment_open",
            "contract_id",
            unique=True,
            postgresql_where=text("state in ('DRAFT', 'IN_REVIEW', 'APPROVED')"),
        ),
    )

    contract: Mapped["Contract"] = link(default=None, on_delete="CASCADE")
    """The contract that is changed."""
    why: Mapped[str]
    """What is changed, and why."""
    amount: Mapped[Money | None] = money(default=None)
    """What the contract comes to from then on; as much as before unless given."""
    ends_on: Mapped[date | None] = mapped_column(default=None)
    """Its last day from then on; as before unless given."""
    terms: Mapped[str | None] = mapped_column(default=None)
    """What else holds from then on; as before unless given."""
    state: Mapped[AmendmentState] = mapped_column(
        default=AmendmentState.DRAFT, index=True, init=False
    )
    """How far the amendment has come."""
    sent_back_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the amendment was last sent back to draft."""
    in_force_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the contract was changed."""
    amount_before: Mapped[Decimal | None] = mapped_column(Numeric(20, 4), default=None, init=False)
    """What the contract came to before, in the same currency."""
    ends_on_before: Mapped[date | None] = mapped_column(default=None, init=False)
    """Its last day before."""
    terms_before: Mapped[str | None] = mapped_column(default=None, init=False)
    """What else held before."""
    signed_by_us: Mapped[User | None] = link(default=None, init=False, reverse="signedAmendments")
    """Who signed it for us."""
    signed_by_us_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which we signed it."""
    signed_by_customer: Mapped[str | None] = mapped_column(default=None, init=False)
    """Who signed it for the customer."""
    signed_by_customer_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the customer signed it."""
    signed_sha256: Mapped[str | None] = mapped_column(default=None, init=False)
    """The SHA-256 of the file that both sides signed; it hangs on the amendment."""
    lines: Mapped[list[AmendmentLine]] = owned(default_factory=list)
    """What becomes of the contract's lines; those that are not here stay as they are."""


class Contract(Entity, searchable=("number", "title")):
    """What was agreed with a customer, for how long."""

    __table_args__ = (
        CheckConstraint("amount_amount >= 0", name="amount"),
        CheckConstraint("ends_on >= starts_on", name="ends_on"),
        Index("ix_contract_active", "ends_on", postgresql_where=text("state = 'ACTIVE'")),
    )

    number: Mapped[str | None] = mapped_column(
        nullable=False, default=None, init=False, unique=True
    )
    """What people call the contract: C-000123 or the like."""
    title: Mapped[str]
    """What it is about."""
    customer: Mapped[Party] = link()
    """Who it is agreed with."""
    salesperson: Mapped[User | None] = link(default=None)
    """Who brought it about; whoever drafts it unless given."""
    starts_on: Mapped[date]
    """The first day on which it holds."""
    ends_on: Mapped[date | None] = mapped_column(default=None)
    """The last day; without one, it goes on."""
    amount: Mapped[Money] = money()
    """What it comes to."""
    terms: Mapped[str | None] = mapped_column(default=None)
    """How it is delivered and paid for, and what else holds."""
    state: Mapped[ContractState] = mapped_column(
        default=ContractState.DRAFT, index=True, init=False
    )
    """How far the contract has come."""
    sent_back_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the contract was last sent back to draft."""
    signed_by_us: Mapped[User | None] = link(default=None, init=False, reverse="signedContracts")
    """Who signed for us."""
    signed_by_us_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which we signed."""
    signed_by_customer: Mapped[str | None] = mapped_column(default=None, init=False)
    """Who signed for the customer."""
    signed_by_customer_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which the customer signed."""
    signed_sha256: Mapped[str | None] = mapped_column(default=None, init=False)
    """The SHA-256 of the file that both sides signed; it hangs on the contract."""
    void_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the contract was called off."""
    lines: Mapped[list[ContractLine]] = owned(default_factory=list)
    """What is agreed on."""
    amendments: Mapped[list[Amendment]] = owned(default_factory=list)
    """How it was changed."""
    goods: Mapped[Decimal] = sum_of(ContractLine.net)
    """What the lines come to together, in the contract's currency."""
