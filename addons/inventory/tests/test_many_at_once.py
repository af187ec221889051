"""Many people want the same goods at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import text

from dougong import Money, Refused
from dougong.db.session import in_transaction
from dougong_inventory import Location, StockMove, StockQuantity, Warehouse, book_count, complete
from dougong_inventory.reports.differences import stock_differences
from dougong_inventory.with_sales_order import LineStock
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order import (
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
    approve,
    cancel,
    confirm,
    ship,
    submit,
    verify,
)

ROLES = (
    "sales_order.manager",
    "inventory.keeper",
    "inventory.adjuster",
    "party.editor",
    "product.editor",
)


@pytest.fixture
def served(live_world):
    return live_world("inventory", "sales_order")


@pytest.fixture
def run(served):
    """Does something in a transaction of its own, as one of three managers."""
    people = [served.person(*ROLES).principal for _ in range(3)]

    def in_its_own(work, who=0):
        return in_transaction(served.engine, served.runtime.generation, people[who], work)

    yield in_its_own
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert in_its_own(lambda ctx: ctx.session.scalar(text(deadlocks))) == 0


def furnish(ctx, shelves):
    """Two products and what lies on each of some shelves; the products' ids."""
    goods = [ctx.create(Product(name=n, price=Money(Decimal(1), "USD"))) for n in ("Tea", "Cups")]
    for code, counted in shelves:
        ctx.create(Warehouse(name=code, code=code))
        (shelf,) = ctx.find(Location, Location.code == code)
        for product in goods:
            book_count(product, ctx, location=shelf, counted=Decimal(counted))
    ctx.create(Party(name="Alfreds", street="Obere Str. 57", city="Berlin", contacts=[]))
    return [product.id for product in goods]


def order_of(run, *lines):
    """An approved order for (product id, how many) pairs; its id."""

    def draft(ctx):
        (customer,) = ctx.find(Party)
        wanted = [
            SalesOrderLine(product=ctx.get(Product, one), quantity=Decimal(many))
            for one, many in lines
        ]
        order = ctx.create(
            SalesOrder(customer=customer, payment_method=PaymentMethod.CARD, lines=wanted)
        )
        ctx.session.flush()
        ctx.session.expire(order)
        return submit(order, ctx).id

    order_id = run(draft)
    run(lambda ctx: verify(ctx.get(SalesOrder, order_id), ctx, evidence="They rang back"), who=1)
    run(lambda ctx: approve(ctx.get(SalesOrder, order_id), ctx), who=2)
    return order_id


def at_once(run, orders, step, **form):
    """What became of a step on many orders at the same moment: None, or the refusal."""

    def attempt(order_id):
        try:
            run(lambda ctx: step(ctx.get(SalesOrder, order_id), ctx, **form))
        except Refused as refused:
            return refused
        return None

    with ThreadPoolExecutor(len(orders)) as threads:
        return list(threads.map(attempt, orders))


def total(run, column):
    return run(lambda ctx: sum(getattr(one, column) for one in ctx.find(StockQuantity)))


def test_T1_of_fifty_orders_of_three_exactly_thirty_three_get_their_share_of_a_hundred(run):
    tea, _ = run(lambda ctx: furnish(ctx, [("MAIN", 100)]))
    orders = [order_of(run, (tea, 3)) for _ in range(50)]

    outcomes = at_once(run, orders, confirm)

    refused = [one for one in outcomes if one is not None]
    assert len(refused) == 17
    assert {(one.code, one.params["available"]) for one in refused} == {("shortage", Decimal(1))}
    assert total(run, "reserved") == 99
    assert run(lambda ctx: sum(one.reserved for one in ctx.find(LineStock))) == 99

    confirmed = [one for one, outcome in zip(orders, outcomes, strict=True) if outcome is None]
    assert at_once(run, confirmed, cancel, reason="Never mind") == [None] * 33
    assert total(run, "reserved") == 0


def test_orders_that_name_the_same_goods_in_another_order_do_not_block_each_other(run):
    tea, cups = run(lambda ctx: furnish(ctx, [("FIRST", 15), ("SECOND", 15)]))
    orders = [
        order_of(run, *(((tea, 2), (cups, 2)) if number % 2 else ((cups, 2), (tea, 2))))
        for number in range(15)
    ]

    assert at_once(run, orders, confirm) == [None] * 15
    assert at_once(run, orders, ship) == [None] * 15

    assert total(run, "reserved") == 0
    assert run(lambda ctx: ctx.session.execute(stock_differences.build(ctx)).all()) == []


def test_goods_that_cross_each_other_arrive(run):
    tea, _ = run(lambda ctx: furnish(ctx, [("FIRST", 100), ("SECOND", 100)]))

    def carry(number):
        def work(ctx):
            places = ctx.find(Location, Location.code.in_(["FIRST", "SECOND"]))
            source, destination = places if number % 2 else places[::-1]
            move = StockMove(
                product=ctx.get(Product, tea),
                quantity=Decimal(1),
                source=source,
                destination=destination,
            )
            complete(ctx.create(move), ctx)

        run(work)

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(carry, range(40)))

    assert run(lambda ctx: ctx.session.execute(stock_differences.build(ctx)).all()) == []
