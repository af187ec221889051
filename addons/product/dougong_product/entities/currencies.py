"""Currencies, and what one of them was worth in another from which day on."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity


class Currency(Entity, translatable=("name",)):
    """A currency that we use."""

    __plural__ = "currencies"
    __table_args__ = (
        CheckConstraint("code ~ '^[A-Z]{3}$'", name="code"),
        CheckConstraint("digits between 0 and 4", name="digits"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    """Its three letters (ISO 4217): EUR."""
    name: Mapped[str]
    """What people call it: euro."""
    digits: Mapped[int] = mapped_column(default=2)
    """How many decimals an amount in it has: 2 for euros, 0 for yen."""


class ExchangeRate(Entity):
    """What one unit of a currency was worth in another, from a day until the next rate."""

    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("base ~ '^[A-Z]{3}$'", name="base"),
        CheckConstraint("quote ~ '^[A-Z]{3}$' and quote <> base", name="quote"),
        UniqueConstraint("base", "quote", "since"),
    )

    base: Mapped[str]
    """The currency of which one unit is meant: EUR."""
    quote: Mapped[str]
    """The currency in which it is told what that is worth: CNY."""
    since: Mapped[date]
    """The first day on which the rate holds."""
    rate: Mapped[Decimal] = mapped_column(Numeric(24, 12))
    """How many units of the other currency one unit of this is worth."""
