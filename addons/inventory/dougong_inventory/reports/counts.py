"""How right the books were when they were counted, and what was gained and lost."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, Numeric, Select, cast, extract, func, select, type_coerce

from dougong import Context, report
from dougong_inventory.counting import SETTLED
from dougong_inventory.entities import CountDifference, DifferenceReason, Location, StockCount
from dougong_inventory.permissions import COMPARE_COUNTS, SEE_STOCK_VALUES


@report(needs=COMPARE_COUNTS)
def count_accuracy(ctx: Context) -> Select[int, int, str, int, int, Decimal]:
    """How often what was counted was what the books had, in counts that are booked.

    year: The year in which it was counted.
    month: The month.
    location: The code of the place where it was counted.
    counted: How many goods were counted: of one product, at one place, of one lot.
    right: Of how many the books had exactly what lay there.
    percent_right: The part of these, in per cent.
    """
    year = cast(extract("year", CountDifference.counted_at), Integer)
    month = cast(extract("month", CountDifference.counted_at), Integer)
    right = func.count().filter(CountDifference.difference == 0)
    percent = cast(right, Numeric(20, 0)) * 100 / func.count()
    return (
        select(
            year.label("year"),
            month.label("month"),
            Location.code.label("location"),
            cast(func.count(), Integer).label("counted"),
            cast(right, Integer).label("right"),
            func.round(percent, 2, type_=Numeric(5, 2)).label("percent_right"),
        )
        .select_from(CountDifference)
        .join(CountDifference.stock_count)
        .join(CountDifference.location)
        .where(StockCount.state.in_(SETTLED))
        .group_by(year, month, Location.code)
        .order_by(year, month, Location.code)
    )


@report(needs=SEE_STOCK_VALUES)
def gains_and_losses(
    ctx: Context,
) -> Select[DifferenceReason | None, str | None, int, Decimal | None, Decimal | None]:
    """What counts have booked as gained and lost, by reason.

    reason: Why the shelf and the books differed.
    currency: What the values are in.
    differences: How many differences there were.
    gains: What was found beyond the books came to; null where no cost was known.
    losses: What was missing came to; null where no cost was known.
    """
    value = CountDifference.value
    gains: Any = func.sum(value).filter(value > 0)
    losses: Any = func.sum(-value).filter(value < 0)
    return (
        select(
            CountDifference.reason.label("reason"),
            CountDifference.currency.label("currency"),
            cast(func.count(), Integer).label("differences"),
            _exact(gains).label("gains"),
            _exact(losses).label("losses"),
        )
        .select_from(CountDifference)
        .join(CountDifference.stock_count)
        .where(StockCount.state.in_(SETTLED), CountDifference.difference != 0)
        .group_by(CountDifference.reason, CountDifference.currency)
        .order_by(CountDifference.reason, CountDifference.currency)
    )


def _exact(amount: Any) -> Any:
    """A sum with two decimals, or null."""
    return type_coerce(amount, Numeric(38, 2))
