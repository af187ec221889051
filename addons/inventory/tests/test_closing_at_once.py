"""Periods are closed and counts settled while others go on working."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from dougong import Money, Refused
from dougong.db.session import in_transaction
from dougong_inventory import (
    CountDifference,
    DifferenceReason,
    Location,
    LocationKind,
    MoveState,
    PeriodBalance,
    StockCount,
    StockMove,
    StockPeriod,
    Warehouse,
    book_count,
    enter_count,
    explain_difference,
    location_for,
    post,
)
from dougong_inventory.workflows.counts import allow, begin, finish, present, recompare, settle
from dougong_inventory.workflows.periods import shut, stop
from dougong_product import Product

ROLES = ("inventory.keeper", "inventory.adjuster", "inventory.finance", "product.editor")


@pytest.fixture
def run(live_world):
    """Does something in a transaction of its own, as one of two people."""
    served = live_world("inventory")
    people = [served.person(*ROLES).principal for _ in range(2)]

    def in_its_own(work, who=0):
        return in_transaction(served.engine, served.runtime.generation, people[who], work)

    def furnish(ctx):
        tea = ctx.create(Product(name="Tea", price=Money(Decimal(1), "USD")))
        ctx.create(Warehouse(name="Main", code="MAIN"))
        book_count(tea, ctx, location=shelf_of(ctx), counted=Decimal(100))

    in_its_own(furnish)
    return in_its_own


def shelf_of(ctx):
    return ctx.find(Location, Location.code == "MAIN")[0]


def attempt(run, work, who=0):
    """What became of it: None, or the refusal's code."""
    try:
        run(work, who)
    except Refused as refused:
        return refused.code
    return None


def test_what_is_booked_while_a_period_is_closed_is_in_its_balances_or_refused(run):
    def book_yesterday(ctx):
        (tea,) = ctx.find(Product)
        customers = location_for(LocationKind.CUSTOMER, ctx)
        supplier = location_for(LocationKind.SUPPLIER, ctx)
        post(
            *(tea, Decimal(1), supplier, customers, ctx),
            effective_at=ctx.now - timedelta(days=1),
        )

    def close(ctx):
        yesterday = (ctx.now - timedelta(days=1)).date()
        period = ctx.create(StockPeriod(ends_on=yesterday))
        stop(period, ctx)

    def work(number):
        return attempt(run, close if number == 10 else book_yesterday)

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(work, range(40)))
    run(lambda ctx: shut(ctx.find(StockPeriod)[0], ctx))

    assert outcomes[10] is None
    assert {*outcomes} <= {None, "period_closed"}
    assert "period_closed" in outcomes

    def sums(ctx):
        customers = location_for(LocationKind.CUSTOMER, ctx)
        moved = select(func.sum(StockMove.quantity)).where(
            StockMove.destination == customers, StockMove.state == MoveState.DONE
        )
        kept = select(PeriodBalance.quantity).where(PeriodBalance.location == customers)
        return ctx.session.scalar(moved), ctx.session.scalar(kept)

    moved, kept = run(sums)
    assert moved == kept == outcomes.count(None) - 1


def test_a_count_is_settled_once_however_many_try(run):
    def count(ctx):
        (tea,) = ctx.find(Product)
        made = ctx.create(StockCount(location=shelf_of(ctx), lines=[]))
        begin(made, ctx)
        enter_count(made, ctx, product=tea, counted=Decimal(97))
        recompare(finish(made, ctx), ctx)
        for one in ctx.find(CountDifference):
            explain_difference(one, ctx, reason=DifferenceReason.UNKNOWN)
        present(made, ctx)

    run(count)
    run(lambda ctx: allow(ctx.find(StockCount)[0], ctx), 1)

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(
            threads.map(
                lambda _: attempt(run, lambda ctx: settle(ctx.find(StockCount)[0], ctx)), range(6)
            )
        )

    assert sorted(outcomes, key=str) == [None, *["wrong_state"] * 5]
    lost = StockMove.destination.has(Location.kind == LocationKind.ADJUSTMENT)
    assert [move.quantity for move in run(lambda ctx: ctx.find(StockMove, lost))] == [3]
