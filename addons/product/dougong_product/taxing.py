"""Which rate of a tax holds on a day, and how a document's amounts and taxes are rounded."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from dougong import Context, Refused
from dougong_product.entities import Currency, Tax, TaxRate, TaxRounding, TaxRoundingLevel


def rate_on(ctx: Context, tax: Tax, on: date, *, at: str) -> Decimal:
    """The rate that holds on a day; raises Refused (`no_tax_rate`), blaming the field `at`."""
    held = select(TaxRate.rate).where(TaxRate.__table__.c.tax_id == tax.id, TaxRate.since <= on)
    rate = ctx.session.scalar(held.order_by(TaxRate.since.desc()).limit(1))
    if rate is None:
        raise Refused("no_tax_rate", at=at, tax=tax.name, on=on)
    return rate


USUAL_DIGITS = 2
"""How many decimals the amounts have of a currency that nobody has entered."""


@dataclass(frozen=True)
class Rounding:
    """How the amounts of a document are rounded."""

    level: TaxRoundingLevel
    """Of what its tax is rounded."""
    digits: int
    """To how many decimals: 2 for euros, 0 for yen, 3 for dinars."""


def rounding_of(ctx: Context, on: date, currency: str) -> Rounding:
    """How a document of this day and currency is rounded, as the organisation has set it."""
    set_for = select(TaxRounding.level).where(TaxRounding.since <= on)
    level = set_for.order_by(TaxRounding.since.desc()).limit(1).scalar_subquery()
    digits = select(Currency.digits).where(Currency.code == currency).scalar_subquery()
    set_to, known = ctx.session.execute(select(level, digits)).one()
    return Rounding(
        TaxRoundingLevel.LINE if set_to is None else TaxRoundingLevel(set_to),
        USUAL_DIGITS if known is None else known,
    )


def digits_of(ctx: Context, currency: str) -> int:
    """How many decimals an amount in a currency has."""
    found = ctx.session.scalar(select(Currency.digits).where(Currency.code == currency))
    return USUAL_DIGITS if found is None else found
