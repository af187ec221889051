"""Which rate of a tax holds on a day, and of what tax is rounded then."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from dougong import Context, Refused
from dougong_product.entities import Tax, TaxRate, TaxRounding, TaxRoundingLevel


def rate_on(ctx: Context, tax: Tax, on: date, *, at: str) -> Decimal:
    """The rate that holds on a day; raises Refused (`no_tax_rate`), blaming the field `at`."""
    held = select(TaxRate.rate).where(TaxRate.__table__.c.tax_id == tax.id, TaxRate.since <= on)
    rate = ctx.session.scalar(held.order_by(TaxRate.since.desc()).limit(1))
    if rate is None:
        raise Refused("no_tax_rate", at=at, tax=tax.name, on=on)
    return rate


def rounding_on(ctx: Context, on: date) -> TaxRoundingLevel:
    """Of what the tax of a document of this day is rounded, as the organisation has set it."""
    held = select(TaxRounding.level).where(TaxRounding.since <= on)
    found = ctx.session.scalar(held.order_by(TaxRounding.since.desc()).limit(1))
    return found or TaxRoundingLevel.LINE
