"""The system that is built: policy, objectives, and who answers for which clause."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link
from dougong_ip_compliance.entities.programs import ComplianceProgram
from dougong_ip_compliance.entities.standards import Clause


class PolicyState(StrEnum):
    """Whether a policy holds."""

    DRAFT = "DRAFT"
    ADOPTED = "ADOPTED"
    REPLACED = "REPLACED"


class IpPolicy(Entity):
    """What a company wants with intellectual property, adopted by its top management."""

    __plural__ = "ipPolicies"
    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(on_delete="CASCADE", reverse="policies")
    """The programme."""
    text: Mapped[str]
    """What it says."""
    state: Mapped[PolicyState] = mapped_column(default=PolicyState.DRAFT, init=False)
    """Whether it holds."""
    adopted_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who adopted it."""
    adopted_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When."""
    replaced_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When another one took its place."""


class IpObjective(Entity):
    """What shall be reached in a period, and by what it is measured."""

    __table_args__ = (CheckConstraint("period_until >= period_from", name="period_until"),)
    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(on_delete="CASCADE", reverse="objectives")
    """The programme."""
    metric: Mapped[str]
    """What is measured."""
    target: Mapped[str]
    """What it shall come to."""
    period_from: Mapped[date]
    """The first day of the period."""
    period_until: Mapped[date]
    """The last day."""
    unit: Mapped[Unit | None] = link(default=None, reverse="-")
    """Whose objective it is; everybody's where none is said."""
    result: Mapped[str | None] = mapped_column(default=None)
    """What it came to."""


class ClauseResponsibility(Entity):
    """That a unit answers for a clause."""

    __plural__ = "clauseResponsibilities"
    __table_args__ = (UniqueConstraint("program_id", "clause_id", "unit_id"),)
    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(on_delete="CASCADE", reverse="responsibilities")
    """The programme."""
    clause: Mapped[Clause] = link(reverse="responsibilities")
    """The clause."""
    unit: Mapped[Unit] = link(reverse="-")
    """The unit."""
