"""What a paper is, and what is remarked on it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link


class PaperState(StrEnum):
    """Whether it is printed."""

    HANDED_IN = "HANDED_IN"
    ACCEPTED = "ACCEPTED"


class Paper(Entity):
    """Something that somebody wants to have printed."""

    title: Mapped[str]
    """What stands on it."""
    pages: Mapped[int]
    """How long it is."""
    state: Mapped[PaperState] = mapped_column(default=PaperState.HANDED_IN, init=False)
    """Whether it is printed."""
    accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    """When that was decided."""


class Remark(Entity):
    """Something that follows from a decision."""

    paper: Mapped[Paper] = link()
    """The paper that it is about."""
    said: Mapped[str]
    """What it says."""
