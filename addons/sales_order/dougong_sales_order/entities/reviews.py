"""Who looked at an order before it was confirmed, and what they said."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link
from dougong_sales_order.entities.orders import SalesOrder


class ReviewKind(StrEnum):
    """What was looked at."""

    AUTHENTICITY = "AUTHENTICITY"
    FINANCE = "FINANCE"
    CREDIT = "CREDIT"


class ReviewDecision(StrEnum):
    """What came of a review."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class OrderReview(Entity, by_hand=False):
    """What somebody decided about an order as it then was; who and when stand in createdBy, createdAt."""

    __held_by__ = "order"

    order: Mapped[SalesOrder] = link(on_delete="CASCADE", reverse="reviews")
    """The order that was looked at."""
    kind: Mapped[ReviewKind]
    """What was looked at: whether the sale is real, its terms, or that it goes beyond the limit."""
    decision: Mapped[ReviewDecision]
    """What came of it."""
    reason: Mapped[str | None] = mapped_column(default=None)
    """Why it was rejected, or why it may go beyond the credit limit."""
    evidence: Mapped[str | None] = mapped_column(default=None)
    """What shows that it is so, in words."""
    evidence_files: Mapped[dict[str, Any]] = mapped_column(
        JSONB(none_as_null=True), default_factory=dict
    )
    """The files that the order had then: the name and SHA-256 of each, by its id."""
    content_hash: Mapped[str]
    """The SHA-256 of what was looked at: customer, address, terms, lines, prices; not notes."""
    voided_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it stopped to count, because the order was changed or sent back."""


class SubmissionTerm(Entity):
    """How soon orders are to be submitted, from a day on; without one, within a day."""

    __table_args__ = (CheckConstraint("minutes >= 0", name="minutes"),)

    since: Mapped[date] = mapped_column(unique=True)
    """The first day on which it holds."""
    minutes: Mapped[int]
    """How many minutes after the customer's intent an order is still in time."""
