"""The diagnosis: how each clause is kept today, what is missing, and the report about it."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_ip_compliance.entities.programs import ComplianceProgram
from dougong_ip_compliance.entities.standards import Clause


class ClauseStatus(StrEnum):
    """How far a clause is kept."""

    NOT_ASSESSED = "NOT_ASSESSED"
    KEPT = "KEPT"
    PARTLY_KEPT = "PARTLY_KEPT"
    NOT_KEPT = "NOT_KEPT"


class GapSeverity(StrEnum):
    """How much is missing."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class ClauseAssessment(Entity):
    """Whether a clause applies to a programme, and how far it is kept (S4-108)."""

    __table_args__ = (
        UniqueConstraint("program_id", "clause_id"),
        CheckConstraint("applicable or exclusion_reason is not null", name="exclusion_reason"),
    )
    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(on_delete="CASCADE", reverse="assessments")
    """The programme."""
    clause: Mapped[Clause] = link(reverse="assessments")
    """The clause."""
    applicable: Mapped[bool] = mapped_column(default=True)
    """Whether the clause applies."""
    exclusion_reason: Mapped[str | None] = mapped_column(default=None)
    """Why it does not apply."""
    status: Mapped[ClauseStatus] = mapped_column(default=ClauseStatus.NOT_ASSESSED)
    """How far it is kept."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What was seen."""


class ComplianceGap(Entity):
    """Something that a clause asks for and that is missing, and what is done about it (S4-109)."""

    __held_by__ = "assessment"

    assessment: Mapped[ClauseAssessment] = link(on_delete="CASCADE", reverse="gaps")
    """The assessment that found it."""
    what: Mapped[str]
    """What is missing."""
    severity: Mapped[GapSeverity] = mapped_column(default=GapSeverity.MEDIUM)
    """How much."""
    action: Mapped[str | None] = mapped_column(default=None)
    """What is done about it."""
    owner: Mapped[User | None] = link(default=None, reverse="complianceGaps")
    """Who does it."""
    due_on: Mapped[date | None] = mapped_column(default=None)
    """By when."""
    closed_on: Mapped[date | None] = mapped_column(default=None)
    """When it was done."""


class DiagnosisReport(Entity, by_hand=False):
    """What the assessment came to; the report is a file of it, and stays (S4-108)."""

    program: Mapped[ComplianceProgram] = link(on_delete="CASCADE", reverse="diagnosisReports")
    """The programme."""
    written_on: Mapped[date]
    """When it was written."""
    kept: Mapped[int]
    """How many clauses are kept."""
    partly_kept: Mapped[int]
    """How many are kept in part."""
    not_kept: Mapped[int]
    """How many are not kept."""
    excluded: Mapped[int]
    """How many do not apply."""
    gaps: Mapped[int]
    """How many things are missing."""
    sha256: Mapped[str]
    """The SHA-256 of the file."""
