"""What a branch order is: a sales order with all that row rules can be about."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, guarded, link
from dougong_branches.permissions import SEE_MARGIN


class BranchOrderState(StrEnum):
    """How far an order has come."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    APPROVED = "APPROVED"
    CONFIRMED = "CONFIRMED"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


class BranchOrder(Entity):
    """What a customer buys from one of our branches."""

    __table_args__ = (Index(None, "ordered_on", "id", "office_id"),)
    # the latest of one's own units: read off the index, without a look at the rows of others

    number: Mapped[str] = mapped_column(unique=True)
    """What people call the order."""
    ordered_on: Mapped[date]
    """The day on which the customer ordered."""
    state: Mapped[BranchOrderState]
    """How far the order has come."""
    currency: Mapped[str]
    """What all amounts of the order are in."""
    freight: Mapped[Decimal] = mapped_column(Numeric(18, 2))
    """What carriage costs the customer."""
    margin: Mapped[Decimal] = mapped_column(Numeric(18, 2), info=guarded(read=SEE_MARGIN))
    """What stays with us."""
    ship_to_city: Mapped[str | None] = mapped_column(default=None)
    """Town or city of the receiver."""
    owner: Mapped[User | None] = link(default=None, reverse="ownedBranchOrders")
    """Who looks after the order: mostly one person, as in the benchmark of reads."""
    seller: Mapped[User | None] = link(default=None, reverse="soldBranchOrders")
    """Who sold it: one of many."""
    office: Mapped[Unit | None] = link(default=None)
    """The team that handles it."""
