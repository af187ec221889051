"""Gains and losses: counted and approved, or booked by those alone who may do so without a count."""

from decimal import Decimal

import pytest

from dougong import Forbidden, Refused
from dougong_inventory import (
    LocationKind,
    MoveState,
    StockMove,
    Transfer,
    TransferKind,
    TransferLine,
    book_count,
    call_off,
    carry_out,
    complete,
    expect,
    reverse_move,
)
from dougong_inventory.workflows.transfers import arrive, inspect, put_away
from dougong_product import Product

ALONE = ["inventory.keeper", "inventory.supervisor", "inventory.counter", "inventory.finance"]


@pytest.fixture
def keeper(stock):
    """The context of who keeps the warehouse, and may adjust nothing; five of the tea are there."""
    stock.count(stock.tea, 5)
    who = stock.world.person("inventory.keeper")
    return lambda: stock.world.ctx(who)


@pytest.mark.parametrize("role", ALONE)
def test_I12_nobody_books_a_difference_who_only_counts_keeps_or_approves(stock, role):
    alone = stock.world.person(role)
    stock.count(stock.tea, 5)
    ctx = stock.world.ctx(alone)

    with pytest.raises(Forbidden, match="needs_permission") as refused:
        book_count(stock.tea, ctx, location=stock.shelf, counted=Decimal(1))

    assert refused.value.params == {"permission": "inventory.adjust_stock"}
    assert stock.quantities() == [(5, 0, 5)]


@pytest.mark.parametrize("loses", [True, False])
def test_I12_a_keeper_drafts_a_gain_or_a_loss_and_does_not_book_it(stock, keeper, loses):
    nowhere = stock.place(LocationKind.ADJUSTMENT)
    ends = (stock.shelf, nowhere) if loses else (nowhere, stock.shelf)
    move = draft(stock, keeper(), *ends)

    with pytest.raises(Forbidden, match="counted_and_approved") as refused:
        complete(move, keeper())

    assert refused.value.params == {"permission": "inventory.adjust_stock"}
    assert move.state is MoveState.DRAFT
    assert stock.quantities() == [(5, 0, 5)]
    complete(move, stock.by_keeper())
    assert stock.quantities() == ([(4, 0, 4)] if loses else [(6, 0, 6)])


def test_I13_what_was_adjusted_is_not_taken_back_by_a_keeper(stock, keeper):
    (found,) = keeper().find(StockMove)

    with pytest.raises(Forbidden, match="counted_and_approved"):
        reverse_move(found, keeper(), reason="I know better")

    assert stock.quantities() == [(5, 0, 5)]
    reverse_move(found, stock.by_keeper(), reason="Counted twice")
    assert stock.quantities() == [(0, 0, 0)]


def test_I30_opening_stock_is_booked_by_those_who_may_adjust(stock, keeper):
    opening = document(stock, keeper, TransferKind.OPENING, "ADJUSTMENT", stock.shelf)

    with pytest.raises(Forbidden, match="counted_and_approved"):
        carry_out(opening, keeper())

    carry_out(opening, stock.by_keeper())
    assert stock.quantities() == [(7, 0, 7)]


def test_what_arrives_does_not_disappear_on_its_way(stock, keeper):
    nowhere = stock.place(LocationKind.ADJUSTMENT)
    receipt = document(stock, keeper, TransferKind.RECEIPT, "SUPPLIER", nowhere)
    for step in (expect, arrive, inspect):
        step(receipt, keeper())

    with pytest.raises(Forbidden, match="counted_and_approved"):
        put_away(receipt, keeper())


def test_a_keeper_goes_on_moving_everything_else(stock, keeper):
    customers = stock.place(LocationKind.CUSTOMER)

    complete(draft(stock, keeper(), stock.shelf, customers, 2), keeper())

    assert stock.quantities() == [(3, 0, 3)]


def draft(stock, ctx, source, destination, quantity=1):
    """Some of the tea, to be moved."""
    ends = {"source": source, "destination": destination}
    return ctx.create(StockMove(product=stock.tea, quantity=Decimal(quantity), **ends))


def document(stock, keeper, kind, source, destination):
    """Two of the tea, from a place that all share."""
    nowhere, ctx = stock.place(LocationKind[source]), keeper()
    made = ctx.create(
        Transfer(
            kind=kind,
            source=nowhere,
            destination=destination,
            lines=[TransferLine(product=stock.tea, quantity=Decimal(2))],
        )
    )
    ctx.session.flush()
    ctx.session.expire_all()
    return made


def test_what_lies_on_a_shelf_is_not_taken_off_the_list(stock):
    """§5.5, before_archive."""
    editor = stock.world.ctx(stock.world.person("product.editor"))
    stock.count(stock.tea, 5)

    with pytest.raises(Refused, match="still_in_stock") as refused:
        Product.update(stock.tea, editor, active=False)

    assert (refused.value.at, refused.value.params) == (("active",), {"product": stock.tea.name})
    stock.count(stock.tea, 0)
    Product.update(stock.tea, editor, active=False)
    assert not stock.tea.active


def test_what_is_on_its_way_is_not_taken_off_the_list(stock, keeper):
    editor = stock.world.ctx(stock.world.person("product.editor"))
    receipt = document(stock, keeper, TransferKind.RECEIPT, "SUPPLIER", stock.shelf)
    stock.count(stock.tea, 0)

    with pytest.raises(Refused, match="still_in_stock"):
        Product.update(stock.tea, editor, active=False)

    supervisor = stock.world.ctx(stock.world.person("inventory.supervisor"))
    call_off(receipt, supervisor, reason="Never mind")
    Product.update(stock.tea, editor, active=False)
    assert not stock.tea.active
