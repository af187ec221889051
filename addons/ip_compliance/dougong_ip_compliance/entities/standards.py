"""Standards: their editions, what each asks for in which clause, and what became of a clause."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link, owned


class Clause(Entity, translatable=("title",)):
    """A clause of an edition: its number, and a short title in our own words."""

    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    edition: Mapped["StandardEdition"] = link(default=None, on_delete="CASCADE")
    """The edition that it is part of."""
    number: Mapped[str]
    """Its number in the edition, such as 7.4.1."""
    title: Mapped[str]
    """What it is about, in a few words of our own."""
    is_heading: Mapped[bool] = mapped_column(default=False)
    """Whether it only stands above others, and nothing is assessed by it alone."""


class StandardEdition(Entity, searchable=("code", "title"), translatable=("title",)):
    """An edition of a standard, and from when until when certification is applied for under it."""

    __table_args__ = (
        CheckConstraint("apply_from >= valid_from", name="apply_from"),
        CheckConstraint("apply_until >= apply_from", name="apply_until"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    """Its number with the year, such as GB/T 29490-2023."""
    title: Mapped[str]
    """What it is about, in a few words of our own."""
    valid_from: Mapped[date]
    """The day on which it came into force."""
    apply_from: Mapped[date]
    """The first day on which certification is applied for under it."""
    apply_until: Mapped[date | None] = mapped_column(default=None)
    """The last such day; none is said where there is no later edition."""
    clauses: Mapped[list[Clause]] = owned(default_factory=list)
    """What it asks for."""


class ClauseMapping(Entity):
    """That a clause of one edition goes on as a clause of a later one."""

    __table_args__ = (
        UniqueConstraint("earlier_id", "later_id"),
        CheckConstraint("earlier_id <> later_id", name="later"),
    )

    earlier: Mapped[Clause] = link(on_delete="CASCADE", reverse="laterClauses")
    """The clause of the earlier edition."""
    later: Mapped[Clause] = link(on_delete="CASCADE", reverse="earlierClauses")
    """The clause of the later one that takes it up."""
