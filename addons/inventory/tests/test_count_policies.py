"""Counts that are planned by themselves."""

from datetime import date

import pytest
from counting import furnish_counting

from dougong import Invalid
from dougong_inventory import (
    AbcClass,
    CountClass,
    CountInterval,
    CountMode,
    CountPolicy,
    StockCount,
)
from dougong_inventory.jobs.counts import next_after, plan_counts

DUE = date(2026, 3, 2)


@pytest.fixture
def floor(stock):
    floor = furnish_counting(stock)
    floor.have(10)
    return floor


def policy(floor, **said):
    said = {"name": "A-items", "location": floor.stock.shelf, "next_on": DUE, **said}
    return floor.ctx(floor.keeper).create(CountPolicy(**said))


def planned(floor):
    ctx = floor.ctx(floor.keeper)
    plan_counts.run(ctx, {})
    ctx.session.flush()
    floor.stock.world.session.expire_all()
    return floor.ctx(floor.keeper).find(StockCount)


def test_I14_goods_of_class_a_are_counted_every_month(floor):
    cups = floor.stock.goods("Cups")
    floor.have(5, cups)
    CountClass.of(floor.stock.tea).abc_class = AbcClass.A
    one = policy(floor, abc_class=AbcClass.A, blind=True, mode=CountMode.FREEZE)

    (count,) = planned(floor)

    assert [line.product for line in count.lines] == [floor.stock.tea]
    assert (count.whole, count.blind, count.mode) == (False, True, CountMode.FREEZE)
    assert (count.policy, count.planned_on, one.next_on) == (one, DUE, date(2026, 4, 2))


def test_I14_a_count_is_planned_once(floor):
    policy(floor)

    assert len(planned(floor)) == 1
    assert len(planned(floor)) == 1


def test_counts_that_were_missed_are_planned_once(floor):
    one = policy(floor, next_on=date(2025, 12, 31))

    assert len(planned(floor)) == 1
    assert one.next_on > DUE


@pytest.mark.parametrize("said", [{"active": False}, {"next_on": date(2026, 3, 3)}])
def test_what_is_not_due_is_not_planned(floor, said):
    policy(floor, **said)

    assert planned(floor) == []


def test_where_nothing_is_to_be_counted_no_count_is_planned(floor):
    one = policy(floor, abc_class=AbcClass.C)

    assert planned(floor) == []
    assert one.next_on == date(2026, 4, 2)


def test_nobody_is_less_than_not_at_all_away_from_the_books(floor):
    with pytest.raises(Invalid, match="threshold_below_zero"):
        policy(floor, recount_above=-1)
    with pytest.raises(Invalid, match="threshold_below_zero"):
        CountPolicy.update(policy(floor), floor.ctx(floor.keeper), recount_above=-1)
    with pytest.raises(Invalid, match="threshold_below_zero"):
        floor.plan(recount_above=-1)
    with pytest.raises(Invalid, match="threshold_below_zero"):
        StockCount.update(floor.plan(), floor.ctx(floor.keeper), recount_above=-1)


@pytest.mark.parametrize(
    ("day", "interval", "then"),
    [
        (date(2026, 12, 28), CountInterval.WEEKLY, date(2027, 1, 4)),
        (date(2026, 1, 31), CountInterval.MONTHLY, date(2026, 2, 28)),
        (date(2026, 11, 30), CountInterval.QUARTERLY, date(2027, 2, 28)),
        (date(2028, 2, 29), CountInterval.YEARLY, date(2029, 2, 28)),
    ],
)
def test_intervals_end_with_shorter_months(day, interval, then):
    assert next_after(day, interval) == then
