"""Which days of the books are over, and what lay where when they ended."""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, func, insert, literal, select, text, union_all

from dougong import Context
from dougong_inventory.entities import (
    MoveState,
    PeriodBalance,
    PeriodState,
    StockMove,
    StockPeriod,
)

move = StockMove.__table__.c
balance = PeriodBalance.__table__.c
OVER = (PeriodState.CLOSING, PeriodState.CLOSED)
"""Nothing is booked any more in a period that is closed or being closed."""


def stand_still(ctx: Context) -> None:
    """Wait for all who are moving goods now, and let nobody begin before this transaction ends."""
    with ctx.elevated(StockMove, reason="What is looked at must not change meanwhile") as session:
        session.execute(text("lock table inventory.stock_move in share mode"))


def last_day_over() -> ColumnElement[date]:
    """The last day on which nothing can be booked any more, as SQL; null where all are open."""
    over = select(func.max(StockPeriod.ends_on)).where(StockPeriod.state.in_(OVER))
    return over.scalar_subquery()


def over_until(ctx: Context) -> date | None:
    """The last day on which nothing can be booked any more; None where all are open."""
    return ctx.session.scalar(select(last_day_over()))


def first_moment_after(day: date) -> datetime:
    """When the day after begins."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def closed_before(at: datetime, ctx: Context) -> StockPeriod | None:
    """The last closed period that was over at a moment: its balances are what to begin from."""
    return ctx.session.scalar(
        select(StockPeriod)
        .where(
            StockPeriod.state == PeriodState.CLOSED, StockPeriod.ends_on < at.astimezone(UTC).date()
        )
        .order_by(StockPeriod.ends_on.desc())
        .limit(1)
    )


def keep_balances(period: StockPeriod, ctx: Context) -> None:
    """Write down what lies at each place after the period: the balances before it, and its moves."""
    end = first_moment_after(period.ends_on)
    before = closed_before(first_moment_after(period.ends_on - timedelta(days=1)), ctx)
    parts = [_side(move.destination_id, 1), _side(move.source_id, -1)]
    parts = [part.where(StockMove.effective_at < end) for part in parts]
    if before is not None:
        begin = first_moment_after(before.ends_on)
        kept = select(balance.product_id, balance.location_id, balance.lot_id, balance.quantity)
        parts = [part.where(StockMove.effective_at >= begin) for part in parts]
        parts.append(kept.where(balance.period_id == before.id))
    every = union_all(*parts).subquery()
    key = (every.c.product_id, every.c.location_id, every.c.lot_id)
    total = func.sum(every.c.quantity)
    sums = select(literal(period.id), *key, total).group_by(*key).having(total != 0)
    names = ["period_id", "product_id", "location_id", "lot_id", "quantity"]
    ctx.session.execute(insert(PeriodBalance).from_select(names, sums))


def _side(location: ColumnElement[int], sign: int) -> Select[int, int, int | None, object]:
    """What the done moves have done to the places at one of their ends."""
    return (
        select(
            move.product_id,
            location.label("location_id"),
            move.lot_id,
            (move.quantity * sign).label("quantity"),
        )
        .select_from(StockMove)
        .where(StockMove.state == MoveState.DONE)
    )
