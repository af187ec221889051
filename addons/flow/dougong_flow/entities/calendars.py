"""When people work: weekly hours, and the days that are different."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link, owned

CLOCK_TIME = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
"""What the clock on the wall shows: 09:00, or 24:00 for the end of a day."""


class Weekday(StrEnum):
    """The days of the week, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


class DayKind(StrEnum):
    """What makes a day different from its weekday."""

    HOLIDAY = "HOLIDAY"
    WORKING = "WORKING"


class WeeklyInterval(Entity):
    """Hours that are worked on one weekday, every week; a day may have several."""

    __table_args__ = (
        CheckConstraint(f"begins ~ '{CLOCK_TIME}'", name="begins"),
        CheckConstraint(f"ends ~ '{CLOCK_TIME}' and ends > begins", name="ends"),
    )

    calendar: Mapped["Calendar"] = link(default=None, on_delete="CASCADE")
    """The calendar that the hours are part of."""
    weekday: Mapped[Weekday]
    """On which day of the week."""
    begins: Mapped[str]
    """From when, as the clock on the wall shows it: 09:00."""
    ends: Mapped[str]
    """Until when, such as 12:00; 24:00 is the end of the day."""


class CalendarException(Entity, translatable=("name",)):
    """What stands for one date instead of its weekday's hours: none, or others.

    A working day with several intervals has one row for each.
    """

    __table_args__ = (
        CheckConstraint(f"begins ~ '{CLOCK_TIME}'", name="begins"),
        CheckConstraint(f"ends ~ '{CLOCK_TIME}' and ends > begins", name="ends"),
        CheckConstraint(
            "(kind = 'WORKING') = (begins is not null) and (begins is null) = (ends is null)",
            name="hours",
        ),
    )

    calendar: Mapped["Calendar"] = link(default=None, on_delete="CASCADE", reverse="exceptions")
    """The calendar that the day is part of."""
    day: Mapped[date] = mapped_column(index=True)
    """The date."""
    kind: Mapped[DayKind]
    """A holiday is not worked; a working day has the hours that are said here, and no others."""
    begins: Mapped[str | None] = mapped_column(default=None)
    """From when a working day is worked, such as 09:00."""
    ends: Mapped[str | None] = mapped_column(default=None)
    """Until when it is worked, such as 12:00."""
    name: Mapped[str | None] = mapped_column(default=None)
    """Why the day is different: National Day, or the Saturday that makes up for it."""


class Calendar(Entity, translatable=("name",)):
    """When some people work, in the time zone in which they do."""

    key: Mapped[str] = mapped_column(unique=True)
    """A short name that no other calendar has: CN-2026."""
    name: Mapped[str]
    """What people call it."""
    time_zone: Mapped[str]
    """The time zone by its IANA name, such as Asia/Shanghai."""
    intervals: Mapped[list[WeeklyInterval]] = owned(default_factory=list)
    """What is worked every week."""
    exceptions: Mapped[list[CalendarException]] = owned(default_factory=list)
    """The days that are different: holidays, and working days that make up for them."""
