"""Days on which something is due, each by a rule from an anchor date."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_flow.entities.calendars import Calendar

OBJECT = JSONB(none_as_null=True)
"""A JSON object, or nothing at all: never JSON's null."""


class DeadlineState(StrEnum):
    """Whether what is due is done."""

    OPEN = "OPEN"
    MET = "MET"
    WAIVED = "WAIVED"


class Deadline(Entity, searchable=("name",)):
    """A day on which something is due, by a rule that counts from an anchor date."""

    __table_args__ = (
        *(
            CheckConstraint(f"jsonb_typeof({one}) = 'object'", name=one)
            for one in ("rule", "facts", "not_before_rule", "not_after_rule")
        ),
        CheckConstraint("grace_days between 0 and 366", name="grace_days"),
        CheckConstraint(
            "anchor_on between date '1900-01-01' and date '2999-12-31'", name="anchor_on"
        ),
        CheckConstraint("state <> 'MET' or met_on is not null", name="met_on"),
    )

    name: Mapped[str]
    """What is due: “Papers are handed in”."""
    anchor_on: Mapped[date]
    """The date from which is counted, such as the first day of a conference."""
    rule: Mapped[dict[str, Any]]
    """How the day follows from the anchor: months, weeks, days, working days, and how they are rolled."""
    facts: Mapped[dict[str, Any] | None] = mapped_column(OBJECT, default=None)
    """What the rule's cases ask about, such as the number of participants."""
    not_before_rule: Mapped[dict[str, Any] | None] = mapped_column(OBJECT, default=None)
    """The rule for the first day that may be chosen instead."""
    not_after_rule: Mapped[dict[str, Any] | None] = mapped_column(OBJECT, default=None)
    """The rule for the last day that may be chosen instead."""
    calendar: Mapped[Calendar | None] = link(default=None)
    """Which days are worked, where the rule asks."""
    hard: Mapped[bool] = mapped_column(default=False)
    """Whether it cannot be met any more once the day, and the days of grace, are over."""
    grace_days: Mapped[int] = mapped_column(default=0)
    """How many days late is not yet late."""
    assignee: Mapped[User | None] = link(default=None)
    """Who sees to it."""
    due_on: Mapped[date | None] = mapped_column(
        nullable=False, default=None, init=False, index=True
    )
    """The day on which it is due: by the rule, or as it was overridden."""
    not_before: Mapped[date | None] = mapped_column(default=None, init=False)
    """The first day that may be chosen instead."""
    not_after: Mapped[date | None] = mapped_column(default=None, init=False)
    """The last day that may be chosen instead."""
    override_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why the day is not the rule's; such a day is not computed again."""
    state: Mapped[DeadlineState] = mapped_column(default=DeadlineState.OPEN, init=False, index=True)
    """Whether what is due is done."""
    met_on: Mapped[date | None] = mapped_column(default=None, init=False)
    """The day on which it was done."""
    late: Mapped[bool] = mapped_column(default=False, init=False)
    """Whether it was done after the day and the days of grace."""
    waive_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it need not be met."""
