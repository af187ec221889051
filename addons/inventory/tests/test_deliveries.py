"""Orders that the warehouse delivers: in parts, over the counter, and after it was away."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from dougong import Money, Refused
from dougong.access.context import Context
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.db.session import in_transaction
from dougong.testing.worlds import make_person
from dougong_inventory import (
    BackorderPolicy,
    FindingKind,
    Location,
    LocationKind,
    Reservation,
    ReservationState,
    StockMove,
    StockQuantity,
    TraceSession,
    TraceVoucher,
    Transfer,
    TransferKind,
    TransferState,
    Warehouse,
    book_count,
    count_picked,
    pack,
    pick,
    put_back,
    report_finding,
    tick,
)
from dougong_inventory import ship as ship_transfer
from dougong_inventory.graphql.journal import daily_match
from dougong_inventory.reports.differences import reservation_differences, stock_differences
from dougong_inventory.with_sales_order import (
    LineDemand,
    LineStock,
    OrderStock,
    OrderTransfer,
    SalesBooking,
    WarehouseSales,
    take_over_orders,
)
from dougong_inventory.with_sales_order.actions import TakenOver
from dougong_inventory.with_sales_order.jobs import book_sales_of_the_day
from dougong_inventory.workflows.tracing import correct, propose, uphold
from dougong_inventory.workflows.tracing import verify as verify_vouchers
from dougong_party import Party
from dougong_product import Dimension, Product, ProductUnit, UnitOfMeasure
from dougong_sales_order import (
    Delivery,
    DeliveryLine,
    DeliveryState,
    OrderState,
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
    approve,
    cancel,
    close_short,
    confirm,
    ship,
    submit,
    verify,
)


@pytest.fixture
def confirmed(selling, seller, approved):
    """A confirmed order and the transfer that is to bring its goods."""

    def make(*lines):
        order = confirm(approved(*lines), selling.world.ctx(seller))
        (transfer,) = selling.by_keeper().find(Transfer, Transfer.reference == order.number)
        return order, transfer

    return make


def delivered(selling, order):
    found = selling.by_keeper().find(Delivery, Delivery.order == order)
    return [[int(part.quantity) for part in one.lines] for one in found]


def test_I04_an_order_becomes_a_transfer_that_the_warehouse_picks_packs_and_ships(
    selling, confirmed
):
    selling.count(selling.tea, 10)
    order, transfer = confirmed((selling.tea, 4), (selling.advice, 1))
    assert (transfer.kind, transfer.state) == (TransferKind.DELIVERY, TransferState.RESERVED)
    assert OrderTransfer.of(transfer).order is order
    assert LineDemand.of(transfer.lines[0]).order_line is order.lines[0]

    for step in (pick, pack, ship_transfer):
        step(transfer, selling.by_keeper())

    assert (order.state, order.delivery_state) == (OrderState.DONE, DeliveryState.FULL)
    assert delivered(selling, order) == [[4, 1]]
    assert LineStock.of(order.lines[0]).reserved == 0


def test_I04_a_part_is_delivered_and_the_rest_follows_for_the_same_line(selling, confirmed):
    selling.count(selling.tea, 10)
    order, transfer = confirmed((selling.tea, 4), (selling.advice, 1))
    keeper = selling.by_keeper()
    count_picked(transfer.lines[0], keeper, picked=Decimal(3))

    ship_transfer(pack(pick(transfer, keeper), keeper), keeper, backorder=True)

    assert (order.state, order.delivery_state) == (OrderState.CONFIRMED, DeliveryState.PARTIAL)
    assert LineStock.of(order.lines[0]).reserved == 1
    (rest,) = keeper.find(Transfer, Transfer.backorder_of == transfer)
    ship_transfer(pack(pick(rest, keeper), keeper), keeper)
    assert order.state is OrderState.DONE
    assert delivered(selling, order) == [[3], [1, 1]]


def test_what_was_picked_is_put_back_before_an_order_is_cancelled(selling, seller, confirmed):
    selling.count(selling.tea, 10)
    order, transfer = confirmed((selling.tea, 4))
    pick(transfer, selling.by_keeper())

    with pytest.raises(Refused, match="goods_are_picked"):
        cancel(order, selling.world.ctx(seller), reason="Never mind")
    put_back(transfer, selling.by_keeper())
    cancel(order, selling.world.ctx(seller), reason="Never mind")

    assert transfer.state is TransferState.CANCELLED
    assert selling.quantities() == [(10, 0, 10)]


def test_closing_an_order_short_lets_the_rest_go(selling, confirmed):
    selling.count(selling.tea, 10)
    order, transfer = confirmed((selling.tea, 4))
    keeper = selling.by_keeper()
    transfer.backorders = BackorderPolicy.ALWAYS
    count_picked(transfer.lines[0], keeper, picked=Decimal(3))
    ship_transfer(pack(pick(transfer, keeper), keeper), keeper)

    close_short(order, keeper, reason="Not made any more")

    assert order.state is OrderState.DONE
    assert selling.quantities() == [(7, 0, 7)]


def test_an_order_takes_its_goods_from_its_warehouse_alone(selling, seller, approved):
    other = selling.open("SECOND")
    selling.count(selling.tea, 10)
    selling.count(selling.tea, 2, other)
    order = approved((selling.tea, 4))
    OrderStock.of(order).warehouse = other.warehouse

    with pytest.raises(Refused, match="shortage"):
        confirm(order, selling.world.ctx(seller))


@pytest.fixture
def counter(selling, seller, approved):
    """Confirms an order that is handed over a counter, which books as it is told."""

    def make(booking, many):
        warehouse = selling.shelf.warehouse
        WarehouseSales.of(warehouse).sales_booking = booking
        order = approved((selling.tea, many))
        OrderStock.of(order).warehouse = warehouse
        return confirm(order, selling.world.ctx(seller))

    return make


def test_I09_what_is_handed_over_a_counter_leaves_the_books_at_once(selling, counter):
    selling.count(selling.tea, 10)
    order = counter(SalesBooking.AT_ONCE, 4)
    assert selling.quantities() == [(10, 0, 10)]

    part = DeliveryLine(line=order.lines[0], quantity=Decimal(3))
    selling.by_keeper().create(Delivery(order=order, lines=[part]))
    assert selling.quantities() == [(7, 0, 7)]
    ship(order, selling.by_keeper())

    assert selling.quantities() == [(6, 0, 6)]
    assert order.state is OrderState.DONE


def test_I09_the_evening_books_what_was_sold_exactly_once_however_often_it_runs(selling, counter):
    selling.count(selling.tea, 10)
    for many in (3, 2):
        ship(counter(SalesBooking.END_OF_DAY, many), selling.by_keeper())
    assert selling.quantities() == [(10, 0, 10)]

    for _ in range(3):
        ctx = selling.by_keeper()
        with ctx.acting_as("inventory__sales_order"):
            book_sales_of_the_day.rule(ctx)

    assert selling.quantities() == [(5, 0, 5)]
    moves = selling.by_keeper().find(StockMove, StockMove.origin.is_not(None))
    assert sorted(int(one.quantity) for one in moves) == [2, 3]


def test_I08_what_was_handed_over_is_looked_at_beside_what_the_evening_booked(selling, counter):
    selling.count(selling.tea, 10)
    order = counter(SalesBooking.END_OF_DAY, 3)
    ship(order, selling.by_keeper())

    assert matched(selling) == [(order.number, -3, 0, FindingKind.MISSING)]
    ctx = selling.by_keeper()
    with ctx.acting_as("inventory__sales_order"):
        book_sales_of_the_day.rule(ctx)
    assert matched(selling) == [(order.number, -3, -3, None)]


def matched(selling):
    """What the daily match says of the shelf today."""
    ctx = selling.world.ctx()
    found = daily_match(ctx, on=ctx.now.date(), location=selling.shelf)
    return [(one.reference, one.vouchers, one.booked, one.finding) for one in found]


def evening(selling):
    ctx = selling.by_keeper()
    with ctx.acting_as("inventory__sales_order"):
        book_sales_of_the_day.rule(ctx)


def handed_over(selling, order, many):
    part = DeliveryLine(line=order.lines[0], quantity=Decimal(many))
    return selling.by_keeper().create(Delivery(order=order, lines=[part]))


def test_I09_one_counter_sale_that_is_short_does_not_keep_others_from_being_booked(
    selling, counter
):
    selling.count(selling.tea, 4)
    short, fits = (counter(SalesBooking.END_OF_DAY, many) for many in (5, 3))
    for order in (short, fits):
        ship(order, selling.by_keeper())

    evening(selling)

    assert selling.quantities() == [(1, 0, 1)]
    selling.count(selling.tea, 6)
    evening(selling)
    assert selling.quantities() == [(1, 0, 1)]


@pytest.mark.parametrize("then", [SalesBooking.AT_ONCE, SalesBooking.ON_DELIVERY])
def test_I09_what_was_sold_is_booked_in_the_evening_however_sales_are_booked_by_then(
    selling, counter, then
):
    selling.count(selling.tea, 10)
    order = counter(SalesBooking.END_OF_DAY, 3)
    ship(order, selling.by_keeper())
    WarehouseSales.of(selling.shelf.warehouse).sales_booking = then
    found = matched(selling)
    assert found == [(order.number, -3, 0, FindingKind.MISSING)]

    for _ in range(2):
        evening(selling)

    assert selling.quantities() == [(7, 0, 7)]
    assert matched(selling) == [(order.number, -3, -3, None)]


def test_I09_what_was_sold_is_booked_where_it_was_sold_whatever_the_order_says_by_then(
    selling, counter
):
    other = selling.open("SECOND")
    for place in (selling.shelf, other):
        selling.count(selling.tea, 10, place)
    order = counter(SalesBooking.END_OF_DAY, 4)
    handed_over(selling, order, 3)
    OrderStock.of(order).warehouse = other.warehouse

    evening(selling)

    assert selling.quantities() == [(7, 0, 7)]
    assert selling.quantities(at=other) == [(10, 0, 10)]


def test_what_is_shipped_from_a_warehouse_is_never_booked_by_the_evening(selling, seller, approved):
    selling.count(selling.tea, 10)
    order = approved((selling.tea, 4))
    OrderStock.of(order).warehouse = selling.shelf.warehouse
    ship(confirm(order, selling.world.ctx(seller)), selling.by_keeper())
    WarehouseSales.of(selling.shelf.warehouse).sales_booking = SalesBooking.END_OF_DAY

    evening(selling)

    assert selling.quantities() == [(6, 0, 6)]


def test_I09_a_counter_delivery_that_is_deleted_brings_its_goods_back(selling, counter):
    selling.count(selling.tea, 10)
    order = counter(SalesBooking.AT_ONCE, 4)
    delivery = handed_over(selling, order, 3)
    assert selling.quantities() == [(7, 0, 7)]

    Delivery.delete(delivery, selling.by_keeper())

    assert selling.quantities() == [(10, 0, 10)]
    ship(order, selling.by_keeper())
    assert selling.quantities() == [(6, 0, 6)]


def traced(selling):
    """A session in which what is missing was found, and whoever corrects it."""
    auditor, supervisor = (
        selling.world.person(f"inventory.{name}") for name in ("auditor", "supervisor")
    )
    ctx = selling.world.ctx(auditor)
    days = {"since": ctx.now.date(), "until": ctx.now.date()}
    session = verify_vouchers(ctx.create(TraceSession(location=selling.shelf, **days)), ctx)
    for voucher in ctx.find(TraceVoucher, TraceVoucher.session == session):
        if voucher.suspected is None:
            tick(session, ctx, vouchers=[voucher])
        else:
            report_finding(session, ctx, voucher=voucher, kind=voucher.suspected)
    uphold(propose(session, ctx), selling.world.ctx(supervisor))
    return session, auditor


def test_I10_what_the_evening_books_is_not_booked_again_by_tracing(selling, counter):
    selling.count(selling.tea, 10)
    ship(counter(SalesBooking.END_OF_DAY, 3), selling.by_keeper())
    session, auditor = traced(selling)
    evening(selling)

    ctx = selling.world.ctx(auditor)
    with pytest.raises(Refused, match="booked_since"), ctx.attempt():
        correct(session, ctx)

    assert selling.quantities() == [(7, 0, 7)]


def test_I10_what_tracing_has_booked_is_not_booked_again_by_the_evening(selling, counter):
    selling.count(selling.tea, 10)
    ship(counter(SalesBooking.END_OF_DAY, 3), selling.by_keeper())
    (first, auditor), (second, other) = traced(selling), traced(selling)

    correct(first, selling.world.ctx(auditor))
    evening(selling)

    ctx = selling.world.ctx(other)
    with pytest.raises(Refused, match="booked_since"), ctx.attempt():
        correct(second, ctx)
    assert selling.quantities() == [(7, 0, 7)]


def test_I10_a_voucher_of_several_moves_is_taken_back_whole(selling, counter):
    house = selling.shelf.warehouse
    aisle = selling.by_keeper().create(
        Location(name="A1", code="A1", warehouse=house, parent=selling.shelf)
    )
    selling.count(selling.tea, 2)
    selling.count(selling.tea, 5, at=aisle)
    handed_over(selling, counter(SalesBooking.AT_ONCE, 4), 4)
    assert (selling.quantities(), selling.quantities(at=aisle)) == ([(0, 0, 0)], [(3, 0, 3)])
    auditor = selling.world.person("inventory.auditor")
    ctx = selling.world.ctx(auditor)
    days = {"since": ctx.now.date(), "until": ctx.now.date()}
    session = verify_vouchers(ctx.create(TraceSession(location=selling.shelf, **days)), ctx)
    for voucher in ctx.find(TraceVoucher, TraceVoucher.session == session):
        if voucher.origin is None:
            tick(session, ctx, vouchers=[voucher])
        else:
            report_finding(
                session, ctx, voucher=voucher, kind=FindingKind.DATE, quantity=Decimal(-3)
            )
    uphold(propose(session, ctx), selling.world.ctx(selling.world.person("inventory.supervisor")))
    Location.update(selling.shelf, selling.by_keeper(), negative_allowed=True)

    correct(session, selling.world.ctx(auditor))

    assert (selling.quantities(), selling.quantities(at=aisle)) == ([(-1, 0, -1)], [(5, 0, 5)])


def test_S13_a_box_that_is_shipped_in_pieces_is_delivered_with_the_last_of_them(
    selling, seller, approved
):
    ctx = selling.world.ctx()
    piece, box = (
        ctx.create(UnitOfMeasure(code=code, name=code, dimension=Dimension.COUNT))
        for code in ("pc", "box")
    )
    selling.tea.measured_in = piece
    ctx.create(ProductUnit(product=selling.tea, unit=box, numerator=12))
    selling.count(selling.tea, 12)
    order = confirm(approved((selling.tea, 1, box)), selling.world.ctx(seller))

    for picked in (5, 7):
        transfer = next(
            one
            for one in selling.by_keeper().find(Transfer, Transfer.reference == order.number)
            if one.state is TransferState.RESERVED
        )
        count_picked(transfer.lines[0], selling.by_keeper(), picked=Decimal(picked))
        for step in (pick, pack):
            step(transfer, selling.by_keeper())
        selling.world.session.expire_all()
        ship_transfer(transfer, selling.by_keeper(), backorder=True)
        selling.world.session.expire_all()

    assert (order.state, order.lines[0].quantity_open) == (OrderState.DONE, 0)
    assert selling.quantities() == [(0, 0, 0)]


def test_I09_where_a_counter_may_sell_more_than_the_books_know_it_does(selling, counter):
    Location.update(selling.shelf, selling.by_keeper(), negative_allowed=True)
    selling.count(selling.tea, 1)

    ship(counter(SalesBooking.AT_ONCE, 3), selling.by_keeper())

    assert selling.quantities() == [(-2, 0, -2)]


def test_T13_inventory_is_removed_with_open_orders_and_comes_back_without_doubling_anything(
    live_world, tmp_path
):
    served = live_world("inventory", "sales_order")
    shop = Shop(served.engine)
    tea = shop.open(10)
    shipped, waiting, cancelled = (shop.order(tea, many) for many in (1, 2, 3))
    assert shop.reserved() == 6

    remove(served.engine, ["inventory"], plan_remove(served.engine, ["inventory"]).hash, tmp_path)
    shop.reload()
    meanwhile = shop.order(tea, 4)
    shop.step(ship, shipped)
    shop.step(cancel, cancelled, reason="Never mind")
    restore(served.engine, ["inventory"], tmp_path)
    shop.reload()

    assert (shop.on_hand(), shop.reserved()) == (9, 2)
    number = shop.run(lambda ctx: ctx.get(SalesOrder, meanwhile).number)
    taken = shop.run(take_over_orders)
    assert taken == TakenOver(1, number)
    assert shop.reserved() == 6
    assert shop.run(take_over_orders) == TakenOver(0, "")
    for one in (waiting, meanwhile):
        shop.step(ship, one)
    assert (shop.on_hand(), shop.reserved()) == (3, 0)
    assert shop.differences() == []


def test_an_inventory_that_is_installed_later_takes_over_what_is_there_for_open_orders(
    live_world, tmp_path
):
    served = live_world("inventory", "sales_order")
    remove(served.engine, ["inventory"], plan_remove(served.engine, ["inventory"]).hash, tmp_path)
    shop = Shop(served.engine)
    tea = shop.run(shop.sell)
    first, second = (shop.order(tea, many) for many in (3, 4))
    restore(served.engine, ["inventory"], tmp_path)
    shop.reload()
    shop.stock(tea, 5)

    with pytest.raises(Undone):
        shop.run(lambda ctx: undo(take_over_orders(ctx)))
    assert shop.reserved() == 0
    assert shop.run(take_over_orders).result == 2

    assert shop.reserved() == 5
    shop.step(ship, first)
    with pytest.raises(Refused, match="shortage"):
        shop.step(ship, second)


class Undone(Exception):
    """What a dry run ends with."""


def undo(taken):
    assert taken.result == 2
    raise Undone


class Shop:
    """A shop whose inventory comes and goes."""

    def __init__(self, engine):
        self.engine = engine
        self.people = [
            self._person(
                "sales_order.manager",
                "inventory.keeper",
                "inventory.adjuster",
                "party.editor",
                "product.editor",
            )
            for _ in range(3)
        ]
        self.reload()

    def _person(self, *roles):
        with Session(self.engine) as session, session.begin():
            return make_person(session, roles, None)

    def reload(self):
        self.generation = load_generation(self.engine)

    def run(self, work, who=0):
        return in_transaction(self.engine, self.generation, self.people[who], work)

    def sell(self, ctx):
        ctx.create(Party(name="Alfreds", street="Obere Str. 57", city="Berlin", contacts=[]))
        return ctx.create(Product(name="Tea", price=Money(Decimal(1), "USD"))).id

    def open(self, many):
        tea = self.run(self.sell)
        self.stock(tea, many)
        return tea

    def stock(self, tea, many):
        def work(ctx):
            ctx.create(Warehouse(name="MAIN", code="MAIN"))
            (shelf,) = ctx.find(Location, Location.code == "MAIN")
            book_count(ctx.get(Product, tea), ctx, location=shelf, counted=Decimal(many))

        self.run(work)

    def order(self, tea, many):
        def draft(ctx: Context):
            (customer,) = ctx.find(Party)
            line = SalesOrderLine(product=ctx.get(Product, tea), quantity=Decimal(many))
            card = PaymentMethod.CARD
            order = ctx.create(SalesOrder(customer=customer, payment_method=card, lines=[line]))
            ctx.session.flush()
            ctx.session.expire(order)
            return submit(order, ctx).id

        number = self.run(draft)
        self.step(verify, number, 1, evidence="They rang back")
        self.step(approve, number, 2)
        self.step(confirm, number)
        return number

    def step(self, step, number, who=0, **form):
        self.run(lambda ctx: step(ctx.get(SalesOrder, number), ctx, **form) and None, who)

    def on_hand(self):
        stock = StockQuantity.location.has(Location.kind == LocationKind.STOCK)
        return self.run(lambda ctx: sum(one.on_hand for one in ctx.find(StockQuantity, stock)))

    def reserved(self):
        active = Reservation.state == ReservationState.ACTIVE
        return self.run(lambda ctx: sum(one.quantity for one in ctx.find(Reservation, active)))

    def differences(self):
        return self.run(
            lambda ctx: [
                tuple(row)
                for report in (stock_differences, reservation_differences)
                for row in ctx.session.execute(report.build(ctx))
            ]
        )
