"""Reminders: what jobs have found to be due, each raised once."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link


class ReminderKind(StrEnum):
    """What somebody is reminded of."""

    FEE_DUE = "FEE_DUE"
    FEE_IN_GRACE = "FEE_IN_GRACE"
    RECORD_GAP = "RECORD_GAP"
    DOCUMENT_REVIEW = "DOCUMENT_REVIEW"
    SURVEILLANCE = "SURVEILLANCE"
    EDITION_ENDS = "EDITION_ENDS"
    CERTIFICATE_ENDS = "CERTIFICATE_ENDS"
    OBLIGATION_REVIEW = "OBLIGATION_REVIEW"
    RISK_DUE = "RISK_DUE"
    ACCEPTANCE_ENDS = "ACCEPTANCE_ENDS"


class ComplianceReminder(Entity, by_hand=False):
    """Something that is due and that a job has noticed; the same is raised once."""

    key: Mapped[str] = mapped_column(unique=True)
    """What it is about, and for which time: no other reminder has it."""
    kind: Mapped[ReminderKind] = mapped_column(index=True)
    """What somebody is reminded of."""
    about: Mapped[str]
    """What it is about, for people."""
    due_on: Mapped[date]
    """By when something should be done."""
    assignee: Mapped[User | None] = link(default=None, reverse="complianceReminders")
    """Whose it is, where that is known."""
    raised_at: Mapped[datetime]
    """When it was noticed."""
    settled_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When somebody said that it is seen to."""
    settled_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who said so."""
