"""What was counted on the shelves, how it differs from the books, and how often it is counted."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Extension, Money, Quantity, User, guarded, link, money, owned
from dougong_inventory.entities.lots import Lot
from dougong_inventory.entities.moves import StockMove
from dougong_inventory.entities.places import Location
from dougong_inventory.permissions import SEE_STOCK_VALUES
from dougong_product import Product

REMAINING = "counted - (coalesce(traced, book) - picked)"
"""What was counted less what should have lain on the shelf (rule “count delta”, 5.3)."""


class CountState(StrEnum):
    """How far a stock count has come."""

    PLANNED = "PLANNED"
    COUNTING = "COUNTING"
    COUNTED = "COUNTED"
    RECOUNTING = "RECOUNTING"
    TRACING = "TRACING"
    RECOMPARED = "RECOMPARED"
    IN_APPROVAL = "IN_APPROVAL"
    APPROVED = "APPROVED"
    POSTED = "POSTED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class CountMode(StrEnum):
    """Whether goods go on moving while they are counted."""

    FLOAT = "FLOAT"
    FREEZE = "FREEZE"


class Uncounted(StrEnum):
    """What is made of goods that nobody has counted."""

    KEEP = "KEEP"
    ZERO = "ZERO"


class DifferenceReason(StrEnum):
    """Why the shelf and the books differ."""

    DAMAGED = "DAMAGED"
    EXPIRED = "EXPIRED"
    FOUND = "FOUND"
    MISBOOKED = "MISBOOKED"
    STOLEN = "STOLEN"
    UNKNOWN = "UNKNOWN"


class AbcClass(StrEnum):
    """How much a product matters in stock: A most."""

    A = "A"
    B = "B"
    C = "C"


class CountInterval(StrEnum):
    """How often something is counted."""

    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    QUARTERLY = "QUARTERLY"
    YEARLY = "YEARLY"


class RequestDecision(StrEnum):
    """What became of a request to book gains and losses."""

    REQUESTED = "REQUESTED"
    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    POSTED = "POSTED"


class CountClass(Extension[Product]):
    """How much a product matters when stock is counted."""

    abc_class: Mapped[AbcClass | None] = mapped_column(default=None, init=False, index=True)
    """Its class: policies count those of class A oftener than others."""


class CountPolicy(Entity, translatable=("name",)):
    """What is counted where, and how often; stock counts are planned by it."""

    name: Mapped[str] = mapped_column(unique=True)
    """What people call it."""
    location: Mapped[Location] = link()
    """Where it is counted, with all places in it."""
    abc_class: Mapped[AbcClass | None] = mapped_column(default=None)
    """The class of products that are counted; all products without one."""
    interval: Mapped[CountInterval] = mapped_column(default=CountInterval.MONTHLY)
    """How often."""
    next_on: Mapped[date]
    """The day on which the next count is due."""
    blind: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether those who count are not told what the books say."""
    mode: Mapped[CountMode] = mapped_column(default=CountMode.FLOAT, server_default="FLOAT")
    """Whether goods go on moving meanwhile."""
    uncounted: Mapped[Uncounted] = mapped_column(default=Uncounted.KEEP, server_default="KEEP")
    """What is made of goods that nobody has counted."""
    recount_above: Mapped[Quantity | None] = mapped_column(default=None)
    """From more than this difference on, another person counts again."""
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether counts are planned by it."""


class CountLine(Entity):
    """What one person is to count, or has counted, of one product at one place."""

    __table_args__ = (CheckConstraint("counted >= 0", name="counted"),)

    stock_count: Mapped["StockCount"] = link(default=None, on_delete="CASCADE")
    """The count that the line is part of."""
    product: Mapped[Product] = link()
    """What is counted."""
    location: Mapped[Location | None] = link(default=None, reverse="countLines")
    """Where; at the count's own location unless given."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What else is to be said about it."""
    booked: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """What the books said when counting began; not told in a blind count."""
    round: Mapped[int] = mapped_column(default=1, server_default="1", init=False)
    """1 when it is counted first, 2 when another person counts again; the last round holds."""
    counted: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """How many lay there; null until somebody has counted."""
    counted_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When they were counted."""
    counted_by: Mapped[User | None] = link(default=None, init=False)
    """Who has counted."""


class StockCount(Entity, searchable=("number",)):
    """Counting what lies on the shelves, and making the books say the same."""

    __table_args__ = (
        Index(
            "ix_stock_count_frozen",
            "location_id",
            postgresql_where=text("mode = 'FREEZE' and state not in ('POSTED', 'CLOSED')"),
        ),
    )

    number: Mapped[str | None] = mapped_column(
        nullable=False, default=None, init=False, unique=True
    )
    """What people call the count: CNT-000123 or the like."""
    location: Mapped[Location] = link()
    """Where it is counted, with all places in it."""
    whole: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether all that the books have there is counted; otherwise only what the lines name."""
    blind: Mapped[bool] = mapped_column(default=False, server_default="false")
    """Whether those who count are not told what the books say."""
    mode: Mapped[CountMode] = mapped_column(default=CountMode.FLOAT, server_default="FLOAT")
    """Whether goods go on moving meanwhile."""
    uncounted: Mapped[Uncounted] = mapped_column(default=Uncounted.KEEP, server_default="KEEP")
    """What is made of goods that nobody has counted."""
    recount_above: Mapped[Quantity | None] = mapped_column(default=None)
    """From more than this difference on, another person counts again."""
    planned_on: Mapped[date | None] = mapped_column(default=None)
    """The day on which it is to be counted."""
    policy: Mapped[CountPolicy | None] = link(default=None, init=False)
    """The policy that it was planned by."""
    state: Mapped[CountState] = mapped_column(default=CountState.PLANNED, index=True, init=False)
    """How far the count has come."""
    begun_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When counting began."""
    posted_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When gains and losses were booked."""
    worth: Mapped[Money | None] = money(default=None, info=guarded(read=SEE_STOCK_VALUES))
    """What gains and losses come to together, none set against the other; null where a cost is not known."""
    lines: Mapped[list[CountLine]] = owned(default_factory=list)
    """What is to be counted, and what was."""


class CountDifference(Entity, by_hand=False):
    """What was counted of a product at a place beside what the books have of it."""

    __table_args__ = (
        UniqueConstraint(
            *("stock_count_id", "product_id", "location_id", "lot_id"),
            name="uq_count_difference_counted",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_count_difference_key", "product_id", "location_id", "counted_at"),
    )

    stock_count: Mapped[StockCount] = link(reverse="differences", on_delete="CASCADE")
    """The count that found it."""
    product: Mapped[Product] = link()
    """What was counted."""
    location: Mapped[Location] = link(reverse="countDifferences")
    """Where."""
    lot: Mapped[Lot | None] = link(default=None)
    """The lot or the piece, where they are told apart."""
    counted: Mapped[Quantity]
    """How many lay there, all lines for it together."""
    counted_at: Mapped[datetime]
    """When they were counted."""
    book: Mapped[Quantity]
    """What the books had of it at that moment, when they were first compared."""
    picked: Mapped[Quantity]
    """How many of these were off the shelf already, picked and not shipped."""
    traced: Mapped[Quantity | None] = mapped_column(default=None, init=False)
    """What the books have of it at that moment, now that vouchers were traced."""
    difference: Mapped[Decimal] = mapped_column(
        Numeric(18, 4), Computed(REMAINING, persisted=True), init=False
    )
    """How many more lay there than should have; below zero for what is missing."""
    recount: Mapped[bool] = mapped_column(default=False, server_default="false", init=False)
    """Whether another person has to count again."""
    reason: Mapped[DifferenceReason | None] = mapped_column(default=None, init=False)
    """Why there is a difference."""
    explanation: Mapped[str | None] = mapped_column(default=None, init=False)
    """What is known about it."""
    unit_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 4), default=None, init=False, info=guarded(read=SEE_STOCK_VALUES)
    )
    """What one unit costs us; null where nobody knew."""
    currency: Mapped[str | None] = mapped_column(default=None, init=False)
    """What its cost is in."""
    value: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 2),
        Computed(f"round(({REMAINING}) * unit_cost, 2)", persisted=True),
        init=False,
        info=guarded(read=SEE_STOCK_VALUES),
    )
    """What the difference comes to; below zero for a loss."""
    move: Mapped[StockMove | None] = link(default=None, init=False, reverse="countDifferences")
    """The move that made the books right."""


class GainLossRequest(Entity, by_hand=False, searchable=("number",)):
    """The question to finance whether the gains and losses of a count may be booked."""

    number: Mapped[str] = mapped_column(unique=True)
    """What people call the request: GL-000123 or the like."""
    stock_count: Mapped[StockCount] = link(reverse="gainLossRequests", on_delete="CASCADE")
    """The count that they were found by."""
    products: Mapped[int]
    """How many of the counted goods differ."""
    gains: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 2), default=None, info=guarded(read=SEE_STOCK_VALUES)
    )
    """What was found beyond the books comes to; null where a cost is not known."""
    losses: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 2), default=None, info=guarded(read=SEE_STOCK_VALUES)
    )
    """What is missing comes to; null where a cost is not known."""
    currency: Mapped[str | None] = mapped_column(default=None)
    """What both are in; null where there are several."""
    decision: Mapped[RequestDecision] = mapped_column(
        default=RequestDecision.REQUESTED, index=True, init=False
    )
    """What became of it."""
    decided_by: Mapped[User | None] = link(default=None, init=False)
    """Who has decided."""
