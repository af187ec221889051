"""Moves: both sides at once, and never more than there is."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, update

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_inventory import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
    Warehouse,
    book_count,
    cancel,
    complete,
    release_reservations,
    reserve,
)
from dougong_inventory.reports.differences import stock_differences
from dougong_product import Product, ProductKind


def test_a_new_warehouse_has_one_stock_location_and_the_places_that_all_share(stock):
    stock.open("SECOND")

    places = stock.by_keeper().find(Location)
    assert [(place.code, place.kind.name) for place in places] == [
        ("MAIN", "STOCK"),
        ("SUPPLIER", "SUPPLIER"),
        ("CUSTOMER", "CUSTOMER"),
        ("ADJUSTMENT", "ADJUSTMENT"),
        ("SECOND", "STOCK"),
    ]
    assert places[0].warehouse is stock.by_keeper().find(Warehouse)[0]


def test_a_receipt_puts_goods_on_hand_and_leaves_the_suppliers_below_zero(stock):
    supplier = stock.place(LocationKind.SUPPLIER)

    move = complete(stock.move(10, supplier, stock.shelf), stock.by_keeper())

    assert move.state is MoveState.DONE
    assert move.done_at is not None
    assert stock.quantities() == [(10, 0, 10)]
    assert stock.quantities(at=supplier) == [(-10, 0, -10)]


def test_a_draft_moves_nothing(stock):
    stock.move(10, stock.place(LocationKind.SUPPLIER), stock.shelf)

    assert stock.quantities() == []


def test_goods_move_from_one_shelf_to_another(stock):
    other = stock.open("SECOND")
    stock.count(stock.tea, 10)

    complete(stock.move(4, stock.shelf, other), stock.by_keeper())

    assert stock.quantities() == [(6, 0, 6)]
    assert stock.quantities(at=other) == [(4, 0, 4)]


def test_no_more_can_leave_a_shelf_than_is_there(stock):
    stock.count(stock.tea, 3)
    move = stock.move(5, stock.shelf, stock.place(LocationKind.CUSTOMER))

    with pytest.raises(Refused, match="stock_shortage") as refused:
        complete(move, stock.by_keeper())

    assert refused.value.params == {
        "product": "Tea",
        "location": "MAIN",
        "wanted": 5,
        "available": 3,
        "missing": 2,
    }
    assert move.state is MoveState.DRAFT
    assert stock.quantities() == [(3, 0, 3)]


def test_a_done_move_is_never_changed_or_deleted(stock):
    move = stock.count(stock.tea, 3)

    with pytest.raises(WrongState, match="move_is_over"):
        StockMove.update(move, stock.by_keeper(), quantity=Decimal(1))
    with pytest.raises(WrongState, match="move_is_over"):
        StockMove.delete(move, stock.by_keeper())


def test_a_done_move_is_not_cancelled(stock):
    with pytest.raises(WrongState, match="wrong_state"):
        cancel(stock.count(stock.tea, 3), stock.by_keeper())


def test_a_cancelled_move_is_not_completed(stock):
    move = cancel(stock.move(1, stock.place(LocationKind.SUPPLIER), stock.shelf), stock.by_keeper())

    with pytest.raises(WrongState, match="wrong_state"):
        complete(move, stock.by_keeper())


def test_a_move_leads_to_another_place(stock):
    with pytest.raises(Invalid, match="same_place") as refused:
        stock.move(1, stock.shelf, stock.shelf)

    assert refused.value.at == ("destination",)


def test_a_draft_cannot_be_changed_to_lead_nowhere(stock):
    move = stock.move(1, stock.place(LocationKind.SUPPLIER), stock.shelf)

    with pytest.raises(Invalid, match="same_place"):
        StockMove.update(move, stock.by_keeper(), source=stock.shelf)


def test_a_service_is_not_moved(stock):
    with pytest.raises(Invalid, match="not_goods"):
        stock.move(1, stock.place(LocationKind.SUPPLIER), stock.shelf, product=stock.advice)


def test_a_count_books_what_was_found_and_what_was_lost(stock):
    found = stock.count(stock.tea, 39)
    lost = stock.count(stock.tea, 36)

    assert (found.quantity, found.destination) == (39, stock.shelf)
    assert (lost.quantity, lost.source) == (3, stock.shelf)
    assert stock.quantities() == [(36, 0, 36)]


def test_a_count_that_agrees_books_nothing(stock):
    stock.count(stock.tea, 39)

    with pytest.raises(Refused, match="nothing_to_adjust"):
        stock.count(stock.tea, 39)


def test_goods_are_counted_on_own_shelves_only(stock):
    with pytest.raises(Invalid, match="counted_elsewhere"):
        stock.count(stock.tea, 1, stock.place(LocationKind.CUSTOMER))


def test_nobody_counts_below_zero(stock):
    with pytest.raises(Invalid, match="counted_below_zero"):
        stock.count(stock.tea, -1)


@pytest.mark.parametrize("counted", ["3.99995", "5.00001", "0.00001"])
def test_a_count_is_not_more_exact_than_the_books(stock, counted):
    stock.count(stock.tea, 5)

    with pytest.raises(Invalid, match="counted_too_finely") as refused:
        stock.count(stock.tea, counted)

    assert refused.value.at == ("counted",)
    assert stock.quantities() == [(5, 0, 5)]


def test_zeros_behind_the_fourth_decimal_do_not_make_a_count_more_exact(stock):
    assert stock.count(stock.tea, "3.999900000").quantity == Decimal("3.9999")


def test_goods_that_have_been_kept_do_not_turn_into_a_service(stock):
    stock.count(stock.tea, 3)

    with pytest.raises(Invalid, match="immutable_after_use") as refused:
        turn_into_a_service(stock)

    assert refused.value.at == ("kind",)


def test_goods_that_are_about_to_be_moved_do_not_turn_into_a_service(stock):
    stock.move(1, stock.place(LocationKind.SUPPLIER), stock.shelf)

    with pytest.raises(Invalid, match="immutable_after_use"):
        turn_into_a_service(stock)


def test_goods_that_were_never_kept_may_turn_into_a_service(stock):
    turn_into_a_service(stock)

    assert stock.tea.kind is ProductKind.SERVICE


def test_goods_in_stock_may_be_renamed(stock):
    stock.count(stock.tea, 3)

    Product.update(stock.tea, stock.world.ctx(), name="Green tea", kind=ProductKind.GOODS)

    assert stock.tea.name == "Green tea"


def turn_into_a_service(stock):
    Product.update(stock.tea, stock.world.ctx(), kind=ProductKind.SERVICE)


def test_what_nobody_reserves_any_more_can_be_freed(stock):
    other = stock.open("SECOND")
    for place in (stock.shelf, other):
        stock.count(stock.tea, 10, place)
        assert reserve(stock.tea, place, Decimal(6), stock.by_keeper())

    release_reservations(stock.shelf, stock.by_keeper())

    assert stock.quantities() == [(10, 0, 10)]
    assert stock.quantities(at=other) == [(10, 6, 4)]
    stock.count(stock.tea, 0)


def test_a_reader_frees_nothing(stock):
    reader = stock.world.ctx(stock.world.person("inventory.reader"))

    with pytest.raises(Forbidden, match="needs_permission"):
        release_reservations(stock.shelf, reader)


def test_quantities_are_written_by_moves_alone(stock):
    schema = stock.world.generation.schema

    assert [name for name in schema.mutation_type.fields if "StockQuantity" in name] == []


def test_a_place_that_has_held_goods_keeps_its_kind(stock):
    stock.count(stock.tea, 3)

    with pytest.raises(Invalid, match="location_in_use"):
        Location.update(stock.shelf, stock.by_keeper(), kind=LocationKind.SUPPLIER)


def test_a_reader_moves_nothing(stock):
    reader = stock.world.ctx(stock.world.person("inventory.reader"))

    with pytest.raises(Forbidden, match="needs_permission"):
        book_count(stock.tea, reader, location=stock.shelf, counted=Decimal(1))


def test_I01_quantities_are_what_the_done_moves_add_up_to(world, stock):
    stock.count(stock.tea, 10)
    complete(stock.move(4, stock.shelf, stock.place(LocationKind.CUSTOMER)), stock.by_keeper())
    stock.move(1, stock.shelf, stock.place(LocationKind.CUSTOMER))

    assert audited(stock) == []


def test_an_audit_finds_a_quantity_that_no_move_explains(stock):
    stock.count(stock.tea, 10)
    tampering = stock.world.session.begin_nested()
    stock.world.session.execute(
        update(StockQuantity).where(StockQuantity.location == stock.shelf).values(on_hand=12)
    )

    assert audited(stock) == [("Tea", "MAIN", None, 12, 10)]
    tampering.rollback()


def test_an_audit_finds_a_quantity_that_is_gone(stock):
    stock.count(stock.tea, 10)
    tampering = stock.world.session.begin_nested()
    stock.world.session.execute(delete(StockQuantity).where(StockQuantity.location == stock.shelf))

    assert audited(stock) == [("Tea", "MAIN", None, 0, 10)]
    tampering.rollback()


def audited(stock):
    ctx = stock.by_keeper()
    ctx.session.flush()
    return [tuple(row) for row in ctx.session.execute(stock_differences.build(ctx))]
