"""Transfers: what arrives, what leaves, and what is brought elsewhere."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong.access.context import Context
from dougong_inventory import (
    BackorderPolicy,
    Location,
    LocationKind,
    Lot,
    ProductTracking,
    Reservation,
    StockMove,
    StockQuantity,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
    Warehouse,
    arrive,
    call_off,
    carry_out,
    check,
    complete,
    count_picked,
    dispatch,
    expect,
    hold_transfer,
    inspect,
    let_go,
    pack,
    pick,
    put_away,
    put_back,
    reallocate,
    receive,
    request,
    reserve_line,
    resume_transfer,
    reverse_move,
    set_stock_policy,
    ship,
)
from dougong_inventory.actions.gifts import reserve_gifts
from dougong_inventory.jobs.reservations import expire_reservations, keep_for_those_who_wait
from dougong_inventory.reports.differences import reservation_differences
from dougong_product import Dimension, Product, ProductUnit, UnitOfMeasure


@pytest.fixture
def by(stock):
    """The context of the keeper, or of another person by what they are called."""
    people = {
        "keeper": stock.keeper,
        "picker": stock.world.person("inventory.picker"),
        "checker": stock.world.person("inventory.picker"),
        "supervisor": stock.world.person("inventory.supervisor"),
    }
    return lambda who="keeper": stock.world.ctx(people[who])


@pytest.fixture
def draft(stock, by):
    """Drafts a transfer of tea, or of (product, quantity, said) lines."""

    def make(kind, *lines, source=None, to=None, **said):
        ends = {
            TransferKind.RECEIPT: (LocationKind.SUPPLIER, None),
            TransferKind.DELIVERY: (None, LocationKind.CUSTOMER),
            TransferKind.RETURN_IN: (LocationKind.CUSTOMER, None),
        }.get(kind, (None, None))
        first, last = (one and stock.place(one) for one in ends)
        wanted = [
            TransferLine(product=product, quantity=Decimal(many), **(more[0] if more else {}))
            for product, many, *more in lines
        ]
        place = {"source": source or first, "destination": to or last or stock.shelf}
        transfer = by().create(Transfer(kind=kind, lines=wanted, **place, **said))
        stock.world.session.expire_all()
        return transfer

    return make


@pytest.fixture
def delivery(stock, by, draft):
    """A requested delivery of so much tea."""
    return lambda many, **said: request(
        draft(TransferKind.DELIVERY, (stock.tea, many), **said), by()
    )


def promised(stock):
    ctx = stock.by_keeper()
    ctx.session.flush()
    return ctx.session.execute(reservation_differences.build(ctx)).all()


def line_of(transfer):
    return transfer.lines[0]


def moved(stock, transfer):
    moves = stock.by_keeper().find(StockMove, StockMove.transfer == transfer)
    return [(one.source.code, one.destination.code, int(one.quantity)) for one in moves]


def test_I03_accepted_goods_are_put_away_and_rejected_ones_kept_in_quarantine(stock, by, draft):
    receipt = expect(draft(TransferKind.RECEIPT, (stock.tea, 100)), by())
    arrive(receipt, by())
    TransferLine.update(line_of(receipt), by(), accepted=Decimal(90), rejected=Decimal(10))

    inspect(receipt, by())
    put_away(receipt, by())

    assert receipt.state is TransferState.DONE
    assert stock.quantities() == [(90, 0, 90)]
    quarantine = stock.by_keeper().find(Location, Location.code == "MAIN-QUARANTINE")[0]
    assert quarantine.warehouse is stock.shelf.warehouse
    assert stock.quantities(at=quarantine) == [(10, 0, 10)]
    assert line_of(receipt).done == 100


def test_I03_what_is_not_counted_is_good_and_no_more_arrives_than_is_tolerated(stock, by, draft):
    Warehouse.update(stock.shelf.warehouse, by(), over_receipt=Decimal("0.05"))
    receipt = arrive(expect(draft(TransferKind.RECEIPT, (stock.tea, 100)), by()), by())
    TransferLine.update(line_of(receipt), by(), accepted=Decimal(106))

    with pytest.raises(Refused, match="over_receipt"):
        inspect(receipt, by())
    TransferLine.update(line_of(receipt), by(), accepted=Decimal(105))
    put_away(inspect(receipt, by()), by())

    assert stock.quantities() == [(105, 0, 105)]


def test_I03_what_has_not_come_is_expected_again(stock, by, draft):
    receipt = arrive(expect(draft(TransferKind.RECEIPT, (stock.tea, 10)), by()), by())
    TransferLine.update(line_of(receipt), by(), accepted=Decimal(7))
    inspect(receipt, by())

    tried = stock.world.session.begin_nested()
    with pytest.raises(Invalid, match="say_whether_the_rest_follows"):
        put_away(receipt, by())
    tried.rollback()
    stock.world.session.expire_all()
    put_away(receipt, by(), backorder=True)

    (rest,) = by().find(Transfer, Transfer.backorder_of == receipt)
    assert (rest.state, line_of(rest).base_quantity) == (TransferState.EXPECTED, 3)


def test_lots_are_told_when_goods_arrive_and_what_expires_first_leaves_first(stock, by, draft):
    set_stock_policy(stock.tea, by(), tracking=ProductTracking.LOT)
    today = by().now.date()
    late, soon, over = (
        by().create(Lot(product=stock.tea, number=name, expires_on=today + timedelta(days)))
        for name, days in (("late", 90), ("soon", 9), ("over", -1))
    )
    lines = [(stock.tea, 10, {"lot": lot}) for lot in (late, soon, over)]
    receipt = arrive(expect(draft(TransferKind.RECEIPT, *lines), by()), by())
    put_away(inspect(receipt, by()), by())

    delivery = request(draft(TransferKind.DELIVERY, (stock.tea, 15)), by())

    kept = [(one.lot.number, int(one.quantity)) for one in by().find(Reservation)]
    assert kept == [("soon", 10), ("late", 5)]
    ship(pack(pick(delivery, by()), by()), by())
    with pytest.raises(Refused, match="insufficient_stock"):
        pick(request(draft(TransferKind.DELIVERY, (stock.tea, 1, {"lot": over})), by()), by())


def test_a_receipt_of_lots_says_which(stock, by, draft):
    set_stock_policy(stock.tea, by(), tracking=ProductTracking.LOT)
    receipt = arrive(expect(draft(TransferKind.RECEIPT, (stock.tea, 10)), by()), by())

    with pytest.raises(Invalid, match="lot_missing"):
        inspect(receipt, by())


def test_a_blocked_lot_is_not_promised_and_does_not_leave(stock, by):
    set_stock_policy(stock.tea, by(), tracking=ProductTracking.LOT)
    lot = by().create(Lot(product=stock.tea, number="A"))
    supplier, customer = stock.place(LocationKind.SUPPLIER), stock.place(LocationKind.CUSTOMER)
    complete(stock.move(5, supplier, stock.shelf, lot=lot), by())
    Lot.update(lot, by(), blocked=True)

    with pytest.raises(Refused, match="lot_blocked"):
        complete(stock.move(5, stock.shelf, customer, lot=lot), by())


def test_a_piece_with_a_serial_number_is_in_one_place(stock, by):
    set_stock_policy(stock.tea, by(), tracking=ProductTracking.SERIAL)
    piece = by().create(Lot(product=stock.tea, number="SN1"))
    supplier, found = stock.place(LocationKind.SUPPLIER), stock.place(LocationKind.ADJUSTMENT)
    other = stock.open("SECOND")
    complete(stock.move(1, supplier, stock.shelf, lot=piece), by())

    for source in (supplier, found):
        with pytest.raises(Refused, match="piece_is_elsewhere"):
            complete(stock.move(1, source, other, lot=piece), by())
    with pytest.raises(Invalid, match="one_piece_each"):
        stock.move(2, stock.shelf, other, lot=piece)
    complete(stock.move(1, stock.shelf, other, lot=piece), by())

    at = by().find(StockQuantity, StockQuantity.on_hand > 0)
    assert [one.location for one in at] == [other]


def test_I04_a_delivery_is_kept_picked_packed_and_shipped(stock, by, delivery):
    stock.count(stock.tea, 10)

    transfer = delivery(4)
    assert transfer.state is TransferState.RESERVED
    assert stock.quantities() == [(10, 4, 6)]
    for step in (pick, pack, ship):
        step(transfer, by("picker"))

    assert transfer.state is TransferState.SHIPPED
    assert stock.quantities() == [(6, 0, 6)]
    assert moved(stock, transfer) == [("MAIN", "CUSTOMER", 4)]
    assert promised(stock) == []


def test_I04_nothing_is_picked_that_is_not_there(stock, by, delivery):
    transfer = delivery(4)

    assert transfer.state is TransferState.WAITING
    with pytest.raises(Refused, match="insufficient_stock"):
        pick(transfer, by("picker"))
    with pytest.raises(WrongState):
        ship(transfer, by("picker"))


def test_I04_somebody_else_checks_where_the_warehouse_wants_it(stock, by, delivery):
    Warehouse.update(stock.shelf.warehouse, by(), second_check=True)
    stock.count(stock.tea, 10)
    transfer = pick(delivery(4), by("picker"))

    with pytest.raises(Refused, match="not_checked"):
        pack(transfer, by("picker"))
    with pytest.raises(Forbidden, match="same_person"):
        check(transfer, by("picker"))
    check(transfer, by("checker"))

    assert pack(transfer, by("picker")).state is TransferState.PACKED


@pytest.mark.parametrize(
    ("policy", "said", "rest"),
    [
        (BackorderPolicy.ALWAYS, None, [6]),
        (BackorderPolicy.NEVER, None, []),
        (BackorderPolicy.ASK, True, [6]),
        (BackorderPolicy.ASK, False, []),
    ],
)
def test_I04_what_becomes_of_the_rest_of_a_part(stock, by, delivery, policy, said, rest):
    stock.count(stock.tea, 4)
    transfer = pack(pick(delivery(10, backorders=policy), by()), by())

    ship(transfer, by(), backorder=said)

    later = by().find(Transfer, Transfer.backorder_of == transfer)
    assert [int(line_of(one).base_quantity) for one in later] == rest
    assert [one.state for one in later] == [TransferState.WAITING for _ in rest]


def test_I04_whoever_ships_a_part_says_whether_the_rest_follows(stock, by, delivery):
    stock.count(stock.tea, 4)
    transfer = pack(pick(delivery(10), by()), by())

    with pytest.raises(Invalid, match="say_whether_the_rest_follows"):
        ship(transfer, by())


def test_I04_what_was_not_found_is_let_go_and_follows(stock, by, delivery):
    stock.count(stock.tea, 10)
    transfer = delivery(5, backorders=BackorderPolicy.ALWAYS)
    with pytest.raises(Invalid, match="picked_beyond_kept"):
        count_picked(line_of(transfer), by("picker"), picked=Decimal(6))
    count_picked(line_of(transfer), by("picker"), picked=Decimal(3))

    pick(transfer, by("picker"))
    assert stock.quantities() == [(10, 3, 7)]
    ship(pack(transfer, by("picker")), by("picker"))

    (rest,) = by().find(Transfer, Transfer.backorder_of == transfer)
    assert (rest.state, line_of(rest).reserved) == (TransferState.RESERVED, 2)
    assert stock.quantities() == [(7, 2, 5)]


def test_what_is_held_waits_until_it_may_go_on(stock, by, delivery):
    stock.count(stock.tea, 10)
    transfer = hold_transfer(delivery(5), by("supervisor"), reason="Unpaid")

    with pytest.raises(Refused, match="transfer_is_held"):
        pick(transfer, by("picker"))
    resume_transfer(transfer, by("supervisor"))

    assert pick(transfer, by("picker")).state is TransferState.PICKED


def test_what_was_picked_can_be_put_back_and_then_called_off(stock, by, delivery):
    stock.count(stock.tea, 10)
    transfer = pack(pick(delivery(5), by()), by())
    with pytest.raises(WrongState):
        call_off(transfer, by("supervisor"), reason="Not wanted")

    call_off(put_back(transfer, by()), by("supervisor"), reason="Not wanted")

    assert stock.quantities() == [(10, 0, 10)]


def test_I05_goods_are_given_from_one_transfer_to_another_and_the_total_stays(stock, by, delivery):
    stock.count(stock.tea, 10)
    first, second = delivery(8), delivery(6)
    assert [line_of(one).reserved for one in (first, second)] == [8, 2]

    reallocate(
        line_of(first),
        by("supervisor"),
        to=line_of(second),
        quantity=Decimal(4),
        reason="They wait longer",
    )

    assert [line_of(one).reserved for one in (first, second)] == [4, 6]
    assert [first.state, second.state] == [TransferState.WAITING, TransferState.RESERVED]
    assert stock.quantities() == [(10, 10, 0)]
    assert promised(stock) == []


def test_I05_a_keeper_does_not_decide_who_gets_what_is_scarce(stock, by, delivery):
    stock.count(stock.tea, 10)
    first, second = delivery(8), delivery(6)

    with pytest.raises(Forbidden, match="needs_permission"):
        reallocate(line_of(first), by(), to=line_of(second), quantity=Decimal(1), reason="So")
    with pytest.raises(Invalid, match="reallocated_too_much"):
        reallocate(
            line_of(first),
            by("supervisor"),
            to=line_of(second),
            quantity=Decimal(5),
            reason="So",
        )


def test_I05_what_arrives_is_kept_for_those_who_wait_by_their_day(stock, by, delivery):
    today = by().now.date()
    later = delivery(5, scheduled_on=today + timedelta(9))
    sooner = delivery(5, scheduled_on=today + timedelta(1))
    stock.count(stock.tea, 7)

    ctx = by()
    with ctx.acting_as("inventory"):
        keep_for_those_who_wait.rule(ctx, product=stock.tea)

    assert [sooner.state, later.state] == [TransferState.RESERVED, TransferState.WAITING]
    assert [line_of(one).reserved for one in (sooner, later)] == [5, 2]


def test_what_is_kept_too_long_is_let_go(stock, by, draft, delivery):
    stock.count(stock.tea, 10)
    kept = delivery(5)
    let_go(kept, by())
    now = by().now
    ctx = by()
    with ctx.acting_as("inventory"):
        reserve_line(line_of(kept), ctx, expires_at=now + timedelta(hours=1))
    stays = delivery(3)
    later = Context(stock.world.generation, stock.world.session, stock.keeper, now + timedelta(1))

    with later.acting_as("inventory"):
        expire_reservations.rule(later)

    assert [line_of(kept).reserved, line_of(stays).reserved] == [0, 3]
    assert stock.quantities() == [(10, 3, 7)]
    assert promised(stock) == []


def test_I23_within_a_warehouse_goods_move_in_one_step(stock, by, draft):
    stock.count(stock.tea, 10)
    house = stock.shelf.warehouse
    shelf = by().create(Location(name="A1", code="A1", warehouse=house, parent=stock.shelf))

    transfer = draft(TransferKind.INTERNAL, (stock.tea, 4), source=stock.shelf, to=shelf)
    carry_out(transfer, by())

    assert transfer.state is TransferState.DONE
    assert stock.quantities(at=shelf) == [(4, 0, 4)]


def test_I23_between_warehouses_goods_are_in_transit_until_somebody_else_receives_them(
    stock, by, draft
):
    other = stock.open("SECOND")
    stock.count(stock.tea, 10)
    transfer = draft(TransferKind.INTERNAL, (stock.tea, 4), source=stock.shelf, to=other)
    with pytest.raises(Refused, match="through_transit"):
        carry_out(transfer, by())

    pack(pick(request(transfer, by()), by()), by())
    with pytest.raises(Refused, match="through_transit"):
        ship(transfer, by())
    dispatch(transfer, by())
    (transit,) = by().find(Location, Location.kind == LocationKind.TRANSIT)
    assert transit.warehouse is stock.shelf.warehouse
    assert stock.quantities(at=transit) == [(4, 0, 4)]
    with pytest.raises(Forbidden, match="same_person"):
        receive(transfer, by())
    TransferLine.update(line_of(transfer), by(), accepted=Decimal(2), rejected=Decimal(1))
    receive(transfer, by("supervisor"))

    assert transfer.state is TransferState.DONE
    assert stock.quantities(at=other) == [(2, 0, 2)]
    assert stock.quantities(at=transit) == [(1, 0, 1)]


def test_I23_a_warehouse_may_allow_one_step(stock, by, draft):
    other = stock.open("SECOND")
    Warehouse.update(stock.shelf.warehouse, by(), one_step_transfers=True)
    stock.count(stock.tea, 10)

    carry_out(draft(TransferKind.INTERNAL, (stock.tea, 4), source=stock.shelf, to=other), by())

    assert stock.quantities(at=other) == [(4, 0, 4)]


def test_I23_where_one_step_is_allowed_goods_may_be_in_transit_all_the_same(stock, by, draft):
    other = stock.open("SECOND")
    Warehouse.update(stock.shelf.warehouse, by(), one_step_transfers=True)
    stock.count(stock.tea, 10)
    transfer = draft(TransferKind.INTERNAL, (stock.tea, 4), source=stock.shelf, to=other)
    for step in (request, pick, pack, dispatch):
        step(transfer, by())
    assert (stock.quantities(), stock.quantities(at=other)) == ([(6, 0, 6)], [])

    receive(transfer, by("supervisor"))

    assert stock.quantities(at=other) == [(4, 0, 4)]


def test_a_mirror_is_not_taken_back(stock, by):
    mirror = reverse_move(stock.count(stock.tea, 5), by(), reason="Counted twice")

    with pytest.raises(Refused, match="reversal_stays"):
        reverse_move(mirror, by(), reason="It was right after all")

    assert stock.quantities() == [(0, 0, 0)]


def test_what_customers_return_is_in_quarantine_until_it_is_put_back(stock, by, draft):
    with pytest.raises(Invalid, match="wrong_end"):
        draft(TransferKind.RETURN_IN, (stock.tea, 2))
    house = stock.shelf.warehouse
    bay = by().create(
        Location(name="Bay", code="BAY", kind=LocationKind.QUARANTINE, warehouse=house)
    )

    returned = arrive(expect(draft(TransferKind.RETURN_IN, (stock.tea, 2), to=bay), by()), by())
    put_away(inspect(returned, by()), by())
    assert stock.quantities(at=bay) == [(2, 0, 2)]
    carry_out(draft(TransferKind.INTERNAL, (stock.tea, 2), source=bay), by())

    assert stock.quantities() == [(2, 0, 2)]


def test_a_move_is_taken_back_once_by_its_mirror(stock, by):
    move = stock.count(stock.tea, 5)

    mirror = reverse_move(move, by(), reason="Counted twice")

    assert (mirror.reversal_of, mirror.source, mirror.destination) == (
        move,
        move.destination,
        move.source,
    )
    assert mirror.entry_number > move.entry_number
    assert stock.quantities() == [(0, 0, 0)]
    with pytest.raises(Refused, match="reversed_already"):
        reverse_move(move, by(), reason="Counted twice")


def test_a_move_whose_goods_have_left_is_not_taken_back(stock, by):
    move = stock.count(stock.tea, 5)
    complete(stock.move(1, stock.shelf, stock.place(LocationKind.CUSTOMER)), by())

    with pytest.raises(Refused, match="stock_shortage"):
        reverse_move(move, by(), reason="Counted twice")


@pytest.fixture
def boxes(stock, by):
    """Tea is counted in pieces; twelve of them are a box."""
    admin = stock.world.ctx()
    piece, box = (
        admin.create(UnitOfMeasure(code=code, name=code, dimension=Dimension.COUNT))
        for code in ("pc", "box")
    )
    stock.tea.measured_in = piece
    admin.create(ProductUnit(product=stock.tea, unit=box, numerator=12))
    stock.world.session.flush()
    stock.world.session.expire_all()
    return box


def test_a_line_is_converted_exactly(stock, draft, boxes):
    transfer = draft(TransferKind.DELIVERY, (stock.tea, "1.5", {"unit": boxes}))

    assert line_of(transfer).base_quantity == 18
    with pytest.raises(Invalid, match="unit_not_exact"):
        draft(TransferKind.DELIVERY, (stock.tea, "0.1429", {"unit": boxes}))


def test_I02_how_goods_are_kept_and_counted_stays_once_they_have_moved(stock, by, boxes):
    set_stock_policy(stock.tea, by(), tracking=ProductTracking.LOT)
    set_stock_policy(stock.tea, by())
    stock.count(stock.tea, 5)

    changes = {"measured_in": None}
    with pytest.raises(Invalid, match="immutable_after_use"):
        Product.update(stock.tea, stock.world.ctx(), **changes)
    with pytest.raises(Invalid, match="immutable_after_use"):
        set_stock_policy(stock.tea, by(), tracking=ProductTracking.LOT)
    with pytest.raises(Invalid, match="unit_is_fixed"):
        UnitOfMeasure.update(stock.tea.measured_in, stock.world.ctx(), numerator=7)


def test_a_place_is_not_part_of_itself_and_a_view_holds_nothing(stock, by):
    aisle = by().create(Location(name="A", code="A", kind=LocationKind.VIEW))
    shelf = by().create(Location(name="A1", code="A1", parent=aisle))

    with pytest.raises(Invalid, match="place_in_itself"):
        Location.update(aisle, by(), parent=shelf)
    with pytest.raises(Invalid, match="view_holds_nothing"):
        stock.move(1, stock.place(LocationKind.SUPPLIER), aisle)


def test_goods_are_kept_from_all_parts_of_a_place_and_from_no_other(stock, by, draft):
    aisle = by().create(Location(name="A", code="A", kind=LocationKind.VIEW))
    shelf = by().create(Location(name="A1", code="A1", parent=aisle))
    stock.count(stock.tea, 3, shelf)
    stock.count(stock.tea, 10)

    transfer = request(draft(TransferKind.DELIVERY, (stock.tea, 5), source=aisle), by())

    assert (transfer.state, line_of(transfer).reserved) == (TransferState.WAITING, 3)


def test_more_is_taken_than_is_there_only_where_that_is_allowed(stock, by):
    customer = stock.place(LocationKind.CUSTOMER)
    Location.update(stock.shelf, by(), negative_allowed=True)

    complete(stock.move(2, stock.shelf, customer), by())

    assert stock.quantities() == [(-2, 0, -2)]


def test_nothing_is_booked_that_is_to_come(stock, by):
    soon = by().now + timedelta(hours=1)

    with pytest.raises(Invalid, match="in_the_future"):
        stock.move(1, stock.place(LocationKind.SUPPLIER), stock.shelf, effective_at=soon)


@pytest.mark.parametrize("kind", ["GIFT", "REDEMPTION", "COUNT", "TRACE_FIX"])
def test_I24_nobody_writes_transfers_by_hand_that_other_documents_bring_about(
    stock, by, draft, kind
):
    with pytest.raises(Invalid, match="not_by_hand"):
        draft(
            TransferKind(kind),
            (stock.tea, 1),
            source=stock.shelf,
            to=stock.place(LocationKind.GIFT),
        )


@pytest.mark.parametrize("kind", [LocationKind.CUSTOMER, LocationKind.GIFT, LocationKind.SCRAP])
def test_I23_internal_transfers_stay_with_us(stock, by, draft, kind):
    to = stock.place(kind)

    with pytest.raises(Invalid, match="not_ours"):
        draft(TransferKind.INTERNAL, (stock.tea, 1), source=stock.shelf, to=to)


def kept_gifts(stock, many):
    approver, now = stock.world.person("inventory.gift_approver"), stock.by_keeper().now
    said = {"location": stock.shelf, "source": "campaign.Campaign:7"}
    return reserve_gifts(
        stock.tea,
        stock.world.ctx(approver),
        quantity=Decimal(many),
        expires_at=now + timedelta(hours=1),
        **said,
    )


def test_I24_kept_gifts_leave_with_a_gift_alone(stock, by):
    stock.count(stock.tea, 10)
    kept = kept_gifts(stock, 4)
    resume_transfer(kept, by("supervisor"))

    for step in (pick, carry_out):
        with pytest.raises(Refused, match="wrong_kind_of_transfer"):
            step(kept, by())


def test_I26_gifts_whose_time_is_over_do_not_wait_for_more(stock, by):
    stock.count(stock.tea, 10)
    kept = kept_gifts(stock, 4)
    later = Context(
        stock.world.generation, stock.world.session, stock.keeper, by().now + timedelta(1)
    )

    with later.acting_as("inventory"):
        expire_reservations.rule(later)
        keep_for_those_who_wait.rule(later, product=stock.tea)

    assert kept.state is TransferState.CANCELLED
    assert stock.quantities() == [(10, 0, 10)]


def test_I05_goods_are_given_to_a_transfer_from_where_it_takes_them(stock, by, delivery):
    other = stock.open("EAST")
    stock.count(stock.tea, 5)
    first = delivery(5, source=stock.shelf)
    second = delivery(3, source=other)

    with pytest.raises(Refused, match="insufficient_stock"), by().attempt():
        reallocate(
            line_of(first),
            by("supervisor"),
            to=line_of(second),
            quantity=Decimal(3),
            reason="They wait longer",
        )
