"""Rounds of a checklist's steps: how each ended, who ended it, and how much time it took."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_flow.entities.checklists import ChecklistStep
from dougong_flow.entities.definitions import DefinitionVersion


class RoundOutcome(StrEnum):
    """How a round of a step ended."""

    COMPLETED = "COMPLETED"
    SKIPPED = "SKIPPED"
    PASSED_OVER = "PASSED_OVER"
    RETURNED = "RETURNED"
    CALLED_BACK = "CALLED_BACK"
    CANCELLED = "CANCELLED"


class ReturnCode(StrEnum):
    """What was wrong with what came from an earlier step."""

    INCOMPLETE = "INCOMPLETE"
    WRONG = "WRONG"
    UNCLEAR = "UNCLEAR"
    CHANGED = "CHANGED"
    OTHER = "OTHER"


class StepRound(Entity, by_hand=False):
    """One time that a step was done, or was to be done; it is written when it ends, and stays."""

    __table_args__ = (
        UniqueConstraint("step_id", "round"),
        CheckConstraint(
            "waiting_seconds >= 0 and working_seconds >= 0 and paused_seconds >= 0", name="seconds"
        ),
        CheckConstraint(
            "(outcome = 'RETURNED') = (returned_to is not null)"
            " and (returned_to is null) = (return_code is null)",
            name="returned_to",
        ),
    )

    step: Mapped[ChecklistStep] = link(reverse="rounds")
    """The step that was done."""
    round: Mapped[int]
    """Which time it was, counted from 1."""
    definition_version: Mapped[DefinitionVersion] = link(reverse="stepRounds")
    """By which version it was done."""
    key: Mapped[str]
    """The step's key in that version."""
    outcome: Mapped[RoundOutcome]
    """How it ended."""
    ready_at: Mapped[datetime | None]
    """Since when it could be done."""
    started_at: Mapped[datetime | None]
    """When somebody began to work on it, where they said so."""
    ended_at: Mapped[datetime]
    """When it ended."""
    ended_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who completed it, skipped it or returned it; nobody, where it followed by itself."""
    ended_for: Mapped[User | None] = link(default=None, reverse="-")
    """In whose name, where it was delegated."""
    completed_as: Mapped[str | None] = mapped_column(default=None)
    """What completed it where no user did: `system:crm.send_welcome`, `partner:Acme`."""
    reason: Mapped[str | None] = mapped_column(default=None)
    """Why it was skipped, returned or called back."""
    return_code: Mapped[ReturnCode | None] = mapped_column(default=None)
    """What was wrong with the earlier step, where it was returned."""
    returned_to: Mapped[str | None] = mapped_column(default=None)
    """The key of the earlier step to which it was returned."""
    values: Mapped[dict[str, Any]]
    """The form as it was filled in when the round ended."""
    waiting_seconds: Mapped[int] = mapped_column(default=0)
    """How long it waited for somebody to begin."""
    working_seconds: Mapped[int] = mapped_column(default=0)
    """How long somebody worked on it, from its beginning and without pauses."""
    paused_seconds: Mapped[int] = mapped_column(default=0)
    """How long it was interrupted."""
    deviation: Mapped[str | None] = mapped_column(default=None)
    """Why somebody was let do it whose duties should be separate."""


class StepRating(Entity, by_hand=False):
    """What somebody in a later step thinks of what came from an earlier one."""

    __table_args__ = (
        UniqueConstraint("rated_id", "rated_round", "rated_by_id"),
        CheckConstraint("score between 1 and 5", name="score"),
    )

    rated: Mapped[ChecklistStep] = link(reverse="ratings")
    """The earlier step."""
    rated_round: Mapped[int]
    """Which time that it was done."""
    rated_by: Mapped[ChecklistStep] = link(reverse="ratingsGiven")
    """The later step that uses what came from it."""
    score: Mapped[int]
    """From 1, useless, to 5, as good as can be."""
    note: Mapped[str | None] = mapped_column(default=None)
    """What was good or bad about it."""
