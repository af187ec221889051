"""How long something may take in working time, and the clocks that measure it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link, owned
from dougong_flow.entities.calendars import Calendar


class Tells(StrEnum):
    """Whom an alarm tells."""

    ASSIGNEE = "ASSIGNEE"
    MANAGER = "MANAGER"
    OWNER = "OWNER"


class AlarmKind(StrEnum):
    """What an alarm says: it is getting late, it is late, somebody above must know."""

    WARNING = "WARNING"
    BREACH = "BREACH"
    ESCALATION = "ESCALATION"


class ClockState(StrEnum):
    """Whether working time is being counted."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"


class EscalationLevel(Entity):
    """Who is told when something takes too long, and how much too long."""

    __table_args__ = (
        UniqueConstraint("service_level_id", "level"),
        CheckConstraint("level between 1 and 9", name="level"),
        CheckConstraint("percent between 100 and 1000", name="percent"),
    )

    service_level: Mapped["ServiceLevel"] = link(
        default=None, on_delete="CASCADE", reverse="levels"
    )
    """The service level that the step is part of."""
    level: Mapped[int]
    """Which step it is: 1 is the first."""
    percent: Mapped[int]
    """When: at so many per cent of the target time; 100 is the moment of the breach."""
    tells: Mapped[Tells]
    """Who is told."""


class ServiceLevel(Entity, translatable=("name",)):
    """How long something may take, in working time."""

    __table_args__ = (
        CheckConstraint("target_minutes between 1 and 525600", name="target_minutes"),
        CheckConstraint("warn_percent between 1 and 99", name="warn_percent"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    """A short name that no other service level has."""
    name: Mapped[str]
    """What people call it."""
    calendar: Mapped[Calendar] = link()
    """Which time counts."""
    target_minutes: Mapped[int]
    """How many minutes of working time it may take."""
    warn_percent: Mapped[int | None] = mapped_column(default=None)
    """At how many per cent of that the assignee is warned."""
    manager: Mapped[User | None] = link(default=None, reverse="managedServiceLevels")
    """Who is told where a level tells the manager."""
    owner: Mapped[User | None] = link(default=None, reverse="ownedServiceLevels")
    """Who is told where a level tells the owner."""
    levels: Mapped[list[EscalationLevel]] = owned(default_factory=list)
    """Who is told when it takes too long."""


class ClockAlarm(Entity, by_hand=False):
    """A moment at which somebody is told about a clock, once."""

    __table_args__ = (
        UniqueConstraint("clock_id", "kind", "level"),
        Index("ix_clock_alarm_waiting", "due_at", postgresql_where=text("raised_at is null")),
    )

    clock: Mapped["Clock"] = link(default=None, on_delete="CASCADE", reverse="alarms")
    """The clock that it is about."""
    kind: Mapped[AlarmKind]
    """What it says."""
    level: Mapped[int] = mapped_column(default=0)
    """Which step of the escalation; 0 for a warning and for the breach."""
    percent: Mapped[int]
    """At how many per cent of the target time."""
    told: Mapped[User | None] = link(default=None, reverse="clockAlarms")
    """Who is told."""
    due_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it is raised if the clock goes on running; null while the clock does not run."""
    raised_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was raised."""


class Clock(Entity, by_hand=False):
    """A measurement of the working time that something takes."""

    __table_args__ = (
        CheckConstraint("used_seconds >= 0", name="used_seconds"),
        CheckConstraint("state = 'RUNNING' or due_at is null", name="due_at"),
        CheckConstraint("state <> 'STOPPED' or stopped_at is not null", name="stopped_at"),
    )

    service_level: Mapped[ServiceLevel] = link()
    """How long it may take."""
    about: Mapped[str]
    """What it measures."""
    target_seconds: Mapped[int]
    """How long it may take, as the service level said when the clock was started."""
    assignee: Mapped[User | None] = link(default=None)
    """Who works on it."""
    state: Mapped[ClockState] = mapped_column(default=ClockState.RUNNING, init=False, index=True)
    """Whether working time is being counted."""
    started_at: Mapped[datetime]
    """When it was started."""
    running_since: Mapped[datetime | None]
    """When it was started or resumed last; null while it does not run."""
    used_seconds: Mapped[int] = mapped_column(default=0)
    """How much working time had been used until then."""
    due_at: Mapped[datetime | None] = mapped_column(default=None, init=False, index=True)
    """When the target is used up if the clock goes on running; null while it does not run."""
    pause_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was last paused."""
    stopped_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was stopped."""
    warned_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the warning was due that was raised."""
    breached_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the target was used up: a fact that does not go away."""
    escalated_to: Mapped[int] = mapped_column(default=0, init=False)
    """The highest level of the escalation that was raised."""
    calendar_version: Mapped[int]
    """The version of the calendar by which the moments were computed."""
    alarms: Mapped[list[ClockAlarm]] = owned(default_factory=list)
    """When who is told."""
