"""What stock counts fill in by themselves, and what they and the periods do not let happen."""

from typing import Any

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, after, before, guard
from dougong_inventory.counting import (
    OURS,
    count_differences,
    places_in,
)
from dougong_inventory.entities import (
    CountDifference,
    CountLine,
    CountPolicy,
    CountState,
    StockCount,
    TraceSession,
    TraceState,
    Transfer,
)
from dougong_inventory.workflows.counts import (
    enter_count,
    explain_difference,
    finish,
    present,
    recompare,
    recount,
    strike_count,
)
from dougong_inventory.workflows.transfers import dispatch, pick, put_back, ship

COUNT_NUMBERS = NumberSeries(
    "inventory.stock_count", "What people call stock counts.", pattern="CNT-{n:06}"
)
COMPARED = (CountState.COUNTED, CountState.TRACING, CountState.RECOMPARED)
TRACED_OVER = (TraceState.CLOSED, TraceState.CANCELLED)


# What is planned ---------------------------------------------------------------------------


@before(StockCount.create)
def number_a_count(count: StockCount, ctx: Context) -> None:
    """It has a number, and a day."""
    count.number = COUNT_NUMBERS.next(ctx)
    count.planned_on = count.planned_on or ctx.now.date()
    _check_threshold(count.recount_above)


@guard(StockCount.update)
def change_planned_counts_only(count: StockCount, ctx: Context) -> Refused | None:
    """What people are counting by now stays as it was planned."""
    return _begun(count)


@before(StockCount.update, form=True)
def keep_the_threshold_sensible(count: StockCount, ctx: Context, **form: Any) -> None:
    """Nobody is less than not at all away from the books."""
    _check_threshold(form.get("recount_above"))


@guard(StockCount.delete)
def delete_planned_counts_only(count: StockCount, ctx: Context) -> Refused | None:
    """What was begun is called off, not deleted."""
    return _begun(count)


@before(CountPolicy.create)
def check_the_threshold_of_a_policy(policy: CountPolicy, ctx: Context) -> None:
    """Nobody is less than not at all away from the books."""
    _check_threshold(policy.recount_above)


@before(CountPolicy.update, form=True)
def keep_the_threshold_of_a_policy(policy: CountPolicy, ctx: Context, **form: Any) -> None:
    """Nobody is less than not at all away from the books."""
    _check_threshold(form.get("recount_above"))


@before(CountLine.create)
def count_within_the_location(line: CountLine, ctx: Context) -> None:
    """A line is about goods at a place of ours that lies in the count's."""
    ctx.lock(line.stock_count)
    place = line.location = line.location or line.stock_count.location
    entered = line.counted is not None or line.round > 1
    if not entered and (begun := _begun(line.stock_count)):
        raise begun
    if place.kind not in OURS or place not in places_in(line.stock_count.location, ctx):
        raise Invalid("counted_elsewhere", at="location", location=place.name)
    if line.lot is not None and line.lot.product is not line.product:
        raise Invalid("counted_lot", at="lot", product=line.product.name)


@guard(CountLine.update, loads=(CountLine.stock_count,))
def change_lines_of_planned_counts_only(line: CountLine, ctx: Context) -> Refused | None:
    """What people are counting by now stays as it was planned."""
    return _begun(line.stock_count)


@before(CountLine.update, form=True)
def keep_lines_with_what_they_are_about(line: CountLine, ctx: Context, **form: Any) -> None:
    """Another product or place is another line."""
    for name in ("stock_count", "product", "location", "lot"):
        if name in form and form[name] is not getattr(line, name):
            raise Invalid("line_stays", at=name)


@guard(CountLine.delete, loads=(CountLine.stock_count,))
def delete_lines_of_planned_counts_only(line: CountLine, ctx: Context) -> Refused | None:
    """What was counted stays."""
    return _begun(line.stock_count)


# While it is counted -----------------------------------------------------------------------


@guard(enter_count)
def enter_while_counting(count: StockCount, ctx: Context) -> Refused | None:
    """Nobody counts before it has begun, or once it is compared."""
    return _not_counting(count)


@guard(strike_count, loads=(CountLine.stock_count,))
def strike_while_counting(line: CountLine, ctx: Context) -> Refused | None:
    """What was compared stays as it was entered."""
    return _not_counting(line.stock_count)


@guard(explain_difference, loads=(CountDifference.stock_count,))
def explain_before_it_is_presented(difference: CountDifference, ctx: Context) -> Refused | None:
    """What was presented is what is approved."""
    count = difference.stock_count
    ctx.lock(count)
    if count.state in COMPARED:
        return None
    return WrongState("not_compared", number=count.number, state=count.state)


def _not_counting(count: StockCount) -> Refused | None:
    if count.state in (CountState.COUNTING, CountState.RECOUNTING):
        return None
    return WrongState("not_counting", number=count.number, state=count.state)


# On the way --------------------------------------------------------------------------------


@guard(finish)
def finish_recounts_first(count: StockCount, ctx: Context) -> Refused | None:
    """What is to be counted again has been."""
    if count.state is not CountState.RECOUNTING:
        return None
    waiting = (CountLine.stock_count == count, CountLine.counted.is_(None), CountLine.round > 1)
    return Refused("recount_waits", number=count.number) if ctx.find(CountLine, *waiting) else None


@guard(recount)
def recount_what_differs_too_much(count: StockCount, ctx: Context) -> Refused | None:
    """Somebody counts again where the count says from which difference on."""
    return None if _to_recount(count, ctx) else Refused("nothing_to_recount", number=count.number)


@guard(recompare)
def recompare_what_was_recounted_and_traced(count: StockCount, ctx: Context) -> Refused | None:
    """What differs too much was counted again, and tracing is over (I07, I11)."""
    if _to_recount(count, ctx):
        return Refused("recount_due", number=count.number)
    still = TraceSession.state.not_in(TRACED_OVER)
    if ctx.find(TraceSession, TraceSession.stock_count == count, still):
        return Refused("tracing_goes_on", number=count.number)
    return None


@guard(present)
def present_what_is_explained(count: StockCount, ctx: Context) -> Refused | None:
    """Each difference has a reason (I12)."""
    found = count_differences(count, ctx)
    if not found:
        return Refused("nothing_counted", number=count.number)
    unexplained = [one for one in found if one.difference and one.reason is None]
    if unexplained:
        return Refused("differences_unexplained", number=count.number, count=len(unexplained))
    return None


def _to_recount(count: StockCount, ctx: Context) -> list[CountDifference]:
    due = (CountDifference.stock_count == count, CountDifference.recount.is_(True))
    return ctx.find(CountDifference, *due)


# When goods leave the shelf ----------------------------------------------------------------


@after(pick)
def note_when_goods_left_the_shelf(transfer: Transfer, ctx: Context) -> None:
    """A count looks for what the books have and the shelf has not."""
    transfer.picked_at = ctx.now


@after(put_back)
def note_that_goods_are_on_the_shelf(transfer: Transfer, ctx: Context) -> None:
    """They are there to be counted."""
    transfer.picked_at = None


@after(ship)
def note_when_goods_left(transfer: Transfer, ctx: Context) -> None:
    """It is what the delivery note says."""
    transfer.left_at = ctx.now


@after(dispatch)
def note_when_goods_went_to_another_house(transfer: Transfer, ctx: Context) -> None:
    """It is what the delivery note says."""
    transfer.left_at = ctx.now


def _check_threshold(recount_above: Any) -> None:
    if recount_above is not None and recount_above < 0:
        raise Invalid("threshold_below_zero", at="recount_above")


def _begun(count: StockCount) -> Refused | None:
    if count.state is CountState.PLANNED:
        return None
    return WrongState("count_has_begun", number=count.number, state=count.state)
