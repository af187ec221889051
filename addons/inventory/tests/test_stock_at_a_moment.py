"""What lay where at a moment: the balances of closed periods and later moves, or all moves."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from counting import START, furnish_counting
from sqlalchemy import update

from dougong import RecordId
from dougong_inventory import (
    LocationKind,
    Lot,
    MoveState,
    PeriodBalance,
    ProductTracking,
    StockMove,
    StockPeriod,
    complete,
    set_stock_policy,
)
from dougong_inventory.graphql.stock import stock_at
from dougong_inventory.workflows.periods import reopen, shut, stop

DAYS = 8


def named(record):
    """The id that the API has for a record."""
    return RecordId(f"{type(record).__name__}:{record.id}") if record is not None else None


class Books:
    """Some goods, some places, and a clock."""

    def __init__(self, stock, seed):
        self.stock, self.floor, self.dice = stock, furnish_counting(stock), Random(seed)
        self.places = [stock.shelf, stock.open("SECOND")]
        supplier = stock.place(LocationKind.SUPPLIER)
        self.every = [*self.places, supplier]
        silk, ctx = stock.goods("Silk"), stock.by_keeper()
        set_stock_policy(silk, ctx, tracking=ProductTracking.LOT)
        lots = [ctx.create(Lot(product=silk, number=f"S-{n}")) for n in range(2)]
        self.goods = [(stock.tea, None), *((silk, lot) for lot in lots)]
        self.closed = []
        for product, lot in self.goods:
            for place in self.places:
                self.move(500, supplier, place, product, lot, START)

    def move(self, many, source, to, product, lot, at):
        ctx = self.floor.ctx(self.stock.keeper)
        ends = {"source": source, "destination": to, "lot": lot, "effective_at": at}
        one = StockMove(product=product, quantity=Decimal(many), **ends)
        complete(ctx.create(one), ctx)

    def day(self, number):
        """Some moves on a day, in no order; then its period is closed, or not."""
        begun = START + timedelta(days=number)
        self.floor.now = begun + timedelta(hours=20)
        for _ in range(5):
            source, to = self.dice.sample(self.every, 2)
            at = begun - timedelta(hours=8) + timedelta(minutes=self.dice.randrange(24 * 60))
            goods = self.dice.choice(self.goods)
            product, lot = goods
            self.move(self.dice.randint(1, 9), source, to, product, lot, min(at, self.floor.now))
        self.floor.now = begun + timedelta(days=1)
        if number < DAYS - 2 and self.dice.random() < 0.4:
            self.close(begun.date())

    def close(self, ends_on):
        finance = self.floor.finance
        one = self.floor.ctx(finance).create(StockPeriod(ends_on=ends_on))
        shut(stop(one, self.floor.ctx(finance)), self.floor.ctx(finance))
        self.closed.append(one)

    def told(self, at, product=None, location=None):
        ctx = self.floor.ctx(self.floor.keeper)
        found = stock_at(ctx, at=at, product=named(product), location=named(location))
        return {(one.product, one.location, one.lot): one.quantity for one in found}

    def summed(self, at, product=None, location=None):
        """The same by adding up every move that there ever was."""
        total: defaultdict[Any, Decimal] = defaultdict(Decimal)
        for one in self.floor.ctx(self.floor.keeper).find(StockMove):
            if one.state is MoveState.DONE and one.effective_at <= at:
                total[one.product, one.destination, one.lot] += one.quantity
                total[one.product, one.source, one.lot] -= one.quantity
        wanted = [location] if location is not None else self.places
        return {
            key: many
            for key, many in total.items()
            if many and key[1] in wanted and product in (None, key[0])
        }


@pytest.mark.parametrize("seed", range(4))
def test_what_lay_where_is_the_same_by_balances_and_by_all_moves(stock, seed):
    books = Books(stock, seed)
    for number in range(DAYS):
        books.day(number)
    books.floor.now = START + timedelta(days=DAYS + 1)
    books.close((START + timedelta(days=DAYS)).date())

    for _ in range(25):
        at = START + timedelta(minutes=books.dice.randrange(-60, (DAYS + 1) * 24 * 60))
        product = books.dice.choice([stock.tea, books.goods[1][0]])
        assert books.told(at, product=product) == books.summed(at, product=product)
        place = books.dice.choice(books.every)
        assert books.told(at, location=place) == books.summed(at, location=place)


def test_what_lay_where_is_begun_from_the_newest_balance_before_the_moment(stock):
    books = Books(stock, 1)
    first, second = (START.date() + timedelta(days=more) for more in (0, 1))
    books.floor.now = START + timedelta(days=3)
    books.close(first)
    books.close(second)
    key = (stock.tea, stock.shelf, None)
    for one, more in zip(books.closed, (1000, 2000), strict=True):
        stock.world.session.execute(
            update(PeriodBalance)
            .where(PeriodBalance.period == one, PeriodBalance.location == stock.shelf)
            .values(quantity=PeriodBalance.quantity + more)
        )

    assert books.told(START, product=stock.tea)[key] == 500
    assert books.told(START + timedelta(days=1), product=stock.tea)[key] == 1500
    assert books.told(START + timedelta(days=2), product=stock.tea)[key] == 2500


def test_what_lay_where_is_right_once_a_period_is_opened_again(stock):
    books = Books(stock, 2)
    books.floor.now = START + timedelta(days=2)
    books.close(START.date())
    reopen(books.closed[0], books.floor.ctx(books.floor.auditor), reason="A receipt was forgotten")
    supplier = stock.place(LocationKind.SUPPLIER)
    books.move(7, supplier, stock.shelf, stock.tea, None, START + timedelta(hours=1))

    then = START + timedelta(days=1)
    assert books.told(then, product=stock.tea) == books.summed(then, product=stock.tea)
    assert books.told(then, product=stock.tea)[stock.tea, stock.shelf, None] == 507
