"""What is remembered of working time, deadlines, service clocks and definitions."""

from dougong_flow.entities.calendars import (
    Calendar,
    CalendarException,
    DayKind,
    Weekday,
    WeeklyInterval,
)
from dougong_flow.entities.checklists import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    ControlExecution,
    Evidence,
    EvidenceKind,
    StepForm,
    StepState,
)
from dougong_flow.entities.clocks import (
    AlarmKind,
    Clock,
    ClockAlarm,
    ClockState,
    EscalationLevel,
    ServiceLevel,
    Tells,
)
from dougong_flow.entities.deadlines import Deadline, DeadlineState
from dougong_flow.entities.definitions import (
    Definition,
    DefinitionVersion,
    ReasonKind,
    ServedParty,
    VersionState,
)

__all__ = [
    "AlarmKind",
    "Calendar",
    "CalendarException",
    "Checklist",
    "ChecklistState",
    "ChecklistStep",
    "Clock",
    "ClockAlarm",
    "ClockState",
    "ControlExecution",
    "DayKind",
    "Deadline",
    "DeadlineState",
    "Definition",
    "DefinitionVersion",
    "EscalationLevel",
    "Evidence",
    "EvidenceKind",
    "ReasonKind",
    "ServedParty",
    "ServiceLevel",
    "StepForm",
    "StepState",
    "Tells",
    "VersionState",
    "Weekday",
    "WeeklyInterval",
]
