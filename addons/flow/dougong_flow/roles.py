"""Who may do what with time and with definitions."""

from dougong import Role, all_rows, change, own, read
from dougong_flow.entities import Calendar, Clock, Deadline, Definition, ServiceLevel
from dougong_flow.permissions import (
    AUDIT_CLOCKS,
    DESIGN,
    ESCALATE,
    KEEP_CALENDARS,
    RELEASE,
    REVIEW,
    RUN_CLOCKS,
    SET_DEADLINES,
)

TIME = [all_rows(Calendar), all_rows(ServiceLevel)]

WORKER = Role(
    "flow.worker",
    "Runs the clocks and meets the deadlines of own work.",
    grants=[
        *(RUN_CLOCKS, SET_DEADLINES),
        *(read(Calendar), read(ServiceLevel), read(Clock), read(Deadline)),
    ],
    rows=[*TIME, own(Clock.assignee), own(Deadline.assignee)],
)
PLANNER = Role(
    "flow.planner",
    "Keeps calendars, service levels and deadlines, and sees what is due.",
    grants=[
        *(KEEP_CALENDARS, SET_DEADLINES, RUN_CLOCKS, ESCALATE, AUDIT_CLOCKS),
        *(*change(Calendar), *change(ServiceLevel), *change(Deadline), read(Clock)),
    ],
    rows=[*TIME, all_rows(Clock), all_rows(Deadline)],
)
DESIGNER = Role(
    "flow.designer",
    "Drafts versions of definitions.",
    grants=[DESIGN, *change(Definition)],
    rows=[all_rows(Definition)],
)
REVIEWER = Role(
    "flow.reviewer",
    "Approves what designers have drafted, or sends it back.",
    grants=[REVIEW, read(Definition)],
    rows=[all_rows(Definition)],
)
PROCESS_OWNER = Role(
    "flow.process_owner",
    "Decides which version of a definition is tried out and holds.",
    grants=[RELEASE, DESIGN, *change(Definition)],
    rows=[all_rows(Definition)],
)
