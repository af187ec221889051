"""From draft to done: who does what, and what cannot be done any more."""

from decimal import Decimal

import pytest

from dougong import Forbidden, Refused, WrongState
from dougong_sales_order import (
    OrderState,
    SalesOrder,
    SalesOrderLine,
    approve,
    cancel,
    confirm,
    reject,
    ship,
    submit,
    verify,
)


@pytest.fixture
def order(shop):
    return shop.order(shop.line(shop.tea, "2"))


@pytest.fixture
def submitted(shop, order):
    return submit(order, shop.by_seller())


@pytest.fixture
def confirmed(shop, submitted):
    return confirm(shop.reviewed(submitted), shop.by_seller())


def test_an_order_goes_from_draft_to_done(shop, order):
    submit(order, shop.by_seller())
    verify(order, shop.by_manager(), evidence="They rang back")
    approve(order, shop.by_finance())
    confirm(order, shop.by_seller())
    ship(order, shop.by_manager())

    assert order.state is OrderState.DONE
    assert order.shipped_on == shop.by_manager().now.date()


def test_an_order_without_lines_cannot_be_submitted(shop):
    order = shop.order()

    with pytest.raises(Refused, match="no_lines"):
        submit(order, shop.by_seller())


def test_whoever_submitted_an_order_cannot_verify_it(shop, order):
    submit(order, shop.by_manager())

    with pytest.raises(Forbidden, match="same_person"):
        verify(order, shop.by_manager(), evidence="They rang back")

    assert order.state is OrderState.SUBMITTED


def test_whoever_once_submitted_an_order_cannot_verify_it_later(shop, order):
    other = shop.world.person("sales_order.manager")
    submit(order, shop.by_manager())
    reject(order, shop.world.ctx(other), reason="Which tea?")
    submit(order, shop.by_seller())

    with pytest.raises(Forbidden, match="same_person"):
        verify(order, shop.by_manager(), evidence="They rang back")


def test_a_seller_cannot_verify(shop, submitted):
    with pytest.raises(Forbidden, match="needs_permission"):
        verify(submitted, shop.by_seller(), evidence="They rang back")


def test_a_rejected_order_is_a_draft_again_and_says_why(shop, submitted):
    reject(submitted, shop.by_manager(), reason=" Which tea? ")

    assert submitted.state is OrderState.DRAFT
    assert submitted.reject_reason == "Which tea?"


def test_a_rejected_order_can_be_corrected_and_submitted_again(shop, submitted):
    reject(submitted, shop.by_manager(), reason="Two are too few")
    SalesOrderLine.update(submitted.lines[0], shop.by_seller(), quantity=Decimal(3))

    submit(submitted, shop.by_seller())

    assert submitted.state is OrderState.SUBMITTED


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_order_is_not_rejected_without_a_reason(shop, submitted, reason):
    with pytest.raises(Refused, match="reason_missing"):
        reject(submitted, shop.by_manager(), reason=reason)


def test_an_order_is_not_confirmed_before_it_is_approved(shop, submitted):
    with pytest.raises(WrongState) as refused:
        confirm(submitted, shop.by_seller())

    assert refused.value.params["state"] == "SUBMITTED"


def test_an_order_is_not_shipped_before_it_is_confirmed(shop, submitted):
    with pytest.raises(WrongState):
        ship(shop.reviewed(submitted), shop.by_manager())


def test_a_seller_cannot_ship(shop, confirmed):
    with pytest.raises(Forbidden, match="needs_permission"):
        ship(confirmed, shop.by_seller())


@pytest.mark.parametrize("steps", range(4))
def test_an_order_can_be_cancelled_until_it_is_shipped(shop, order, steps):
    way = [lambda: submit(order, shop.by_seller()), lambda: shop.reviewed(order)]
    for go_on in [*way, lambda: confirm(order, shop.by_seller())][:steps]:
        go_on()

    cancel(order, shop.by_seller(), reason="They changed their mind")

    assert order.state is OrderState.CANCELLED
    assert order.cancel_reason == "They changed their mind"


def test_a_shipped_order_cannot_be_cancelled(shop, confirmed):
    ship(confirmed, shop.by_manager())

    with pytest.raises(WrongState):
        cancel(confirmed, shop.by_manager(), reason="Too late")


def test_an_order_is_not_cancelled_without_a_reason(shop, order):
    with pytest.raises(Refused, match="reason_missing"):
        cancel(order, shop.by_seller(), reason=" ")


def test_the_header_is_not_changed_once_it_is_promised(shop, confirmed):
    with pytest.raises(WrongState, match="not_open"):
        SalesOrder.update(confirmed, shop.by_manager(), freight=Decimal(5))


def test_lines_are_not_added_once_it_is_promised(shop, confirmed):
    with pytest.raises(WrongState, match="not_open"):
        shop.by_manager().create(
            SalesOrderLine(order=confirmed, product=shop.tea, quantity=Decimal(1))
        )


def test_lines_are_not_changed_once_it_is_promised(shop, confirmed):
    with pytest.raises(WrongState, match="not_open"):
        SalesOrderLine.update(confirmed.lines[0], shop.by_manager(), quantity=Decimal(9))


def test_lines_are_not_deleted_once_it_is_promised(shop, confirmed):
    with pytest.raises(WrongState, match="not_open"):
        SalesOrderLine.delete(confirmed.lines[0], shop.by_manager())


def test_a_submitted_order_is_not_deleted(shop, submitted):
    with pytest.raises(WrongState, match="not_a_draft"):
        SalesOrder.delete(submitted, shop.by_manager())


def test_a_draft_is_deleted_with_its_lines(shop, order):
    ctx = shop.by_seller()
    SalesOrder.delete(order, ctx)

    assert ctx.find(SalesOrderLine) == []
