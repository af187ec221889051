"""Who may do what with time and with definitions."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from dougong import Role, all_rows, change, holds, own, read, rows_where, team
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalTask,
    Calendar,
    Checklist,
    ChecklistStep,
    Clock,
    ControlExecution,
    Deadline,
    Definition,
    Evidence,
    Qualification,
    RecurringTask,
    ServiceLevel,
    StepForm,
    StepInvitation,
    StepRating,
    StepRound,
    VersionReading,
    WorkItem,
)
from dougong_flow.permissions import (
    APPROVE,
    AUDIT_CLOCKS,
    DESIGN,
    ESCALATE,
    INVITE,
    KEEP_CALENDARS,
    MIGRATE,
    OVERRIDE,
    PERFORM,
    PROPOSE,
    RAISE_ISSUES,
    RELEASE,
    REVIEW,
    RUN_CLOCKS,
    SET_DEADLINES,
)

TIME = [all_rows(Calendar), all_rows(ServiceLevel)]


def has_assigned_step(checklist: Any, me: Any) -> ColumnElement[bool]:
    """Whether a step of a checklist is the asker's."""
    step = aliased(ChecklistStep)
    mine = select(step.id).where(
        key(step, "checklist") == checklist.id, key(step, "assignee") == me.id
    )
    return mine.exists()


def is_own_checklist(number: Any, me: Any) -> ColumnElement[bool]:
    """Whether the checklist of a number is the asker's."""
    checklist = aliased(Checklist)
    mine = select(checklist.id).where(checklist.id == number, key(checklist, "owner") == me.id)
    return mine.exists()


def is_on_own_step(record: Any, me: Any, link: str = "step") -> ColumnElement[bool]:
    """Whether evidence or a control is on a step of the asker's, or of a checklist of theirs."""
    step = aliased(ChecklistStep)
    own_list = is_own_checklist(key(step, "checklist"), me)
    mine = select(step.id).where(
        step.id == key(record, link), or_(key(step, "assignee") == me.id, own_list)
    )
    return mine.exists()


def measures_a_step(record: Any, link: str) -> ColumnElement[bool]:
    """Whether a deadline or a clock is that of a step of a checklist."""
    step = aliased(ChecklistStep)
    return select(step.id).where(key(step, link) == record.id).exists()


def is_of_colleague(number: Any, me: Any, column: str) -> ColumnElement[bool]:
    """Whether a step that a colleague of the asker's does is, or is of, what has a number."""
    step = aliased(ChecklistStep)
    mine = select(step.id).where(
        getattr(step, column) == number, me.is_colleague(key(step, "assignee"))
    )
    return mine.exists()


def is_rating_of_own(rating: Any, me: Any) -> ColumnElement[bool]:
    """Whether a rating is of a step of the asker's, or was given from one."""
    return or_(*(is_on_own_step(rating, me, link) for link in ("rated", "rated_by")))


def has_seat(task: Any, me: Any) -> ColumnElement[bool]:
    """Whether a task is the asker's, or one that they may claim."""
    free = and_(key(task, "assignee").is_(None), holds(me.id, task.role, key(task, "unit")))
    return or_(key(task, "assignee") == me.id, free)


def is_own_approval(number: Any, me: Any) -> ColumnElement[bool]:
    """Whether the approval of a number was asked for by the asker."""
    approval = aliased(Approval)
    mine = select(approval.id).where(approval.id == number, key(approval, "initiator") == me.id)
    return mine.exists()


def takes_part(number: Any, me: Any) -> ColumnElement[bool]:
    """Whether the asker asked for the approval of a number, or has or may claim a task in it."""
    task = aliased(ApprovalTask)
    seat = select(task.id).where(key(task, "approval") == number, has_seat(task, me))
    return or_(is_own_approval(number, me), seat.exists())


def key(record: Any, link: str) -> Any:
    """The key column of a link."""
    return getattr(record, f"{link}_id")


WORKER = Role(
    "flow.worker",
    "Carries out checklists, runs the clocks and meets the deadlines of own work.",
    grants=[
        *(RUN_CLOCKS, SET_DEADLINES, PERFORM, RAISE_ISSUES, INVITE),
        *(read(Calendar), read(ServiceLevel), read(Clock), read(Deadline), read(Definition)),
        *(read(Checklist), read(ChecklistStep), read(ControlExecution)),
        *(read(Approval), read(ApprovalTask)),
        *(read(StepRound), read(StepRating), read(Qualification)),
        *(read(WorkItem), read(StepInvitation), read(VersionReading)),
        *(*change(StepForm), *change(Evidence)),
    ],
    rows=[
        *(*TIME, own(Clock.assignee), own(Deadline.assignee), all_rows(Definition)),
        *(own(Checklist.owner), rows_where(Checklist, has_assigned_step, "assigned_step")),
        own(ChecklistStep.assignee),
        rows_where(
            ChecklistStep,
            lambda step, me: is_own_checklist(key(step, "checklist"), me),
            "own_checklist",
        ),
        own(Approval.initiator),
        rows_where(
            ApprovalTask,
            lambda task, me: is_own_approval(key(task, "approval"), me),
            "own_approval",
        ),
        rows_where(StepForm, is_on_own_step, "own_step"),
        rows_where(Evidence, is_on_own_step, "own_step"),
        rows_where(ControlExecution, is_on_own_step, "own_step"),
        rows_where(StepRound, is_on_own_step, "own_step"),
        rows_where(StepInvitation, is_on_own_step, "own_step"),
        *(own(WorkItem.assignee), own(WorkItem.raised_by)),
        rows_where(WorkItem, is_on_own_step, "own_step"),
        *(rows_where(StepRating, is_rating_of_own, "own_step"), own(Qualification.user)),
        own(VersionReading.user),
    ],
)
PLANNER = Role(
    "flow.planner",
    "Keeps calendars, service levels and deadlines, and sees what is due.",
    grants=[
        *(KEEP_CALENDARS, SET_DEADLINES, RUN_CLOCKS, ESCALATE, AUDIT_CLOCKS, RAISE_ISSUES),
        *(*change(Calendar), *change(ServiceLevel), *change(Deadline), read(Clock)),
        *(*change(Qualification), *change(RecurringTask), read(WorkItem)),
    ],
    rows=[
        *(*TIME, all_rows(Clock), all_rows(Deadline), all_rows(Qualification)),
        all_rows(RecurringTask),
        rows_where(
            WorkItem, lambda item, me: key(item, "recurring_task").is_not(None), "recurring"
        ),
    ],
)
DESIGNER = Role(
    "flow.designer",
    "Drafts versions of definitions.",
    grants=[DESIGN, *change(Definition), read(VersionReading)],
    rows=[all_rows(Definition), all_rows(VersionReading)],
)
REVIEWER = Role(
    "flow.reviewer",
    "Approves what designers have drafted, or sends it back.",
    grants=[REVIEW, read(Definition)],
    rows=[all_rows(Definition)],
)
PROCESS_OWNER = Role(
    "flow.process_owner",
    "Decides which version of a definition is tried out and holds, and sees it carried out.",
    grants=[
        *(RELEASE, DESIGN, MIGRATE, RAISE_ISSUES),
        *change(Definition),
        *(read(Checklist), read(ChecklistStep), read(StepForm), read(Evidence)),
        *(read(ControlExecution), read(Approval), read(ApprovalNode), read(ApprovalTask)),
        *(read(StepRound), read(StepRating), read(WorkItem), read(StepInvitation)),
        *(read(VersionReading), read(Deadline), read(Clock)),
    ],
    rows=[
        all_rows(VersionReading),
        rows_where(Deadline, lambda one, me: measures_a_step(one, "deadline"), "of_a_step"),
        rows_where(Clock, lambda one, me: measures_a_step(one, "clock"), "of_a_step"),
        *(all_rows(StepRound), all_rows(StepRating)),
        *(all_rows(WorkItem), all_rows(StepInvitation)),
        *(all_rows(Approval), all_rows(ApprovalNode), all_rows(ApprovalTask)),
        *(all_rows(Definition), all_rows(Checklist), all_rows(ChecklistStep)),
        *(all_rows(StepForm), all_rows(Evidence), all_rows(ControlExecution)),
    ],
)

SEAT = rows_where(ApprovalTask, has_seat, "seat")
APPROVER = Role(
    "flow.approver",
    "Decides what they are asked to approve, or may claim.",
    grants=[APPROVE, read(ApprovalTask)],
    rows=[SEAT],
)
MANAGER = Role(
    "flow.manager",
    "Leads the unit for which it is assigned: approves what its people ask for, and sees their forms.",
    grants=[
        *(APPROVE, RAISE_ISSUES, read(ApprovalTask)),
        *(read(Checklist), read(ChecklistStep), read(StepForm)),
    ],
    rows=[
        *(SEAT, team(ChecklistStep.assignee)),
        rows_where(Checklist, lambda one, me: is_of_colleague(one.id, me, "checklist_id"), "team"),
        rows_where(StepForm, lambda one, me: is_of_colleague(key(one, "step"), me, "id"), "team"),
    ],
)
PARTICIPANT = Role(
    "flow.participant",
    "Everybody who has signed in sees the approvals that they take part in, their own work items, and"
    " the definitions that they have proposed.",
    grants=[
        *(read(Approval), read(ApprovalNode), read(ApprovalTask), read(WorkItem)),
        *(PROPOSE, read(Definition)),
    ],
    rows=[
        own(Definition.proposed_by),
        *(own(WorkItem.assignee), own(WorkItem.raised_by)),
        rows_where(Approval, lambda one, me: takes_part(one.id, me), "takes_part"),
        rows_where(
            ApprovalNode, lambda one, me: takes_part(key(one, "approval"), me), "takes_part"
        ),
        rows_where(
            ApprovalTask,
            lambda one, me: and_(
                key(one, "assignee").is_not(None), takes_part(key(one, "approval"), me)
            ),
            "takes_part",
        ),
    ],
    implied=True,
)
CONTROLLER = Role(
    "flow.controller",
    "Lets somebody decide, or do a step, whose duties should be separate, where it cannot be helped.",
    grants=[
        *(OVERRIDE, read(Approval), read(ApprovalNode), read(ApprovalTask)),
        *(read(Checklist), read(ChecklistStep), read(StepRound)),
    ],
    rows=[
        *(all_rows(Approval), all_rows(ApprovalNode), all_rows(ApprovalTask)),
        *(all_rows(Checklist), all_rows(ChecklistStep), all_rows(StepRound)),
    ],
)
