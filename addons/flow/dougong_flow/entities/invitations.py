"""Invitations: a step of a checklist that a partner outside does, by a link with a secret."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Email, Entity, User, link
from dougong_flow.entities.checklists import ChecklistStep


class StepInvitation(Entity, by_hand=False):
    """That a partner outside the organisation may do one step once, until it expires."""

    __held_by__ = "step"
    __table_args__ = (
        CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_hash"),
        CheckConstraint("used_at is null or withdrawn_at is null", name="used_at"),
    )

    step: Mapped[ChecklistStep] = link(reverse="invitations")
    """The step that the partner does, and no other."""
    step_round: Mapped[int]
    """Which time that it is done."""
    partner: Mapped[str]
    """Who is invited."""
    email: Mapped[Email | None] = mapped_column(default=None)
    """Where the link was sent to."""
    invited_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who invited them."""
    expires_at: Mapped[datetime]
    """Until when the link works."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    """The SHA-256 of the secret in the link; the secret itself is kept nowhere."""
    used_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When the partner completed the step."""
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When somebody took the invitation back."""
