"""What the stock is worth: by the moving average, or the oldest cost first."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dougong_inventory import (
    CostMethod,
    LayerKind,
    LocationKind,
    ProductValuation,
    StockMove,
    StockPolicy,
    ValuationLayer,
    complete,
    cost_of,
    reverse_move,
)
from dougong_inventory.reports.valuation import (
    stock_value,
    stock_value_by_location,
    valuation_differences,
)
from dougong_product import Product


class Shelf:
    """Tea that comes and goes, valued by one method."""

    def __init__(self, stock: Any, method: CostMethod) -> None:
        self.stock = stock
        StockPolicy.of(stock.tea).cost_method = method
        stock.world.session.flush()

    def come(self, quantity: Any, cost: Any = None, **said: Any) -> StockMove:
        return self._moved(quantity, LocationKind.SUPPLIER, None, cost, **said)

    def go(self, quantity: Any, **said: Any) -> StockMove:
        return self._moved(quantity, None, LocationKind.CUSTOMER, None, **said)

    def _moved(self, quantity: Any, source: Any, to: Any, cost: Any, **said: Any) -> StockMove:
        stock = self.stock
        move = StockMove(
            product=stock.tea,
            quantity=Decimal(quantity),
            source=stock.place(source) if source else stock.shelf,
            destination=stock.place(to) if to else stock.shelf,
            unit_cost=None if cost is None else Decimal(cost),
            **said,
        )
        ctx = stock.world.ctx()
        return complete(ctx.create(move), ctx)

    @property
    def worth(self) -> tuple[Decimal, Decimal]:
        """How many there are, and what they cost."""
        ctx, product = self.stock.world.ctx(), ProductValuation.product
        found = ctx.find(ProductValuation, product == self.stock.tea)
        return (found[0].quantity, found[0].amount) if found else (Decimal(0), Decimal(0))

    def layers(self) -> list[tuple[str, Decimal, Decimal]]:
        found = self.stock.world.ctx().find(
            ValuationLayer, ValuationLayer.product == self.stock.tea
        )
        return [(one.kind.name, one.quantity, one.amount) for one in found]

    def wrong(self) -> list[Any]:
        ctx = self.stock.world.ctx()
        ctx.session.flush()
        return list(ctx.session.execute(valuation_differences.build(ctx)))


@pytest.fixture(params=CostMethod, ids=lambda one: one.name)
def shelf(stock: Any, request: pytest.FixtureRequest) -> Any:
    shelf = Shelf(stock, request.param)
    yield shelf
    assert shelf.wrong() == []


WORTH = {CostMethod.AVERAGE: 24, CostMethod.FIFO: 32}


def method_of(shelf: Shelf) -> CostMethod:
    return StockPolicy.of(shelf.stock.tea).cost_method


def test_T11_eight_at_10_and_four_at_16_are_worth_24_on_average_and_32_oldest_first(shelf):
    shelf.come(8, 10)
    shelf.come(4, 16)

    shelf.go(10)

    assert shelf.worth == (2, WORTH[method_of(shelf)])


def test_T11_what_a_customer_brings_back_is_worth_what_it_was_when_it_left(shelf):
    shelf.come(8, 10)
    sold = shelf.go(8)
    shelf.come(4, 16)

    reverse_move(sold, shelf.stock.world.ctx(), reason="Wrong tea")

    assert shelf.worth == (12, 144)
    shelf.go(12)
    assert shelf.worth == (0, 0)


def test_T11_nothing_is_worth_nothing(shelf):
    shelf.come(3, "3.3333")
    shelf.come(4, "0.01")

    for _ in range(7):
        shelf.go(1)

    assert shelf.worth == (0, 0)
    assert sum(amount for _, _, amount in shelf.layers()) == 0


def test_a_receipt_that_is_taken_back_leaves_at_what_it_cost(shelf):
    shelf.come(4, 10)
    dear = shelf.come(4, 20)

    reverse_move(dear, shelf.stock.world.ctx(), reason="Not ordered")

    assert shelf.worth == (4, 40)


def test_goods_that_change_their_place_keep_their_worth(shelf):
    other = shelf.stock.open("SECOND")
    shelf.come(5, 7)

    move = shelf.stock.move(3, shelf.stock.shelf, other)
    complete(move, shelf.stock.by_keeper())

    assert shelf.worth == (5, 35)
    assert [kind for kind, _, _ in shelf.layers()] == ["RECEIVED"]


def test_what_is_found_when_counting_costs_what_the_rest_costs(shelf):
    shelf.come(5, 7)

    shelf.stock.count(shelf.stock.tea, 7)

    assert shelf.worth == (7, 49)


def test_what_was_sold_before_it_came_is_put_right_when_it_comes(shelf):
    shelf.come(1, 5)
    shelf.stock.shelf.negative_allowed = True
    shelf.stock.world.session.flush()
    shelf.go(4)

    assert shelf.worth == (-3, -15)
    shelf.come(5, 8)

    assert shelf.worth == (2, 16)
    assert shelf.layers()[-1] == (LayerKind.TRUED_UP.name, 0, Decimal(-9))


def test_the_cost_of_a_unit_is_that_of_the_stock_and_else_the_last_one(shelf):
    tea, ctx = shelf.stock.tea, shelf.stock.world.ctx()
    assert cost_of(tea, ctx) is None
    tea.standard_cost = Decimal(4)
    assert cost_of(tea, ctx) == 4

    shelf.come(1, 1)
    shelf.come(2, 2)
    assert cost_of(tea, ctx) == Decimal("1.666667")

    shelf.go(3)
    assert cost_of(tea, ctx) == Decimal("1.666667")


def rows(report: Any, ctx: Any, **said: Any) -> list[tuple[Any, ...]]:
    ctx.session.flush()
    return [tuple(one) for one in ctx.session.execute(report.build(ctx, **said))]


def test_I28_the_value_at_a_date_is_that_of_the_layers_up_to_it(shelf):
    ctx = shelf.stock.world.ctx()
    today = ctx.now.date()
    before = today.replace(year=today.year - 1)
    shelf.come(8, 10, accounting_date=before)
    shelf.go(3)

    assert rows(stock_value, ctx, on=before) == [("Tea", None, 8, 80, "USD")]
    assert rows(stock_value, ctx) == [("Tea", None, 5, 50, "USD")]
    assert rows(stock_value_by_location, ctx) == [("MAIN", "Tea", 5, 50, "USD")]


COSTS = st.decimals(min_value=0, max_value=99, places=4)
STEPS = st.lists(st.tuples(st.integers(1, 9), st.none() | COSTS), max_size=12)


@pytest.mark.parametrize("method", CostMethod, ids=lambda one: one.name)
@given(steps=STEPS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_stock_is_worth_what_a_second_account_of_it_says(
    stock: Any, method: CostMethod, steps: list[tuple[int, Decimal | None]]
) -> None:
    ctx = stock.world.ctx()
    stock.tea = ctx.create(Product(name="Any tea", price=stock.tea.price))
    shelf = Shelf(stock, method)
    kept: list[Fraction] = []

    for quantity, cost in steps:
        if cost is not None:
            shelf.come(quantity, cost)
            kept += [Fraction(cost)] * quantity
        elif quantity <= len(kept):
            shelf.go(quantity)
            if method is CostMethod.FIFO:
                kept = kept[quantity:]
            else:
                average = sum(kept, Fraction()) / len(kept)
                kept = [average] * (len(kept) - quantity)

    there, worth = shelf.worth
    assert there == len(kept)
    assert abs(Fraction(worth) - sum(kept)) <= Fraction(len(steps), 200)
    assert kept or worth == 0
    assert shelf.wrong() == []
