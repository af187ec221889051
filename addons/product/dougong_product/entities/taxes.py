"""Taxes on what is sold, with the rates that held from which day on, and how they are rounded."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link, owned


class TaxRoundingLevel(StrEnum):
    """Of what tax is rounded."""

    LINE = "LINE"
    """Each line's tax is rounded; the document's is their sum."""
    DOCUMENT = "DOCUMENT"
    """The tax on all lines with the same tax together is rounded, and then shared by the lines."""


class TaxRounding(Entity):
    """Of what tax is rounded on documents, from a day on; without one, of each line."""

    since: Mapped[date] = mapped_column(unique=True)
    """The first day on which it holds."""
    level: Mapped[TaxRoundingLevel]
    """Of each line, or of the whole document."""


class TaxRate(Entity):
    """The rate of a tax, from a day until the next rate."""

    __table_args__ = (
        CheckConstraint("rate between 0 and 10", name="rate"),
        UniqueConstraint("tax_id", "since"),
    )

    tax: Mapped["Tax"] = link(default=None, on_delete="CASCADE")
    """The tax."""
    since: Mapped[date]
    """The first day on which the rate holds."""
    rate: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    """The part of the net amount: 0.13 is 13 per cent."""


class Tax(Entity, searchable=("code", "name"), translatable=("name",)):
    """A tax on what is sold."""

    __plural__ = "taxes"

    code: Mapped[str] = mapped_column(unique=True)
    """The short name that lists and imports use: VAT-13."""
    name: Mapped[str]
    """What people call it."""
    included: Mapped[bool] = mapped_column(default=False)
    """Whether prices contain it already."""
    rates: Mapped[list[TaxRate]] = owned(default_factory=list)
    """What it came to, and comes to, from which day on."""
