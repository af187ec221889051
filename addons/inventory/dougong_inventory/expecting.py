"""What should lie on a shelf at a moment.

That is what the books had then, without what was picked and had not left (rule “count delta” of the
sales study, 5.3). It is asked of the moves each time, so goods may move while they are counted.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from dougong import Context
from dougong_inventory.closing import closed_before, first_moment_after
from dougong_inventory.entities import (
    CountDifference,
    CountLine,
    MoveState,
    PeriodBalance,
    Reservation,
    ReservationState,
    StockMove,
    StockPeriod,
    TraceFinding,
    Transfer,
    TransferLine,
    TransferState,
)
from dougong_inventory.origins import FINDING, voucher_line

OFF_THE_SHELF = (TransferState.PICKED, TransferState.CHECKED, TransferState.PACKED)
move = StockMove.__table__.c
balance = PeriodBalance.__table__.c
reservation = Reservation.__table__.c


def expected(
    asked: type[CountLine] | type[CountDifference], numbers: Sequence[int], ctx: Context
) -> dict[int, tuple[Decimal, Decimal]]:
    """What the books had, and how much of it was picked, when each line was counted; by number."""
    row: Any = asked.__table__.c
    first = ctx.session.scalar(select(func.min(row.counted_at)).where(row.id.in_(numbers)))
    if first is None:
        return {}
    book = _moved(row, closed_before(first, ctx)) + _corrected(row)
    rows = ctx.session.execute(
        select(row.id, book, _picked(row) + _left_since(row)).where(row.id.in_(numbers))
    )
    return {number: (booked, picked) for number, booked, picked in rows}


def _moved(row: Any, before: StockPeriod | None) -> ColumnElement[Decimal]:
    """What the done moves had left there, beginning from the balances of a closed period."""
    to_it = move.destination_id == row.location_id
    moved = _sum(case((to_it, move.quantity), else_=-move.quantity), row, move).where(
        or_(to_it, move.source_id == row.location_id),
        move.state == MoveState.DONE,
        move.effective_at <= row.counted_at,
    )
    if before is None:
        return moved.scalar_subquery()
    since = moved.where(move.effective_at >= first_moment_after(before.ends_on))
    kept = _sum(balance.quantity, row, balance).where(
        balance.period_id == before.id, balance.location_id == row.location_id
    )
    return kept.scalar_subquery() + since.scalar_subquery()


def _corrected(row: Any) -> ColumnElement[Decimal]:
    """What tracing has put right since, where it could not be dated before the count."""
    wrong: Any = StockMove.__table__.alias().c
    finding = TraceFinding.__table__.c
    happened = func.coalesce(wrong.effective_at, finding.happened_at)
    to_it = move.destination_id == row.location_id
    corrected = _sum(case((to_it, move.quantity), else_=-move.quantity), row, move)
    return (
        corrected.join(
            TraceFinding.__table__,
            voucher_line(move.origin) == func.concat(FINDING, finding.id),
        )
        .outerjoin(wrong.id.table, wrong.id == move.reversal_of_id)
        .where(
            or_(to_it, move.source_id == row.location_id),
            move.state == MoveState.DONE,
            move.effective_at > row.counted_at,
            happened <= row.counted_at,
        )
        .scalar_subquery()
    )


def _picked(row: Any) -> ColumnElement[Decimal]:
    """What has been picked by then and waits to leave."""
    return (
        _sum(reservation.quantity, row, reservation)
        .join(TransferLine.__table__, TransferLine.id == reservation.line_id)
        .join(Transfer.__table__, Transfer.id == TransferLine.__table__.c.transfer_id)
        .where(
            reservation.location_id == row.location_id,
            reservation.state == ReservationState.ACTIVE,
            Transfer.state.in_(OFF_THE_SHELF),
            Transfer.picked_at <= row.counted_at,
        )
        .scalar_subquery()
    )


def _left_since(row: Any) -> ColumnElement[Decimal]:
    """What had been picked by then and has left since."""
    return (
        _sum(move.quantity, row, move)
        .join(Transfer.__table__, Transfer.id == move.transfer_id)
        .where(
            move.source_id == row.location_id,
            move.state == MoveState.DONE,
            move.origin.startswith("inventory.Reservation:"),
            Transfer.picked_at <= row.counted_at,
            move.effective_at > row.counted_at,
        )
        .scalar_subquery()
    )


def _sum(quantity: ColumnElement[Decimal], row: Any, of: Any) -> Select[Any]:
    """The sum of a quantity over what is about the same product and lot as a row."""
    return (
        select(func.coalesce(func.sum(quantity), 0))
        .select_from(of.product_id.table)
        .where(of.product_id == row.product_id, of.lot_id.is_not_distinct_from(row.lot_id))
        .correlate(row.id.table)
    )
