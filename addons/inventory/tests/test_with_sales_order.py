"""Orders and the goods behind them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, insert, update
from sqlalchemy.orm import object_session

from dougong import Money, Refused
from dougong_inventory import (
    LocationKind,
    Reservation,
    ReservationState,
    StockMove,
    Transfer,
    call_off,
    release_reservations,
)
from dougong_inventory.reports.differences import reservation_differences
from dougong_inventory.with_sales_order import LineStock, settle_reservations
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
    confirm,
    ship,
    submit,
    verify,
)


@pytest.fixture
def attempt(selling, seller):
    """Does a step as the seller; when it is refused, nothing of it is kept."""

    def do(step, order):
        tried = selling.world.session.begin_nested()
        try:
            with pytest.raises(Refused) as refused:
                step(order, selling.world.ctx(seller))
        finally:
            tried.rollback()
            selling.world.session.expire_all()
        return refused.value

    return do


def reserved(order):
    return [int(LineStock.of(line).reserved) for line in order.lines]


def test_confirming_reserves_the_goods(selling, seller, approved):
    selling.count(selling.tea, 10)

    order = confirm(approved((selling.tea, 3)), selling.world.ctx(seller))

    assert order.state is OrderState.CONFIRMED
    assert selling.quantities() == [(10, 3, 7)]
    assert reserved(order) == [3]


def test_goods_are_reserved_from_several_places_in_order(selling, seller, approved):
    second = selling.open("SECOND")
    selling.count(selling.tea, 2)
    selling.count(selling.tea, 5, second)

    order = confirm(approved((selling.tea, 4)), selling.world.ctx(seller))

    assert selling.quantities() == [(2, 2, 0)]
    assert selling.quantities(at=second) == [(5, 2, 3)]
    assert reserved(order) == [4]


def test_a_service_needs_no_reservation(selling, seller, approved):
    order = confirm(approved((selling.advice, 4)), selling.world.ctx(seller))

    assert order.state is OrderState.CONFIRMED
    assert reserved(order) == [0]


def test_all_shortages_of_an_order_are_told_together_each_at_its_line(selling, approved, attempt):
    cups = selling.goods("Cups")
    selling.count(selling.tea, 10)
    selling.count(cups, 1)
    order = approved((cups, 2), (selling.advice, 1), (selling.tea, 12))

    refused = attempt(confirm, order)

    assert [(one.at, one.code) for one in refused.several] == [
        (("lines", 0), "shortage"),
        (("lines", 2), "shortage"),
    ]
    assert refused.several[1].params == {
        "line": f"SalesOrderLine:{order.lines[2].id}",
        "product": "Tea",
        "wanted": 12,
    }


def test_how_many_are_missing_is_told_to_who_may_see_the_stock(selling, approved):
    selling.count(selling.tea, 10)
    order = approved((selling.tea, 12))
    both = selling.world.person("sales_order.manager", "inventory.reader")

    with pytest.raises(Refused, match="shortage") as refused:
        confirm(order, selling.world.ctx(both))

    assert (refused.value.params["available"], refused.value.params["missing"]) == (10, 2)


def test_an_order_that_is_short_reserves_nothing_and_stays_approved(selling, approved, attempt):
    cups = selling.goods("Cups")
    selling.count(selling.tea, 10)
    order = approved((selling.tea, 3), (cups, 1))

    attempt(confirm, order)

    assert order.state is OrderState.APPROVED
    assert selling.quantities() == [(10, 0, 10)]
    assert reserved(order) == [0, 0]
    assert selling.by_keeper().find(Reservation) == []


def test_two_lines_of_one_product_share_what_is_there(selling, approved, attempt):
    selling.count(selling.tea, 10)

    refused = attempt(confirm, approved((selling.tea, 6), (selling.tea, 6)))

    assert [one.at for one in refused.several] == [("lines", 1)]


def test_what_is_reserved_cannot_leave_the_shelf(selling, seller, approved, attempt):
    selling.count(selling.tea, 10)
    confirm(approved((selling.tea, 8)), selling.world.ctx(seller))

    refused = attempt(confirm, approved((selling.tea, 3)))

    assert refused.params["wanted"] == 3
    with pytest.raises(Refused, match="stock_shortage"):
        selling.count(selling.tea, 7)


def test_shipping_moves_the_goods_to_the_customer(selling, seller, approved):
    selling.count(selling.tea, 10)
    order = confirm(approved((selling.tea, 3)), selling.world.ctx(seller))

    ship(order, selling.by_keeper())

    assert selling.quantities() == [(7, 0, 7)]
    assert selling.quantities(at=selling.place(LocationKind.CUSTOMER)) == [(3, 0, 3)]
    (move,) = selling.by_keeper().find(StockMove, StockMove.reference == order.number)
    assert (move.quantity, move.source) == (3, selling.shelf)
    assert [one.state for one in selling.by_keeper().find(Reservation)] == [
        ReservationState.CONSUMED
    ]
    assert reserved(order) == [0]


def test_S13_with_the_inventory_shipping_writes_what_was_delivered_and_nobody_else(
    selling, seller, approved
):
    selling.count(selling.tea, 10)
    order = confirm(approved((selling.tea, 3), (selling.advice, 1)), selling.world.ctx(seller))
    part = DeliveryLine(line=order.lines[0], quantity=Decimal(1))

    with pytest.raises(Refused, match="delivered_elsewhere"):
        selling.by_keeper().create(Delivery(order=order, lines=[part]))
    ship(order, selling.by_keeper())

    (delivery,) = selling.by_keeper().find(Delivery)
    assert (delivery.source, [one.quantity for one in delivery.lines]) == ("Inventory", [3, 1])
    assert order.delivery_state is DeliveryState.FULL
    with pytest.raises(Refused, match="delivered_elsewhere"):
        Delivery.delete(delivery, selling.by_keeper())


def test_goods_are_reserved_in_the_unit_that_stock_is_counted_in(selling, seller, approved):
    ctx = selling.world.ctx()
    piece, box = (
        ctx.create(UnitOfMeasure(code=code, name=code, dimension=Dimension.COUNT))
        for code in ("pc", "box")
    )
    selling.tea.measured_in = piece
    ctx.create(ProductUnit(product=selling.tea, unit=box, numerator=12))
    selling.count(selling.tea, 40)
    order = approved((selling.tea, 3, box))

    confirm(order, selling.world.ctx(seller))

    assert selling.quantities() == [(40, 36, 4)]


def test_cancelling_lets_the_goods_go(selling, seller, approved):
    selling.count(selling.tea, 10)
    order = confirm(approved((selling.tea, 3)), selling.world.ctx(seller))

    cancel(order, selling.world.ctx(seller), reason="They changed their mind")

    assert selling.quantities() == [(10, 0, 10)]
    assert reserved(order) == [0]


def forget_reservations(selling, order):
    """Leave the order as it would be, had it been confirmed while the inventory was away."""
    ctx = selling.world.ctx()
    for transfer in ctx.find(Transfer):
        call_off(transfer, ctx, reason="Not known")


def test_an_order_confirmed_without_the_inventory_ships_what_is_there(selling, seller, approved):
    selling.count(selling.tea, 3)
    order = confirm(approved((selling.tea, 3)), selling.world.ctx(seller))
    forget_reservations(selling, order)

    ship(order, selling.by_keeper())

    assert selling.quantities() == [(0, 0, 0)]


def test_an_order_confirmed_without_the_inventory_is_not_shipped_from_an_empty_shelf(
    selling, seller, approved, attempt
):
    selling.count(selling.tea, 3)
    order = confirm(approved((selling.tea, 3)), selling.world.ctx(seller))
    forget_reservations(selling, order)
    selling.count(selling.tea, 2)
    tried = selling.world.session.begin_nested()

    with pytest.raises(Refused, match="shortage") as refused:
        ship(order, selling.by_keeper())

    tried.rollback()
    assert refused.value.params["missing"] == 1


def test_orders_that_ended_while_the_inventory_was_away_are_settled(selling, seller, approved):
    selling.count(selling.tea, 10)
    shipped, cancelled, waiting = (
        confirm(approved((selling.tea, many)), selling.world.ctx(seller)) for many in (1, 2, 3)
    )
    end_without_the_inventory(shipped, OrderState.DONE)
    end_without_the_inventory(cancelled, OrderState.CANCELLED)
    selling.world.session.expire_all()

    settled = settle_reservations(selling.by_keeper())

    assert settled == 2
    assert selling.quantities() == [(9, 3, 6)]
    assert reserved(waiting) == [3]
    assert settle_reservations(selling.by_keeper()) == 0


def begin_empty(selling):
    """Leave the quantities as if somebody had reserved and was removed."""
    selling.world.session.flush()
    connection = selling.world.session.connection()
    connection.execute(update(Reservation.__table__).values(state=ReservationState.RELEASED))
    selling.world.session.expire_all()


def test_freeing_a_location_leaves_what_orders_wait_for(selling, seller, approved):
    selling.count(selling.tea, 10)
    confirm(approved((selling.tea, 6)), selling.world.ctx(seller))

    release_reservations(selling.shelf, selling.by_keeper())

    assert selling.quantities() == [(10, 6, 4)]


def test_an_audit_finds_what_is_reserved_for_nobody(selling, seller, approved):
    selling.count(selling.tea, 10)
    confirm(approved((selling.tea, 6)), selling.world.ctx(seller))
    assert audited(selling) == []
    begin_empty(selling)

    assert audited(selling) == [("Tea", "MAIN", None, 6, 0)]
    release_reservations(selling.shelf, selling.by_keeper())
    assert audited(selling) == []


def audited(selling):
    ctx = selling.by_keeper()
    ctx.session.flush()
    return [tuple(row) for row in ctx.session.execute(reservation_differences.build(ctx))]


def end_without_the_inventory(order, state):
    """What the sales people did by hand while the inventory was not installed."""
    session = object_session(order)
    assert session is not None
    connection = session.connection()
    of_order = SalesOrder.id == order.id
    connection.execute(update(SalesOrder.__table__).where(of_order).values(state=state))
    if state is OrderState.DONE:
        on = date(2026, 1, 31)
        made = insert(Delivery.__table__).values(order_id=order.id, delivered_on=on)
        delivery = connection.execute(made.returning(Delivery.__table__.c.id)).scalar_one()
        for line in order.lines:
            said: dict[str, Any] = {"delivery_id": delivery, "line_id": line.id}
            said |= {"quantity": line.quantity, "created_at": func.clock_timestamp()}
            connection.execute(insert(DeliveryLine.__table__).values(said))
            connection.execute(
                update(SalesOrderLine.__table__)
                .where(SalesOrderLine.id == line.id)
                .values(quantity_delivered=line.quantity, delivered_on=on)
            )


def test_reservations_are_written_by_the_orders_steps_alone(selling):
    schema = selling.world.generation.schema
    wrote = {f"{verb}Reservation" for verb in ("create", "update", "delete")}

    assert wrote & schema.mutation_type.fields.keys() == set()


def test_I29_without_the_inventory_orders_work_and_show_no_stock(world):
    alone = world("sales_order")
    roles = ("seller", "manager", "finance")
    seller, manager, finance = (alone.person(f"sales_order.{role}") for role in roles)
    admin = alone.ctx()
    customer = admin.create(Party(name="A", street="B", city="C", contacts=[]))
    tea = admin.create(Product(name="Tea", price=Money(Decimal(18), "USD")))
    line = SalesOrderLine(product=tea, quantity=Decimal(3))

    ctx = alone.ctx(seller)
    said = {"customer": customer, "payment_method": PaymentMethod.CARD}
    order = ctx.create(SalesOrder(lines=[line], **said))
    alone.session.expire_all()
    verify(submit(order, ctx), alone.ctx(manager), evidence="They rang back")
    approve(order, alone.ctx(finance))
    ship(confirm(order, alone.ctx(seller)), alone.ctx(manager))

    assert order.state is OrderState.DONE
    assert order.total == Decimal(54)
    fields = alone.generation.schema.type_map["SalesOrderLine"].fields
    assert "reserved" not in fields
    assert "StockMove" not in alone.generation.schema.type_map
