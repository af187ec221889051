"""Audits: what was looked at by whom, what was found, and what is done about it."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link, owned
from dougong_ip_compliance.entities.programs import ComplianceProgram
from dougong_ip_compliance.entities.standards import Clause


class ComplianceAuditKind(StrEnum):
    """Who looks, and what for."""

    INTERNAL = "INTERNAL"
    MOCK = "MOCK"
    STAGE1 = "STAGE1"
    STAGE2 = "STAGE2"
    SURVEILLANCE = "SURVEILLANCE"
    RECERTIFICATION = "RECERTIFICATION"


class AuditState(StrEnum):
    """How far an audit has come."""

    PLANNED = "PLANNED"
    IN_PROGRESS = "IN_PROGRESS"
    REPORTED = "REPORTED"
    FOLLOW_UP = "FOLLOW_UP"
    CLOSED = "CLOSED"


class FindingGrade(StrEnum):
    """How grave a finding is."""

    MAJOR = "MAJOR"
    MINOR = "MINOR"
    OBSERVATION = "OBSERVATION"
    OPPORTUNITY = "OPPORTUNITY"


class FindingState(StrEnum):
    """How far a finding has come."""

    OPEN = "OPEN"
    ACTION_PLANNED = "ACTION_PLANNED"
    IMPLEMENTED = "IMPLEMENTED"
    VERIFIED = "VERIFIED"
    CLOSED = "CLOSED"
    ACCEPTED = "ACCEPTED"


class AuditItem(Entity):
    """That somebody looks, in a unit, whether a clause is kept."""

    audit: Mapped["ComplianceAudit"] = link(default=None, on_delete="CASCADE")
    """The audit."""
    clause: Mapped[Clause] = link(reverse="-")
    """The clause."""
    unit: Mapped[Unit] = link(reverse="-")
    """The unit in which it is looked at."""
    auditor: Mapped[User] = link(reverse="-")
    """Who looks; never somebody of that unit (S4-113)."""
    audited_on: Mapped[date]
    """When."""
    conforms: Mapped[bool | None] = mapped_column(default=None)
    """Whether the clause is kept there; not said yet where it is empty."""
    seen: Mapped[str | None] = mapped_column(default=None)
    """What was seen."""


class ComplianceAudit(Entity, searchable=("criteria",)):
    """An audit of a programme: an internal one, a mock one, or the certification body's."""

    __held_by__ = "program"

    program: Mapped[ComplianceProgram] = link(reverse="audits")
    """The programme."""
    kind: Mapped[ComplianceAuditKind]
    """Who looks, and what for."""
    criteria: Mapped[str]
    """By what is judged: the edition, the manual, the law."""
    planned_on: Mapped[date]
    """When it begins."""
    on_site: Mapped[bool] = mapped_column(default=True)
    """Whether the auditors come to where the work is done."""
    lead: Mapped[User | None] = link(default=None, reverse="-")
    """Who leads it; whoever plans it unless given."""
    state: Mapped[AuditState] = mapped_column(default=AuditState.PLANNED, init=False, index=True)
    """How far it has come."""
    began_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which it was opened."""
    reported_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the report was given."""
    summary: Mapped[str | None] = mapped_column(default=None, init=False)
    """What the report says in short."""
    items: Mapped[list[AuditItem]] = owned(default_factory=list)
    """What is looked at."""


class CorrectiveAction(Entity):
    """What is done about a finding: at once, and about its cause."""

    finding: Mapped["AuditFinding"] = link(default=None, on_delete="CASCADE")
    """The finding."""
    correction: Mapped[str]
    """What puts it right at once."""
    root_cause: Mapped[str]
    """Why it happened."""
    action: Mapped[str]
    """What keeps it from happening again."""
    owner: Mapped[User] = link(reverse="correctiveActions")
    """Who does it; somebody else verifies it."""
    due_on: Mapped[date]
    """By when."""


class AuditFinding(Entity, searchable=("evidence",)):
    """Something that an audit found, with what proves it."""

    __held_by__ = "audit"
    __table_args__ = (
        CheckConstraint(
            "(state = 'ACCEPTED') = (accepted_until is not null)", name="accepted_until"
        ),
        CheckConstraint("state <> 'ACCEPTED' or grade <> 'MAJOR'", name="accepted_grade"),
    )

    audit: Mapped[ComplianceAudit] = link(reverse="findings")
    """The audit."""
    grade: Mapped[FindingGrade]
    """How grave it is."""
    clause: Mapped[Clause] = link(reverse="-")
    """The clause that is not kept."""
    unit: Mapped[Unit] = link(reverse="-")
    """Where."""
    evidence: Mapped[str]
    """What was seen."""
    state: Mapped[FindingState] = mapped_column(default=FindingState.OPEN, init=False, index=True)
    """How far it has come."""
    implemented_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who said that the actions are done."""
    implemented_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """When the actions were done."""
    verified_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who saw that they work."""
    rework_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the actions did not do, the last time."""
    accepted_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who accepted the risk."""
    accepted_until: Mapped[date | None] = mapped_column(default=None, init=False)
    """Until when the risk is accepted."""
    actions_planned: Mapped[list[CorrectiveAction]] = owned(default_factory=list)
    """What is done about it."""
