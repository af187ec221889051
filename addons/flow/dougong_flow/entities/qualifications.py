"""Qualifications: what people are able to do, from when until when."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link


class Qualification(Entity):
    """Something that somebody is able to do, as was shown, for a time."""

    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="valid_until"),)

    user: Mapped[User] = link(on_delete="CASCADE")
    """Who is able to do it."""
    skill: Mapped[str] = mapped_column(index=True)
    """What it is, in the words of the definitions that ask for it."""
    valid_from: Mapped[date]
    """The first day on which it counts."""
    valid_until: Mapped[date | None] = mapped_column(default=None)
    """The last day on which it counts; none is said where it does not end."""
    shown_by: Mapped[str | None] = mapped_column(default=None)
    """What shows it, such as the number of a certificate."""
