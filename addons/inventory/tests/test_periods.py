"""Periods of the books: what is over stays, and later days are reckoned from it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from counting import START, furnish_counting
from sqlalchemy import update

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_inventory import (
    LocationKind,
    PeriodBalance,
    PeriodState,
    StockMove,
    StockPeriod,
    StockQuantity,
    on_hand_at,
)
from dougong_inventory.workflows.periods import reopen, shut, stop

FIRST = START.date()


@pytest.fixture
def floor(stock):
    """Ten of the tea by the books of the first day; it is the next day."""
    floor = furnish_counting(stock)
    floor.have(10)
    floor.now = START + timedelta(days=1)
    return floor


def period(floor, ends_on=FIRST):
    return floor.ctx(floor.finance).create(StockPeriod(ends_on=ends_on))


def closed(floor, ends_on=FIRST):
    one = stop(period(floor, ends_on), floor.ctx(floor.finance))
    return shut(one, floor.ctx(floor.finance))


def balances(floor, one):
    found = floor.ctx(floor.keeper).find(PeriodBalance, PeriodBalance.period == one)
    return {(kept.product.name, kept.location.code): int(kept.quantity) for kept in found}


def test_a_closed_period_keeps_what_lay_where_at_its_end(floor):
    floor.move(3)

    one = closed(floor)

    assert one.state is PeriodState.CLOSED
    assert balances(floor, one) == {("Tea", "MAIN"): 10, ("Tea", "ADJUSTMENT"): -10}


def test_the_next_period_goes_on_from_the_balances_of_the_last(floor):
    closed(floor)
    floor.move(3)
    floor.now += timedelta(days=1)

    second = closed(floor, FIRST + timedelta(days=1))

    assert balances(floor, second) == {
        ("Tea", "MAIN"): 7,
        ("Tea", "ADJUSTMENT"): -10,
        ("Tea", "CUSTOMER"): 3,
    }


def test_what_lay_there_at_a_moment_is_reckoned_from_the_balances(floor):
    one = closed(floor)
    floor.move(3)
    later = floor.now
    floor.move(2)
    ctx = floor.ctx(floor.keeper)

    assert on_hand_at(floor.stock.tea, floor.stock.shelf, later, ctx) == 7
    assert on_hand_at(floor.stock.tea, floor.stock.shelf, START, ctx) == 0
    ctx.session.execute(
        update(PeriodBalance)
        .where(PeriodBalance.period == one)
        .values(quantity=PeriodBalance.quantity + 100)
    )
    assert on_hand_at(floor.stock.tea, floor.stock.shelf, later, ctx) == 107


@pytest.mark.parametrize("said", [{"effective_at": START}, {"accounting_date": FIRST}])
def test_nothing_is_booked_in_a_closed_period(floor, said):
    closed(floor)

    with pytest.raises(Refused, match="period_closed"), floor.undone():
        floor.move(1, **said)
    floor.move(1)


def test_nothing_is_booked_in_a_period_that_is_being_closed(floor):
    stop(period(floor), floor.ctx(floor.finance))

    with pytest.raises(Refused, match="period_closed"), floor.undone():
        floor.move(1, effective_at=START)


def test_a_period_is_closed_after_its_last_day(floor):
    with pytest.raises(Refused, match="period_goes_on"):
        stop(period(floor, FIRST + timedelta(days=1)), floor.ctx(floor.finance))


def test_periods_are_closed_one_after_the_other(floor):
    first = period(floor, FIRST - timedelta(days=1))
    second = period(floor)

    with pytest.raises(Refused, match="earlier_period_open"):
        stop(second, floor.ctx(floor.finance))
    shut(stop(first, floor.ctx(floor.finance)), floor.ctx(floor.finance))
    stop(second, floor.ctx(floor.finance))


def test_drafts_of_its_days_keep_a_period_open(floor):
    ctx = floor.ctx(floor.keeper)
    ctx.create(
        StockMove(
            product=floor.stock.tea,
            quantity=Decimal(1),
            source=floor.stock.shelf,
            destination=floor.stock.place(LocationKind.CUSTOMER),
            effective_at=START,
        )
    )

    with pytest.raises(Refused, match="drafts_in_period"):
        stop(period(floor), floor.ctx(floor.finance))


def test_books_that_are_wrong_are_not_closed(floor):
    one = stop(period(floor), floor.ctx(floor.finance))
    tampering = floor.stock.world.session.begin_nested()
    floor.stock.world.session.execute(
        update(StockQuantity).where(StockQuantity.location == floor.stock.shelf).values(on_hand=12)
    )

    with pytest.raises(Refused, match="books_are_wrong"):
        shut(one, floor.ctx(floor.finance))
    tampering.rollback()


def test_a_closed_period_is_opened_again_by_an_auditor_with_a_reason(floor):
    one = closed(floor)
    with pytest.raises(Forbidden, match="needs_permission"):
        reopen(one, floor.ctx(floor.finance), reason="A receipt was forgotten")
    with pytest.raises(Invalid, match="reason_missing"):
        reopen(one, floor.ctx(floor.auditor), reason=" ")

    reopen(one, floor.ctx(floor.auditor), reason="A receipt was forgotten")

    assert balances(floor, one) == {}
    floor.move(1, effective_at=START + timedelta(hours=1))
    shut(stop(one, floor.ctx(floor.finance)), floor.ctx(floor.finance))
    assert balances(floor, one)["Tea", "MAIN"] == 9


def test_the_last_period_is_opened_first(floor):
    first = closed(floor, FIRST - timedelta(days=1))
    closed(floor)

    with pytest.raises(Refused, match="later_period_closed"):
        reopen(first, floor.ctx(floor.auditor), reason="A receipt was forgotten")


def test_closed_periods_stay_where_they_are(floor):
    one = closed(floor)

    with pytest.raises(WrongState, match="period_is_over"):
        StockPeriod.update(one, floor.ctx(floor.finance), ends_on=date(2026, 4, 1))
    with pytest.raises(WrongState, match="period_is_over"):
        StockPeriod.delete(one, floor.ctx(floor.finance))
    with pytest.raises(Invalid, match="period_in_another"):
        period(floor, FIRST - timedelta(days=7))


def test_a_count_of_a_closed_period_is_booked_today(floor):
    count = floor.counted(8)
    floor.now += timedelta(days=1)
    floor.approved(count)
    closed(floor, FIRST + timedelta(days=1))

    from dougong_inventory.workflows.counts import conclude, settle

    settle(count, floor.ctx(floor.finance))

    (one,) = floor.differences(count)
    assert one.move.effective_at.date() == FIRST + timedelta(days=2)
    assert floor.on_hand() == 8
    conclude(count, floor.ctx(floor.finance))
