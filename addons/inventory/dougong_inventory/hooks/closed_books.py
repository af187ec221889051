"""What no move may touch: closed periods, what was counted and booked, and what a count has frozen."""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, func, select

from dougong import Context, Refused, after
from dougong_inventory.closing import last_day_over
from dougong_inventory.completing import complete
from dougong_inventory.counting import OURS, SETTLED, UNDER_WAY, moment_of, places_in
from dougong_inventory.entities import (
    CountDifference,
    CountLine,
    CountMode,
    StockCount,
    StockMove,
)
from dougong_inventory.origins import FINDING
from dougong_inventory.settling import ORIGIN as COUNTED


@after(complete)
def keep_what_is_settled_and_what_is_frozen(move: StockMove, ctx: Context) -> None:
    """Nothing is booked in a closed period, before what was counted, or where it is frozen (5.3).

    It is looked at after the move: with its quantities locked, so that what a count or a closing
    has said in the meantime is seen.
    """
    at, ends = moment_of(move), (move.source, move.destination)
    closed, counted, frozen = ctx.session.execute(
        select(
            last_day_over(), _counted_after(move, at), select(_frozen().exists()).scalar_subquery()
        )
    ).one()
    if closed is not None and move.accounting_date is not None and move.accounting_date <= closed:
        raise Refused("period_closed", at="accounting_date", ends_on=closed)
    if closed is not None and at.astimezone(UTC).date() <= closed:
        raise Refused("period_closed", at="effective_at", ends_on=closed)
    for place in ends:
        if place.id == counted:
            told = {"product": move.product.name, "location": place.name}
            raise Refused("counted_already", at="effective_at", **told)
    if frozen and not (move.origin or "").startswith((COUNTED, FINDING)):
        _check_frozen(move, ctx)


def _counted_after(move: StockMove, at: datetime) -> ColumnElement[int | None]:
    """The place of ours at which the goods were counted since, and that is booked."""
    ours = [place.id for place in (move.source, move.destination) if place.kind in OURS]
    place = CountDifference.__table__.c.location_id
    return (
        select(func.max(place))
        .join(CountDifference.stock_count)
        .where(
            CountDifference.product == move.product,
            place.in_(ours),
            CountDifference.lot == move.lot,
            CountDifference.counted_at >= at,
            StockCount.state.in_(SETTLED),
        )
        .scalar_subquery()
    )


def _frozen() -> Select[StockCount]:
    return select(StockCount).where(
        StockCount.mode == CountMode.FREEZE, StockCount.state.in_(UNDER_WAY)
    )


def _check_frozen(move: StockMove, ctx: Context) -> None:
    for count in ctx.session.scalars(_frozen()):
        places = places_in(count.location, ctx)
        for place in (move.source, move.destination):
            if place in places and (count.whole or _is_counted(move, count, ctx)):
                raise Refused("location_frozen", location=place.name, number=count.number)


def _is_counted(move: StockMove, count: StockCount, ctx: Context) -> bool:
    lines = (CountLine.stock_count == count, CountLine.product == move.product)
    return bool(ctx.find(CountLine, *lines))
