"""Stock counts are planned by themselves where a policy says so (I14)."""

from calendar import monthrange
from datetime import date, timedelta

from sqlalchemy import select

from dougong import Context, every
from dougong_inventory.counting import OURS, places_in
from dougong_inventory.entities import (
    CountClass,
    CountInterval,
    CountLine,
    CountPolicy,
    StockCount,
    StockQuantity,
)

MONTHS = {CountInterval.MONTHLY: 1, CountInterval.QUARTERLY: 3, CountInterval.YEARLY: 12}


@every("17 3 * * *")
def plan_counts(ctx: Context) -> None:
    """Plan a count for each policy that is due, and say when the next one is."""
    today = ctx.now.date()
    due = select(CountPolicy.id).where(CountPolicy.active, CountPolicy.next_on <= today)
    for policy in ctx.hold(CountPolicy, CountPolicy.id.in_(due)):
        if policy.active and policy.next_on <= today:
            plan_count(policy, ctx)
            while policy.next_on <= today:
                policy.next_on = next_after(policy.next_on, policy.interval)


def plan_count(policy: CountPolicy, ctx: Context) -> StockCount | None:
    """A count as the policy says; none where it has nothing to count."""
    lines = [] if policy.abc_class is None else _lines(policy, ctx)
    if policy.abc_class is not None and not lines:
        return None
    count = StockCount(
        location=policy.location,
        whole=policy.abc_class is None,
        blind=policy.blind,
        mode=policy.mode,
        uncounted=policy.uncounted,
        recount_above=policy.recount_above,
        planned_on=policy.next_on,
        lines=lines,
    )
    count.policy = policy
    return ctx.create(count)


def next_after(day: date, interval: CountInterval) -> date:
    """The next day on which something is due; at the end of a shorter month, its last day."""
    if interval is CountInterval.WEEKLY:
        return day + timedelta(days=7)
    month = day.month - 1 + MONTHS[interval]
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _lines(policy: CountPolicy, ctx: Context) -> list[CountLine]:
    """What the books have there of the products of the policy's class."""
    places = [one.id for one in places_in(policy.location, ctx) if one.kind in OURS]
    quantity = StockQuantity.__table__.c
    classed = select(CountClass.id).where(CountClass.abc_class == policy.abc_class)
    there = ctx.find(
        StockQuantity,
        quantity.location_id.in_(places),
        quantity.product_id.in_(classed),
        StockQuantity.on_hand != 0,
    )
    return [CountLine(product=one.product, location=one.location, lot=one.lot) for one in there]
