"""What the company must keep, by law, contract or otherwise, and how far it does."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link, owned
from dougong_ip_compliance.entities.standards import Clause


class ObligationSource(StrEnum):
    """Where an obligation comes from."""

    LAW = "LAW"
    CONTRACT = "CONTRACT"
    OTHER = "OTHER"


class ObligationState(StrEnum):
    """Whether an obligation holds."""

    IN_FORCE = "IN_FORCE"
    ENDED = "ENDED"


class ObligationStatus(StrEnum):
    """How far an obligation is kept."""

    NOT_ASSESSED = "NOT_ASSESSED"
    KEPT = "KEPT"
    PARTLY_KEPT = "PARTLY_KEPT"
    NOT_KEPT = "NOT_KEPT"


class ObligationClause(Entity):
    """That a clause of a standard asks to look after an obligation."""

    __table_args__ = (UniqueConstraint("obligation_id", "clause_id"),)

    obligation: Mapped["ComplianceObligation"] = link(default=None, on_delete="CASCADE")
    """The obligation."""
    clause: Mapped[Clause] = link(reverse="-")
    """The clause."""


class ComplianceObligation(Entity, searchable=("reference", "demand")):
    """Something that a law, a contract or something else asks of the company about rights."""

    __table_args__ = (
        CheckConstraint("(status = 'NOT_ASSESSED') = (assessed_at is null)", name="assessed_at"),
        Index(
            "ix_compliance_obligation_review",
            "review_on",
            postgresql_where=text("state = 'IN_FORCE'"),
        ),
    )

    source: Mapped[ObligationSource]
    """Where it comes from."""
    reference: Mapped[str]
    """Which law, contract or other paper, and where in it."""
    demand: Mapped[str]
    """What it asks for."""
    owner: Mapped[User] = link(reverse="complianceObligations")
    """Who sees to it that it is kept."""
    unit: Mapped[Unit] = link(reverse="complianceObligations")
    """Where it is kept."""
    review_on: Mapped[date]
    """By when somebody looks again whether it is kept."""
    state: Mapped[ObligationState] = mapped_column(default=ObligationState.IN_FORCE, init=False)
    """Whether it holds."""
    end_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it holds no longer."""
    status: Mapped[ObligationStatus] = mapped_column(
        default=ObligationStatus.NOT_ASSESSED, init=False, index=True
    )
    """How far it is kept, as it was last assessed."""
    assessed_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who assessed it last."""
    assessed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When."""
    assessment: Mapped[str | None] = mapped_column(default=None, init=False)
    """What was seen then."""
    clauses: Mapped[list[ObligationClause]] = owned(default_factory=list)
    """The clauses that ask to look after it."""
