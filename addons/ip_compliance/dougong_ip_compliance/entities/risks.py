"""Risks around rights: how likely and how grave, what is done about them, and which are accepted."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Computed
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link
from dougong_ip_compliance.entities.assets import IpAsset


class RiskTreatment(StrEnum):
    """What one does about a risk."""

    AVOID = "AVOID"
    REDUCE = "REDUCE"
    SHARE = "SHARE"
    ACCEPT = "ACCEPT"


class RiskState(StrEnum):
    """How far a risk has come."""

    OPEN = "OPEN"
    IN_TREATMENT = "IN_TREATMENT"
    ACCEPTED = "ACCEPTED"
    CLOSED = "CLOSED"


class IpRisk(Entity, searchable=("what",)):
    """Something that may happen to the company's rights, or to those of others by what it does."""

    __table_args__ = (
        CheckConstraint("likelihood between 1 and 5", name="likelihood"),
        CheckConstraint("impact between 1 and 5", name="impact"),
        CheckConstraint(
            "(state = 'ACCEPTED') = (accepted_until is not null)", name="accepted_until"
        ),
        CheckConstraint("accepted_by_id <> owner_id", name="accepted_by"),
    )

    what: Mapped[str]
    """What may happen, and from what."""
    asset: Mapped[IpAsset | None] = link(default=None, reverse="risks")
    """The right that it is about, where it is about one."""
    unit: Mapped[Unit] = link(reverse="ipRisks")
    """Where it may happen."""
    owner: Mapped[User] = link(reverse="ipRisks")
    """Who sees to it; somebody else accepts it."""
    likelihood: Mapped[int]
    """How likely it is: from 1, hardly, to 5, almost certain."""
    impact: Mapped[int]
    """How grave it would be: from 1, hardly, to 5, fatal."""
    score: Mapped[int] = mapped_column(
        Computed("likelihood * impact", persisted=True), init=False, index=True
    )
    """Likelihood times impact: from 1 to 25."""
    treatment: Mapped[RiskTreatment] = mapped_column(default=RiskTreatment.REDUCE)
    """What one does about it."""
    measures: Mapped[str | None] = mapped_column(default=None)
    """How that is done."""
    due_on: Mapped[date | None] = mapped_column(default=None)
    """By when."""
    state: Mapped[RiskState] = mapped_column(default=RiskState.OPEN, init=False, index=True)
    """How far it has come."""
    accepted_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who accepted it; never its owner."""
    accepted_until: Mapped[date | None] = mapped_column(default=None, init=False)
    """The last day on which it is accepted."""
    reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was last accepted, reopened or closed."""
