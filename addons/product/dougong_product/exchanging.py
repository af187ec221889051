"""What an amount in one currency comes to in another, on a day."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from dougong import Context, Money, Refused
from dougong_product.entities import ExchangeRate
from dougong_product.rounding import rounded
from dougong_product.taxing import digits_of


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is worth in another."""

    exact: Fraction
    since: date | None
    """From which day on the rate holds, the older of two; None where both are one currency."""
    through: str | None = None
    """The currency by which two rates were joined."""


def rate(ctx: Context, source: str, target: str, on: date) -> Rate:
    """The rate that held on a day: as it is told, the other way round, or through one currency.

    Of several ways the one with the newest rates counts; a rate that is told as it is asked for
    comes before one that has to be turned. Raises Refused (`no_rate`).
    """
    if source == target:
        return Rate(Fraction(1), None)
    known = _known(ctx, source, target, on)
    direct = _between(known, source, target)
    if direct is not None:
        return direct
    found: list[Rate] = []
    for middle in sorted({code for pair in known for code in pair} - {source, target}):
        first, second = _between(known, source, middle), _between(known, middle, target)
        if first is not None and second is not None and first.since and second.since:
            since = min(first.since, second.since)
            found.append(Rate(first.exact * second.exact, since, middle))
    if not found:
        raise Refused("no_rate", source=source, target=target, on=on)
    return max(found, key=lambda one: one.since or on)


Known = dict[tuple[str, str], ExchangeRate]


def _known(ctx: Context, source: str, target: str, on: date) -> Known:
    """The latest rates of everything that has to do with the two currencies."""
    both = (source, target)
    latest = (
        select(ExchangeRate)
        .where(
            ExchangeRate.since <= on,
            or_(ExchangeRate.base.in_(both), ExchangeRate.quote.in_(both)),
        )
        .ext(distinct_on(ExchangeRate.base, ExchangeRate.quote))
        .order_by(ExchangeRate.base, ExchangeRate.quote, ExchangeRate.since.desc())
    )
    return {(one.base, one.quote): one for one in ctx.session.scalars(latest)}


def _between(known: Known, source: str, target: str) -> Rate | None:
    told, turned = known.get((source, target)), known.get((target, source))
    if told is not None and (turned is None or told.since >= turned.since):
        return Rate(Fraction(told.rate), told.since)
    if turned is not None:
        return Rate(1 / Fraction(turned.rate), turned.since)
    return None


def exchanged(ctx: Context, amount: Money, target: str, on: date) -> Money:
    """An amount in another currency, rounded once to its decimals. Raises Refused (`no_rate`)."""
    exact = Fraction(amount.amount) * rate(ctx, amount.currency, target, on).exact
    return Money(rounded(exact, digits_of(ctx, target)), target)
