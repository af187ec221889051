"""Taxes on what is sold, with the rates that held from which day on."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link, owned


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


class Tax(Entity, searchable=("code", "name")):
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
