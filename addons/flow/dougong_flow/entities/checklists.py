"""Checklists: a version of a definition being carried out, with its steps and what proves them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_flow.entities.clocks import Clock
from dougong_flow.entities.deadlines import Deadline
from dougong_flow.entities.definitions import DefinitionVersion


class ChecklistState(StrEnum):
    """Whether there is still something to do."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class StepState(StrEnum):
    """Whether a step can be done, or is done."""

    WAITING = "WAITING"
    READY = "READY"
    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"


class EvidenceKind(StrEnum):
    """What proves that something was done."""

    LINK = "LINK"
    RECORD = "RECORD"
    FILE = "FILE"


class Checklist(Entity, by_hand=False):
    """A definition that is being carried out, by the version that held when it was started."""

    __table_args__ = (
        Index("ix_checklist_about", "about", postgresql_where=text("record is null")),
    )

    definition_version: Mapped[DefinitionVersion] = link()
    """What it carries out; it stays with this version."""
    about: Mapped[str]
    """What it is carried out for."""
    record: Mapped[str | None] = mapped_column(default=None, index=True)
    """The record that it is carried out for, by the id that the API shows."""
    owner: Mapped[User | None] = link(default=None)
    """Who started it, and assigns the steps."""
    state: Mapped[ChecklistState] = mapped_column(
        default=ChecklistState.RUNNING, init=False, index=True
    )
    """Whether there is still something to do."""
    started_at: Mapped[datetime]
    """When it was started."""
    ended_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the last step was over, or it was cancelled."""
    trial_was_over: Mapped[bool] = mapped_column(default=False)
    """Whether the version's trial was over when it was started, and nobody had decided yet."""
    cancel_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was cancelled."""


class ChecklistStep(Entity, by_hand=False):
    """A step of a checklist: who does it, and whether it is done."""

    __held_by__ = "checklist"
    __table_args__ = (
        UniqueConstraint("checklist_id", "key"),
        CheckConstraint("round > 0", name="round"),
        CheckConstraint("paused_seconds >= 0 and waiting_seconds >= 0", name="paused_seconds"),
        CheckConstraint("(overridden_by_id is null) = (deviation is null)", name="deviation"),
        CheckConstraint(
            "state <> 'COMPLETED' or (completed_at is not null"
            " and (completed_by_id is not null or completed_as is not null))",
            name="completed_at",
        ),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index(
            "ix_checklist_step_tasks", "assignee_id", "id", postgresql_where=text("state = 'READY'")
        ),
        Index("ix_checklist_step_look_at", "look_at", postgresql_where=text("look_at is not null")),
        Index("ix_checklist_step_awaits", "awaits", postgresql_where=text("awaits is not null")),
    )

    checklist: Mapped[Checklist] = link(reverse="steps")
    """The checklist that it is part of."""
    key: Mapped[str]
    """Its key in the definition."""
    name: Mapped[str]
    """Its name in the definition."""
    assignee: Mapped[User | None] = link(default=None, init=False, reverse="checklistSteps")
    """Who does it."""
    state: Mapped[StepState] = mapped_column(default=StepState.WAITING, init=False)
    """Whether it can be done, or is done."""
    ready_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Since when it could be done."""
    completed_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it was done."""
    completed_by: Mapped[User | None] = link(default=None, init=False, reverse="completedSteps")
    """Who did it."""
    completed_for: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """In whose name, where it was delegated."""
    completed_as: Mapped[str | None] = mapped_column(default=None, init=False)
    """What did it where no user did: `system:crm.send_welcome`, `system:wait`, `partner:Acme`."""
    skip_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was left out."""
    round: Mapped[int] = mapped_column(default=1, init=False)
    """Which time it is done, counted from 1."""
    redo_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it is done again."""
    waits_for: Mapped[str | None] = mapped_column(default=None, init=False)
    """The key of the step to which it was returned, and from which it comes straight back."""
    started_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When somebody began to work on it, this time."""
    waiting_seconds: Mapped[int] = mapped_column(default=0, init=False)
    """How long it had waited by then, without pauses."""
    paused_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """Since when it is interrupted."""
    paused_seconds: Mapped[int] = mapped_column(default=0, init=False)
    """How long it had been interrupted before, this time."""
    pause_reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was last interrupted."""
    deadline: Mapped[Deadline | None] = link(default=None, init=False, reverse="-")
    """By which day it is to be done."""
    clock: Mapped[Clock | None] = link(default=None, init=False, reverse="-")
    """What measures its working time, warns and escalates."""
    overridden_by: Mapped[User | None] = link(default=None, init=False, reverse="-")
    """Who let somebody do it whose duties should be separate."""
    deviation: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why."""
    look_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When it is looked at next, where it goes on by itself."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0", init=False)
    """How often what it does by itself has failed, this time."""
    failure: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why that failed last."""
    awaits: Mapped[str | None] = mapped_column(default=None, init=False)
    """The key of the definition whose checklist it waits for."""
    awaits_record: Mapped[str | None] = mapped_column(default=None, init=False)
    """The record that it waits for, where a form names one; whoever named it saw it then."""
    subprocess: Mapped[Checklist | None] = link(
        default=None, init=False, unique=True, reverse="startedBy"
    )
    """The checklist that it has started, and with which it is complete."""


class StepForm(Entity):
    """What was filled in for a step so far; it is checked when the step is completed."""

    __table_args__ = (CheckConstraint("jsonb_typeof(\"values\") = 'object'", name="values"),)

    step: Mapped[ChecklistStep] = link(unique=True, reverse="forms")
    """The step that it is the form of."""
    values: Mapped[dict[str, Any]]
    """The fields with their values."""


class Evidence(Entity):
    """What proves that a step was done; it stays as it is once the step is completed."""

    __table_args__ = (
        CheckConstraint("(kind = 'LINK') = (url is not null)", name="url"),
        CheckConstraint("(kind = 'RECORD') = (record is not null)", name="record"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint(
            "case kind when 'FILE' then (file_name is null) = (sha256 is null) else file_name is null end",
            name="file_name",
        ),
    )

    step: Mapped[ChecklistStep] = link(reverse="evidence")
    """The step that it proves."""
    name: Mapped[str]
    """Which of the proofs that the step asks for."""
    kind: Mapped[EvidenceKind]
    """What it is: a link, a record, or a file that is uploaded to it."""
    url: Mapped[str | None] = mapped_column(default=None)
    """Where it lies, for a link."""
    record: Mapped[str | None] = mapped_column(default=None)
    """Which record it is, by the id that the API shows, or by its number on paper."""
    sha256: Mapped[str | None] = mapped_column(default=None)
    """The SHA-256 of what lies there, in hexadecimal digits; of a file, as it was stored."""
    file_name: Mapped[str | None] = mapped_column(default=None, init=False)
    """What its file is called; none was uploaded yet where there is no name."""
    valid_until: Mapped[date | None] = mapped_column(default=None)
    """The last day on which it proves anything, where it expires."""
    corrects: Mapped["Evidence | None"] = link(default=None, unique=True, reverse="correctedBy")
    """What it takes the place of."""
    revision: Mapped[int] = mapped_column(default=1, init=False)
    """How often it was corrected, and one."""
    round: Mapped[int] = mapped_column(default=1, init=False)
    """Which time that the step was done it proves."""


class ControlExecution(Entity, by_hand=False):
    """That somebody looked whether a control point of a step is kept."""

    step: Mapped[ChecklistStep] = link(reverse="controls")
    """The step that has the control point."""
    control: Mapped[str]
    """The key of the control point in the definition."""
    round: Mapped[int] = mapped_column(default=1)
    """Which time that the step was done it was looked at."""
    passed: Mapped[bool]
    """Whether it is kept."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What was seen."""
