"""Work items: what somebody is to do by a day besides steps and votes, and what repeats."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_flow.entities.checklists import ChecklistStep
from dougong_flow.entities.definitions import DefinitionVersion


class WorkItemKind(StrEnum):
    """Where it comes from."""

    ISSUE = "ISSUE"
    ALARM = "ALARM"
    RECURRING = "RECURRING"
    ROLL_OUT = "ROLL_OUT"


class WorkItemState(StrEnum):
    """Whether it is to be done, or how it ended."""

    OPEN = "OPEN"
    DONE = "DONE"
    MISSED = "MISSED"
    DROPPED = "DROPPED"


class AlarmCause(StrEnum):
    """Why a step that nobody does cannot go on by itself."""

    NEVER_COMES = "NEVER_COMES"
    FAILED = "FAILED"


class RollOut(StrEnum):
    """What is to be done when a version is released."""

    ANNOUNCE = "ANNOUNCE"
    TRAIN = "TRAIN"
    COLLECT = "COLLECT"
    DECIDE = "DECIDE"


class Period(StrEnum):
    """A length of time, of which a task repeats every one or several."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class RecurringTask(Entity, searchable=("name", "key"), translatable=("name",)):
    """Something that is to be done again and again: by a job, one work item at a time is open."""

    __table_args__ = (
        CheckConstraint("every between 1 and 1000", name="every"),
        CheckConstraint("due_days between 0 and 366", name="due_days"),
        CheckConstraint(
            "starts_on between date '1900-01-01' and date '2999-12-31'", name="starts_on"
        ),
    )

    key: Mapped[str] = mapped_column(unique=True)
    """A name that no other recurring task has: visit.acme."""
    name: Mapped[str]
    """What is to be done."""
    assignee: Mapped[User | None] = link(default=None, reverse="recurringTasks")
    """Who does it."""
    every: Mapped[int] = mapped_column(default=1)
    """Every how many days, weeks or months."""
    period: Mapped[Period]
    """Whether it repeats by days, weeks or months."""
    starts_on: Mapped[date]
    """The day of the first time, from which all others are counted."""
    due_days: Mapped[int] = mapped_column(default=0)
    """How many days there are to do it."""
    active: Mapped[bool] = mapped_column(default=True)
    """Whether it goes on."""
    next_on: Mapped[date | None] = mapped_column(
        nullable=False, default=None, init=False, index=True
    )
    """The day on which it is to be done next."""


class WorkItem(Entity, by_hand=False):
    """Something that somebody is to do by a day: an issue, an alarm, a recurring task, a roll-out."""

    __table_args__ = (
        CheckConstraint("carry_over >= 0", name="carry_over"),
        CheckConstraint("state = 'OPEN' or ended_at is not null", name="ended_at"),
        CheckConstraint("(kind in ('ISSUE', 'ALARM')) = (step_id is not null)", name="step"),
        CheckConstraint("(kind = 'ALARM') = (alarm is not null)", name="alarm_of_a_step"),
        CheckConstraint(
            "(kind = 'RECURRING') = (recurring_task_id is not null)", name="recurring_task"
        ),
        CheckConstraint("(kind = 'ROLL_OUT') = (roll_out is not null)", name="roll_out_of_what"),
        CheckConstraint(
            "(kind = 'ROLL_OUT') = (definition_version_id is not null)", name="definition_version"
        ),
        Index(
            "uq_work_item_recurring_open",
            "recurring_task_id",
            unique=True,
            postgresql_where=text("state = 'OPEN'"),
        ),
        Index(
            "uq_work_item_alarm_open",
            "step_id",
            "alarm",
            unique=True,
            postgresql_where=text("state = 'OPEN' and kind = 'ALARM'"),
        ),
        Index("ix_work_item_mine", "assignee_id", "id", postgresql_where=text("state = 'OPEN'")),
        Index("ix_work_item_raised_by_id", "raised_by_id"),
    )

    kind: Mapped[WorkItemKind]
    """Where it comes from."""
    about: Mapped[str]
    """What is to be done, or what is wrong."""
    assignee: Mapped[User | None] = link(default=None, reverse="workItems")
    """Who does it."""
    due_on: Mapped[date | None] = mapped_column(default=None)
    """By which day."""
    carry_over: Mapped[int] = mapped_column(default=0)
    """How often it was missed before: what was missed comes first."""
    step: Mapped[ChecklistStep | None] = link(default=None, reverse="workItems")
    """The step of a checklist at which the issue or the alarm was raised."""
    alarm: Mapped[AlarmCause | None] = mapped_column(default=None)
    """Why that step cannot go on by itself."""
    recurring_task: Mapped[RecurringTask | None] = link(default=None, reverse="workItems")
    """What it is one time of."""
    definition_version: Mapped[DefinitionVersion | None] = link(default=None, reverse="rollOut")
    """The version that was released."""
    roll_out: Mapped[RollOut | None] = mapped_column(default=None)
    """What is to be done for it."""
    raised_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who raised it; nobody, where it came by itself."""
    state: Mapped[WorkItemState] = mapped_column(default=WorkItemState.OPEN, init=False, index=True)
    """Whether it is to be done, or how it ended."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it ended."""
    ended_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who ended it; nobody, where that followed by itself."""
    result: Mapped[str | None] = mapped_column(default=None, init=False)
    """What came of it, or why it was dropped."""
