"""Programmes: how a company gets a management of intellectual property that is certified."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link, owned
from dougong_flow import Checklist
from dougong_ip_compliance.entities.standards import StandardEdition
from dougong_party import Party


class ProgramState(StrEnum):
    """How far a programme has come."""

    PREPARED = "PREPARED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class ResourceKind(StrEnum):
    """What a programme must provide for."""

    INTELLECTUAL_PROPERTY = "INTELLECTUAL_PROPERTY"
    PEOPLE = "PEOPLE"
    MONEY = "MONEY"
    TECHNOLOGY = "TECHNOLOGY"


class ProgramResource(Entity):
    """What a programme can draw on in one of four respects, and who provides it (S4-105)."""

    __table_args__ = (UniqueConstraint("program_id", "kind"),)

    program: Mapped["ComplianceProgram"] = link(default=None, on_delete="CASCADE")
    """The programme."""
    kind: Mapped[ResourceKind]
    """In which respect."""
    plan: Mapped[str]
    """What there will be: how many people, how much money, which tools."""
    owner: Mapped[User] = link(reverse="-")
    """Who provides it."""


class WorkingGroupMember(Entity):
    """Somebody in the working group of a programme (S4-107)."""

    __table_args__ = (UniqueConstraint("program_id", "user_id"),)

    program: Mapped["ComplianceProgram"] = link(default=None, on_delete="CASCADE")
    """The programme."""
    user: Mapped[User] = link(reverse="-")
    """Who."""
    task: Mapped[str]
    """What this person does in the group."""


class Advisor(Entity):
    """Somebody from outside who advises a programme; an advisor never approves (S4-106)."""

    __table_args__ = (UniqueConstraint("program_id", "user_id"),)

    program: Mapped["ComplianceProgram"] = link(default=None, on_delete="CASCADE")
    """The programme."""
    user: Mapped[User] = link(reverse="-")
    """Who."""
    firm: Mapped[Party | None] = link(default=None, reverse="-")
    """For which firm."""
    active: Mapped[bool] = mapped_column(default=True)
    """Whether this person still sees the programme."""


class ComplianceProgram(Entity, searchable=("name", "scope")):
    """The way of a company to a certified management of intellectual property, in ten steps."""

    __table_args__ = (
        CheckConstraint("run_months between 1 and 60", name="run_months"),
        CheckConstraint("trained_percent between 1 and 100", name="trained_percent"),
    )

    name: Mapped[str]
    """What people call it."""
    scope: Mapped[str]
    """Which activities, products and sites it covers."""
    edition: Mapped[StandardEdition] = link(reverse="programs")
    """The edition that it goes by."""
    leader: Mapped[User] = link(reverse="-")
    """Who of the top management leads the working group."""
    manager: Mapped[User | None] = link(default=None, reverse="-")
    """Who runs it from day to day; whoever enters it unless given."""
    target_on: Mapped[date | None] = mapped_column(default=None)
    """The day on which the certificate should be there."""
    run_months: Mapped[int] = mapped_column(default=3)
    """For how many calendar months the system is in operation before anybody applies."""
    trained_percent: Mapped[int] = mapped_column(default=90)
    """What part of those who are invited to a training must pass, in per cent."""
    scope_restarts: Mapped[bool] = mapped_column(default=True)
    """Whether the months count anew from an order that issues documents for another scope."""
    needs_asset: Mapped[bool] = mapped_column(default=True)
    """Whether the register must have a right in force before anybody applies."""
    needs_clean_record: Mapped[bool] = mapped_column(default=True)
    """Whether nobody applies within 12 months of a penalty."""
    needs_trained_manager: Mapped[bool] = mapped_column(default=True)
    """Whether a manager must have come to a training of the programme and passed it."""
    state: Mapped[ProgramState] = mapped_column(
        default=ProgramState.PREPARED, init=False, index=True
    )
    """How far it has come."""
    checklist: Mapped[Checklist | None] = link(
        default=None, init=False, unique=True, reverse="compliancePrograms"
    )
    """Its ten steps."""
    cancel_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was given up."""
    resources: Mapped[list[ProgramResource]] = owned(default_factory=list)
    """What it can draw on."""
    members: Mapped[list[WorkingGroupMember]] = owned(default_factory=list)
    """Who is in its working group."""
    advisors: Mapped[list[Advisor]] = owned(default_factory=list)
    """Who advises it."""
