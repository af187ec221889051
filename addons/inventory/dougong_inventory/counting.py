"""What was counted beside what should have lain there: from lines to differences."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from dougong import Context, Refused
from dougong_inventory.entities import (
    CountDifference,
    CountLine,
    CountState,
    Location,
    LocationKind,
    StockCount,
    StockMove,
    StockQuantity,
    Uncounted,
)
from dougong_inventory.expecting import expected
from dougong_inventory.ledger import Place, parts_of

NONE = Decimal(0)
OURS = (LocationKind.STOCK, LocationKind.QUARANTINE, LocationKind.INPUT, LocationKind.OUTPUT)
"""The kinds of places where goods can be counted."""
SETTLED = (CountState.POSTED, CountState.CLOSED)
UNDER_WAY = (
    *(CountState.COUNTING, CountState.COUNTED, CountState.RECOUNTING, CountState.TRACING),
    *(CountState.RECOMPARED, CountState.IN_APPROVAL, CountState.APPROVED),
)


def places_in(location: Location, ctx: Context) -> list[Location]:
    """A place with all that are part of it, in the order of their numbers."""
    return ctx.find(Location, Location.id.in_(parts_of(location)))


def key_of(record: Any) -> Place:
    """What a line or a difference is about."""
    return (record.product, record.location, record.lot)


def moment_of(one: StockMove) -> datetime:
    """When a move that is done happened."""
    assert one.effective_at is not None
    return one.effective_at


def begin_lines(count: StockCount, ctx: Context) -> None:
    """Add a line for all that the books have there, and say how much that is unless it is blind."""
    places = [one.id for one in places_in(count.location, ctx) if one.kind in OURS]
    quantity = StockQuantity.__table__.c
    there = ctx.find(StockQuantity, quantity.location_id.in_(places), StockQuantity.on_hand != 0)
    lines = {key_of(one): one for one in count.lines}
    for one in there:
        line = lines.get(key_of(one))
        if line is None and count.whole:
            line = CountLine(
                stock_count=count, product=one.product, location=one.location, lot=one.lot
            )
            line = ctx.create(line)
        if line is not None and not count.blind:
            line.booked = one.on_hand


def zero_what_nobody_counted(count: StockCount, ctx: Context) -> None:
    """Where a count says so, what nobody has found is not there."""
    if count.uncounted is Uncounted.ZERO:
        for line in ctx.find(
            CountLine, CountLine.stock_count == count, CountLine.counted.is_(None)
        ):
            line.counted, line.counted_at, line.counted_by = NONE, ctx.now, ctx.me


def compare(count: StockCount, ctx: Context) -> None:
    """Write down for each product, place and lot what was counted and what the books had.

    The lines of the last round hold; two for one key are summed. Raises Refused where goods moved
    between them, for then the sum says nothing.
    """
    ctx.session.flush()
    counted = ctx.find(CountLine, CountLine.stock_count == count, CountLine.counted.is_not(None))
    books = expected(CountLine, [line.id for line in counted], ctx)
    known = {key_of(one): one for one in count_differences(count, ctx)}
    for key, lines in _by_key(counted).items():
        difference = known.get(key)
        last = max(lines, key=_moment)
        if len({booked - picked for booked, picked in (books[line.id] for line in lines)}) > 1:
            raise Refused("moved_while_counted", product=key[0].name, location=key[1].name)
        booked, picked = books[last.id]
        total, at = sum((line.counted or NONE for line in lines), NONE), _moment(last)
        if difference is None:
            ctx.create(_difference(count, key, total, at, booked, picked))
        elif difference.counted_at != at or difference.counted != total:
            difference.counted, difference.counted_at = total, at
            difference.book, difference.picked, difference.traced = booked, picked, None
    ctx.session.flush()
    rounds = {key: lines[0].round for key, lines in _by_key(counted).items()}
    for one in count_differences(count, ctx):
        one.recount = rounds.get(key_of(one)) == 1 and _too_far(one, count)


def _difference(
    count: StockCount,
    key: Place,
    counted: Decimal,
    counted_at: datetime,
    booked: Decimal,
    picked: Decimal,
) -> CountDifference:
    product, location, lot = key
    return CountDifference(
        stock_count=count,
        product=product,
        location=location,
        lot=lot,
        counted=counted,
        counted_at=counted_at,
        book=booked,
        picked=picked,
    )


def _moment(line: CountLine) -> datetime:
    assert line.counted_at is not None
    return line.counted_at


def _by_key(lines: Iterable[CountLine]) -> dict[Place, list[CountLine]]:
    """The lines of the last round for each key."""
    found: defaultdict[Place, list[CountLine]] = defaultdict(list)
    for line in lines:
        found[key_of(line)].append(line)
    last = {key: max(line.round for line in some) for key, some in found.items()}
    return {key: [one for one in some if one.round == last[key]] for key, some in found.items()}


def _too_far(difference: CountDifference, count: StockCount) -> bool:
    return count.recount_above is not None and abs(difference.difference) > count.recount_above


def order_recounts(count: StockCount, ctx: Context) -> None:
    """A line to be counted by another person for all that differs too much."""
    for one in count_differences(count, ctx):
        if one.recount:
            lines = [line for line in count.lines if key_of(line) == key_of(one)]
            line = CountLine(
                stock_count=count, product=one.product, location=one.location, lot=one.lot
            )
            line.round = max((line.round for line in lines), default=1) + 1
            ctx.create(line)


def compare_again(count: StockCount, ctx: Context) -> None:
    """What the books have of each moment now: only what remains is a difference (I11)."""
    differences = count_differences(count, ctx)
    books = expected(CountDifference, [one.id for one in differences], ctx)
    for one in differences:
        one.traced, one.picked = books[one.id]
    ctx.session.flush()


def count_differences(count: StockCount, ctx: Context) -> list[CountDifference]:
    """What a count has found so far."""
    return ctx.find(CountDifference, CountDifference.stock_count == count)


def last_settled(place: Place, since: datetime, ctx: Context) -> datetime | None:
    """When a product was last counted at a place, not before a moment, and that was booked."""
    product, location, lot = place
    return ctx.session.scalar(
        select(func.max(CountDifference.counted_at))
        .join(CountDifference.stock_count)
        .where(
            CountDifference.product == product,
            CountDifference.location == location,
            CountDifference.lot == lot,
            CountDifference.counted_at >= since,
            StockCount.state.in_(SETTLED),
        )
    )
