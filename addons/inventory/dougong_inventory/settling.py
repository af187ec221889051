"""From differences to the books: what they come to, who is asked, and the moves that settle them."""

from decimal import Decimal

from dougong import Context, Money, NumberSeries, Refused
from dougong_inventory.closing import over_until
from dougong_inventory.counting import count_differences, key_of, last_settled, moment_of
from dougong_inventory.entities import (
    CountDifference,
    GainLossRequest,
    LocationKind,
    RequestDecision,
    StockCount,
)
from dougong_inventory.expecting import expected
from dougong_inventory.ledger import hold, location_for
from dougong_inventory.posting import post
from dougong_inventory.valuing import cost_of

REQUEST_NUMBERS = NumberSeries(
    "inventory.gain_loss_request",
    "What people call requests to book gains and losses.",
    pattern="GL-{n:06}",
)
ORIGIN = "inventory.CountDifference:"


def ask_to_book(count: StockCount, ctx: Context) -> GainLossRequest:
    """Say what gains and losses come to, and ask whether they may be booked (I12)."""
    found = count_differences(count, ctx)
    for one in found:
        one.unit_cost = cost_of(one.product, ctx)
        one.currency = one.product.price.currency
    ctx.session.flush()
    values = [one.value for one in found if one.difference]
    currencies = {one.currency for one in found if one.difference} or {found[0].currency}
    known = [value for value in values if value is not None]
    told = len(known) == len(values) and len(currencies) == 1
    (currency, *_) = sorted(filter(None, currencies))
    gains = sum((value for value in known if value > 0), Decimal(0))
    losses = -sum((value for value in known if value < 0), Decimal(0))
    count.worth = Money(gains + losses, currency) if told else None
    return ctx.create(
        GainLossRequest(
            number=REQUEST_NUMBERS.next(ctx),
            stock_count=count,
            products=len(values),
            gains=gains if told else None,
            losses=losses if told else None,
            currency=currency if told else None,
        )
    )


def decide(count: StockCount, decision: RequestDecision, ctx: Context) -> None:
    """Write down what became of the request that was made last: counts of an older system have none."""
    for request in ctx.find(GainLossRequest, GainLossRequest.stock_count == count)[-1:]:
        request.decision, request.decided_by = decision, ctx.me


def settle_up(count: StockCount, ctx: Context) -> None:
    """Make one move for each difference, from or to the adjustments (I13).

    What the books have of the moments of counting is looked at once more, with the quantities
    locked. Raises Refused where that is not what was approved, or where something was counted
    later and booked already.
    """
    found = ctx.hold(CountDifference, CountDifference.stock_count == count)
    adjustments = location_for(LocationKind.ADJUSTMENT, ctx)
    keys = [key_of(one) for one in found]
    hold([*keys, *((product, adjustments, lot) for product, _, lot in keys)], ctx)
    books = expected(CountDifference, [one.id for one in found], ctx)
    wrong = [refusal for one in found if (refusal := _stale(one, books[one.id], ctx))]
    if wrong:
        raise Refused.all(wrong)
    closed = over_until(ctx)
    for one in found:
        if one.difference:
            more = one.difference > 0
            late = closed is not None and one.counted_at.date() <= closed
            one.move = post(
                one.product,
                abs(one.difference),
                adjustments if more else one.location,
                one.location if more else adjustments,
                ctx,
                lot=one.lot,
                effective_at=ctx.now if late else one.counted_at,
                accounting_date=ctx.now.date(),
                reference=count.number,
                origin=f"{ORIGIN}{one.id}",
            )


def _stale(one: CountDifference, now: tuple[Decimal, Decimal], ctx: Context) -> Refused | None:
    product, location, lot = key_of(one)
    place = {"product": product.name, "location": location.name}
    if now != (one.book if one.traced is None else one.traced, one.picked):
        return Refused("books_changed", **place)
    if last_settled((product, location, lot), one.counted_at, ctx) is not None:
        return Refused("counted_since", **place)
    return None


def check_balance(count: StockCount, ctx: Context) -> None:
    """Raise Refused unless the books have of each moment what was counted then (I13)."""
    found = count_differences(count, ctx)
    books = expected(CountDifference, [one.id for one in found], ctx)
    for one in found:
        booked, picked = books[one.id]
        late = one.move is not None and moment_of(one.move) > one.counted_at
        if booked - picked + (one.difference if late else 0) != one.counted:
            raise Refused("not_balanced", product=one.product.name, location=one.location.name)
