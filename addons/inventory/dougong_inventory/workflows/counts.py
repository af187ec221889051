"""How a stock count goes: planned, counting, counted, compared again, approved, posted, closed."""

from datetime import datetime
from decimal import Decimal

from dougong import Context, Invalid, Limit, Money, Refused, Workflow, action
from dougong_inventory.closing import stand_still
from dougong_inventory.counting import (
    OURS,
    begin_lines,
    compare,
    compare_again,
    key_of,
    order_recounts,
    places_in,
    zero_what_nobody_counted,
)
from dougong_inventory.entities import (
    CountDifference,
    CountLine,
    CountMode,
    CountState,
    DifferenceReason,
    Location,
    Lot,
    ProductTracking,
    RequestDecision,
    StockCount,
    StockPolicy,
)
from dougong_inventory.ledger import Place
from dougong_inventory.permissions import (
    APPROVE_DIFFERENCES,
    APPROVE_LARGE_DIFFERENCES,
    BOOK_DIFFERENCES,
    COMPARE_COUNTS,
    COUNT_STOCK,
)
from dougong_inventory.settling import ask_to_book, check_balance, decide, settle_up
from dougong_product import Product

DECIMALS = 4
"""How many decimals of a quantity are kept."""
LARGE = [
    *(Money(Decimal(1000), "EUR"), Money(Decimal(1000), "USD")),
    Money(Decimal(8000), "CNY"),
]
"""Up to here gains and losses together are approved by a supervisor; `changeStep` sets other amounts."""

count_workflow = Workflow(
    StockCount, StockCount.state, final=[CountState.CLOSED, CountState.CANCELLED]
)


def worth(count: StockCount) -> Money | None:
    """What the gains and losses of a count come to together."""
    return count.worth


# Counting ----------------------------------------------------------------------------------


@count_workflow.step(CountState.PLANNED, to=CountState.COUNTING, needs=COUNT_STOCK)
def begin(count: StockCount, ctx: Context) -> None:
    """Begin to count; where it is frozen, nothing moves at the place from now on."""
    if count.mode is CountMode.FREEZE:
        stand_still(ctx)
    count.begun_at = ctx.now
    begin_lines(count, ctx)


@action(needs=COUNT_STOCK)
def enter_count(
    stock_count: StockCount,
    ctx: Context,
    *,
    product: Product,
    counted: Decimal,
    location: Location | None = None,
    lot: Lot | None = None,
    counted_at: datetime | None = None,
    note: str | None = None,
) -> CountLine:
    """Say how many lie somewhere.

    What others have counted of the same product at the same place in this round is added to it.
    While it is counted again, only by others than who has counted before (I11).

    product: What was counted.
    counted: How many lay there.
    location: Where; at the count's own location unless given.
    lot: The lot or the piece, where they are told apart.
    counted_at: When it was counted; now unless given.
    note: What else is to be said about it.
    """
    at = ctx.now if counted_at is None else counted_at
    key = (product, location or stock_count.location, lot)
    _check_entry(stock_count, key[1], lot, counted, at, ctx)
    _check_tracking(product, lot, counted)
    line = _waiting_line(stock_count, key, ctx)
    new = line is None
    if line is None:
        line = CountLine(stock_count=stock_count, product=product, location=key[1], lot=lot)
        line.round = _round_of(stock_count, key, ctx)
    line.counted, line.counted_at, line.counted_by = counted, at, ctx.me
    line.note = note or line.note
    return ctx.create(line) if new else line


def _check_entry(
    count: StockCount,
    location: Location,
    lot: Lot | None,
    counted: Decimal,
    at: datetime,
    ctx: Context,
) -> None:
    if location.kind not in OURS or location not in places_in(count.location, ctx):
        raise Invalid("counted_elsewhere", at="location", location=location.name)
    if counted < 0:
        raise Invalid("counted_below_zero", at="counted")
    if 10**DECIMALS % counted.as_integer_ratio()[1]:
        raise Invalid("counted_too_finely", at="counted", counted=counted, decimals=DECIMALS)
    if count.begun_at is None or not count.begun_at <= at <= ctx.now:
        raise Invalid("counted_at_another_time", at="counted_at", since=count.begun_at)


def _check_tracking(product: Product, lot: Lot | None, counted: Decimal) -> None:
    tracking = StockPolicy.of(product).tracking
    if (tracking is ProductTracking.NONE) is not (lot is None) or (
        lot and lot.product is not product
    ):
        raise Invalid("counted_lot", at="lot", product=product.name)
    if tracking is ProductTracking.SERIAL and counted not in (0, 1):
        raise Invalid("counted_pieces", at="counted", product=product.name)


def _lines_of(count: StockCount, key: Place, ctx: Context) -> list[CountLine]:
    lines = ctx.find(CountLine, CountLine.stock_count == count, CountLine.product == key[0])
    return [line for line in lines if key_of(line) == key]


def _round_of(count: StockCount, key: Place, ctx: Context) -> int:
    return max((line.round for line in _lines_of(count, key, ctx)), default=1)


def _waiting_line(count: StockCount, key: Place, ctx: Context) -> CountLine | None:
    """The line of this round that waits for being counted; None where all have been."""
    lines, turn = _lines_of(count, key, ctx), _round_of(count, key, ctx)
    if count.state is CountState.RECOUNTING:
        if turn == 1:
            raise Refused("not_to_recount", product=key[0].name, location=key[1].name)
        if any(line.counted_by is ctx.me for line in lines if line.round < turn):
            raise Refused("recounted_by_the_same", product=key[0].name)
    waiting = (line for line in lines if line.round == turn and line.counted is None)
    return next(waiting, None)


@action(needs=COUNT_STOCK)
def strike_count(line: CountLine, ctx: Context) -> CountLine:
    """Take back what was entered by mistake: the line waits for being counted."""
    if line.round < _round_of(line.stock_count, key_of(line), ctx):
        raise Refused("struck_too_late")
    line.counted = line.counted_at = line.counted_by = None
    return line


@count_workflow.step(
    *(CountState.COUNTING, CountState.RECOUNTING), to=CountState.COUNTED, needs=COUNT_STOCK
)
def finish(count: StockCount, ctx: Context) -> None:
    """All is counted: compare it with what the books had when each line was counted."""
    zero_what_nobody_counted(count, ctx)
    compare(count, ctx)


@count_workflow.step(CountState.COUNTED, to=CountState.RECOUNTING, needs=COMPARE_COUNTS)
def recount(count: StockCount, ctx: Context) -> None:
    """Have another person count again what differs too much (I11)."""
    order_recounts(count, ctx)


# Explaining --------------------------------------------------------------------------------


@count_workflow.step(CountState.COUNTED, to=CountState.TRACING, needs=COMPARE_COUNTS)
def trace(count: StockCount, ctx: Context) -> None:
    """Look for what was not booked, or booked wrongly, before goods are written off."""


@count_workflow.step(
    *(CountState.COUNTED, CountState.TRACING), to=CountState.RECOMPARED, needs=COMPARE_COUNTS
)
def recompare(count: StockCount, ctx: Context) -> None:
    """Compare once more, now that the books are put right: only what remains is a difference."""
    compare_again(count, ctx)


@action(needs=COMPARE_COUNTS)
def explain_difference(
    difference: CountDifference,
    ctx: Context,
    *,
    reason: DifferenceReason,
    explanation: str | None = None,
) -> CountDifference:
    """Say why the shelf and the books differ (I12).

    reason: Why.
    explanation: What is known about it.
    """
    difference.reason, difference.explanation = reason, explanation
    return difference


@count_workflow.step(CountState.RECOMPARED, to=CountState.IN_APPROVAL, needs=COMPARE_COUNTS)
def present(count: StockCount, ctx: Context) -> None:
    """Ask whether gains and losses may be booked, with what they come to (I12)."""
    ask_to_book(count, ctx)


# Booking -----------------------------------------------------------------------------------


@count_workflow.step(
    CountState.IN_APPROVAL,
    to=CountState.APPROVED,
    needs=APPROVE_DIFFERENCES,
    not_by=(begin, enter_count, finish, present),
    limit=Limit(worth, up_to=LARGE, above=APPROVE_LARGE_DIFFERENCES),
)
def allow(count: StockCount, ctx: Context) -> None:
    """Allow gains and losses to be booked; never by who has counted (I12)."""
    decide(count, RequestDecision.APPROVED, ctx)


@count_workflow.step(
    *(CountState.IN_APPROVAL, CountState.APPROVED),
    to=CountState.COUNTED,
    needs=APPROVE_DIFFERENCES,
    reason=True,
)
def look_again(count: StockCount, ctx: Context, *, reason: str) -> None:
    """Send the count back, to be counted again, traced or explained better; say why."""
    decide(count, RequestDecision.RETURNED, ctx)


@count_workflow.step(CountState.APPROVED, to=CountState.POSTED, needs=BOOK_DIFFERENCES)
def settle(count: StockCount, ctx: Context) -> None:
    """Book gains and losses: the books have what was counted, and what moved since (I13)."""
    settle_up(count, ctx)
    decide(count, RequestDecision.POSTED, ctx)
    count.posted_at = ctx.now


@count_workflow.step(CountState.POSTED, to=CountState.CLOSED, needs=BOOK_DIFFERENCES)
def conclude(count: StockCount, ctx: Context) -> None:
    """Close the count: what was counted and the books are the same."""
    check_balance(count, ctx)


@count_workflow.step(
    *(CountState.PLANNED, CountState.COUNTING, CountState.COUNTED, CountState.RECOUNTING),
    *(CountState.TRACING, CountState.RECOMPARED, CountState.IN_APPROVAL, CountState.APPROVED),
    to=CountState.CANCELLED,
    needs=COMPARE_COUNTS,
    reason=True,
)
def give_up(count: StockCount, ctx: Context, *, reason: str) -> None:
    """Give the count up; nothing is booked by it."""
