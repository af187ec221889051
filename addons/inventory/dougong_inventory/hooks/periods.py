"""What periods do not let happen."""

from typing import Any

from sqlalchemy import or_

from dougong import Context, Invalid, Refused, WrongState, before, guard
from dougong_inventory.closing import first_moment_after
from dougong_inventory.entities import (
    MoveState,
    PeriodState,
    StockMove,
    StockPeriod,
)
from dougong_inventory.reports.differences import stock_differences
from dougong_inventory.workflows.periods import reopen, shut, stop


@before(StockPeriod.create)
def begin_after_what_is_closed(period: StockPeriod, ctx: Context) -> None:
    """A period does not lie in one that is closed."""
    _check_later(period, ctx)


@guard(StockPeriod.update)
def change_open_periods_only(period: StockPeriod, ctx: Context) -> Refused | None:
    """A closed period ends when it ended."""
    return _is_over(period)


@before(StockPeriod.update, form=True)
def keep_after_what_is_closed(period: StockPeriod, ctx: Context, **form: Any) -> None:
    """A period does not lie in one that is closed."""
    if "ends_on" in form:
        _check_later(period, ctx, form["ends_on"])


@guard(StockPeriod.delete)
def delete_open_periods_only(period: StockPeriod, ctx: Context) -> Refused | None:
    """What is closed is opened again first."""
    return _is_over(period)


@guard(stop)
def stop_when_it_is_over(period: StockPeriod, ctx: Context) -> Refused | None:
    """Its last day is over, those before it are closed, and nothing waits to be booked in it."""
    if period.ends_on >= ctx.now.date():
        return Refused("period_goes_on", ends_on=period.ends_on)
    earlier = StockPeriod.ends_on < period.ends_on
    if open_ones := ctx.find(StockPeriod, earlier, StockPeriod.state != PeriodState.CLOSED):
        return Refused("earlier_period_open", ends_on=open_ones[0].ends_on)
    dated = or_(
        StockMove.accounting_date <= period.ends_on,
        StockMove.effective_at < first_moment_after(period.ends_on),
    )
    if drafts := ctx.find(StockMove, StockMove.state == MoveState.DRAFT, dated):
        return Refused("drafts_in_period", ends_on=period.ends_on, count=len(drafts))
    return None


@before(shut)
def close_right_books_only(period: StockPeriod, ctx: Context) -> None:
    """What lies where is what the moves add up to (I01)."""
    if ctx.session.execute(stock_differences.build(ctx)).first() is not None:
        raise Refused("books_are_wrong", ends_on=period.ends_on)


@guard(reopen)
def reopen_the_last_first(period: StockPeriod, ctx: Context) -> Refused | None:
    """What is reckoned from a period is opened before it."""
    later = (StockPeriod.ends_on > period.ends_on, StockPeriod.state != PeriodState.OPEN)
    if found := ctx.find(StockPeriod, *later):
        return Refused("later_period_closed", ends_on=found[-1].ends_on)
    return None


def _is_over(period: StockPeriod) -> Refused | None:
    if period.state is PeriodState.OPEN:
        return None
    return WrongState("period_is_over", ends_on=period.ends_on, state=period.state)


def _check_later(period: StockPeriod, ctx: Context, ends_on: Any = None) -> None:
    day = period.ends_on if ends_on is None else ends_on
    over = (StockPeriod.ends_on >= day, StockPeriod.state != PeriodState.OPEN)
    if found := ctx.find(StockPeriod, *over):
        raise Invalid("period_in_another", at="ends_on", ends_on=found[-1].ends_on)
