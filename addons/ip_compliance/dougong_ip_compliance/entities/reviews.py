"""Management reviews: what the top management looked at, and what it decided."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_ip_compliance.entities.programs import ComplianceProgram


class ReviewState(StrEnum):
    """Whether a review was held."""

    PLANNED = "PLANNED"
    HELD = "HELD"


class ManagementReview(Entity):
    """A review of the system by the top management, with all that it must look at (S4-114)."""

    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(reverse="reviews")
    """The programme."""
    chair: Mapped[User] = link(reverse="-")
    """Who of the top management leads it."""
    planned_on: Mapped[date]
    """When it is to be held."""
    policy_and_objectives: Mapped[str | None] = mapped_column(default=None)
    """Looked at: how far policy and objectives were reached."""
    strategy: Mapped[str | None] = mapped_column(default=None)
    """Looked at: the goals of the business, and its strategy."""
    assets_and_risks: Mapped[str | None] = mapped_column(default=None)
    """Looked at: the company's rights, and the risks around them."""
    trends: Mapped[str | None] = mapped_column(default=None)
    """Looked at: where technology and standards go."""
    earlier_audits: Mapped[str | None] = mapped_column(default=None)
    """Looked at: what audits found."""
    compliance: Mapped[str | None] = mapped_column(default=None)
    """Looked at: how well obligations were kept."""
    earlier_actions: Mapped[str | None] = mapped_column(default=None)
    """Looked at: what became of earlier decisions."""
    changes_of_policy: Mapped[str | None] = mapped_column(default=None)
    """Decided: changes of policy and objectives, or that there are none."""
    changes_of_procedures: Mapped[str | None] = mapped_column(default=None)
    """Decided: changes of procedures, or that there are none."""
    resources_needed: Mapped[str | None] = mapped_column(default=None)
    """Decided: what resources are needed."""
    state: Mapped[ReviewState] = mapped_column(default=ReviewState.PLANNED, init=False)
    """Whether it was held."""
    held_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was held."""


INPUTS = (
    *("policy_and_objectives", "strategy", "assets_and_risks", "trends"),
    *("earlier_audits", "compliance", "earlier_actions"),
)
OUTPUTS = ("changes_of_policy", "changes_of_procedures", "resources_needed")
"""What a review looks at, and what it decides."""
