"""The system in operation: trainings, and the records that show that it is used."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Unit, User, link, owned
from dougong_ip_compliance.entities.documents import SystemDocument
from dougong_ip_compliance.entities.programs import ComplianceProgram
from dougong_ip_compliance.entities.standards import Clause


class TrainingAttendance(Entity):
    """That somebody was invited to a training, came, and how the test went."""

    __table_args__ = (
        UniqueConstraint("training_id", "user_id"),
        CheckConstraint("score between 0 and 100", name="score"),
        CheckConstraint("score is null or attended", name="attended"),
    )

    training: Mapped["SystemTraining"] = link(default=None, on_delete="CASCADE")
    """The training."""
    user: Mapped[User] = link(reverse="-")
    """Who was invited."""
    attended: Mapped[bool] = mapped_column(default=False)
    """Whether this person came."""
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2), default=None)
    """What the test came to, of 100."""


class SystemTraining(Entity):
    """A training in what was issued, with a test (S4-111)."""

    __held_by__ = "program"
    __table_args__ = (CheckConstraint("pass_score between 0 and 100", name="pass_score"),)

    program: Mapped[ComplianceProgram] = link(reverse="trainings")
    """The programme."""
    title: Mapped[str]
    """What it was about."""
    held_on: Mapped[date]
    """When it was held."""
    pass_score: Mapped[Decimal] = mapped_column(Numeric(5, 2), default=Decimal(60))
    """What the test must come to, of 100."""
    attendances: Mapped[list[TrainingAttendance]] = owned(default_factory=list)
    """Who was invited, and how it went."""


class OperationRecord(Entity, searchable=("what",)):
    """Something that was done as a clause asks for; what proves it are files of it (S4-112)."""

    __held_by__ = "program"
    __table_args__ = (Index("ix_operation_record_done", "program_id", "clause_id", "done_on"),)

    program: Mapped[ComplianceProgram] = link(reverse="records")
    """The programme."""
    clause: Mapped[Clause] = link(reverse="-")
    """The clause that asks for it."""
    unit: Mapped[Unit] = link(reverse="-")
    """The unit that did it."""
    form: Mapped[SystemDocument | None] = link(default=None, reverse="records")
    """The form that was used."""
    done_on: Mapped[date]
    """When it was done."""
    what: Mapped[str]
    """What was done."""
