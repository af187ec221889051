"""Flow: working calendars, deadlines, service clocks, and definitions in versions."""

from dougong import AddOn
from dougong_flow.actions import override_deadline, start_clock
from dougong_flow.conditions import holds
from dougong_flow.deadline_rule import add_months, due_on
from dougong_flow.entities import (
    Calendar,
    CalendarException,
    Clock,
    ClockAlarm,
    ClockState,
    DayKind,
    Deadline,
    DeadlineState,
    Definition,
    DefinitionVersion,
    ServiceLevel,
    VersionState,
    Weekday,
    WeeklyInterval,
)
from dougong_flow.hours import hours_of
from dougong_flow.workflows import (
    make_effective,
    meet,
    pause,
    resume,
    retire,
    start_trial,
    stop,
    supersede,
    waive,
)
from dougong_flow.working_time import NoWorkingTime, WorkingTime

addon = AddOn(name="flow", title="Flow")

__all__ = [
    "Calendar",
    "CalendarException",
    "Clock",
    "ClockAlarm",
    "ClockState",
    "DayKind",
    "Deadline",
    "DeadlineState",
    "Definition",
    "DefinitionVersion",
    "NoWorkingTime",
    "ServiceLevel",
    "VersionState",
    "Weekday",
    "WeeklyInterval",
    "WorkingTime",
    "add_months",
    "addon",
    "due_on",
    "holds",
    "hours_of",
    "make_effective",
    "meet",
    "override_deadline",
    "pause",
    "resume",
    "retire",
    "start_clock",
    "start_trial",
    "stop",
    "supersede",
    "waive",
]
