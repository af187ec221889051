"""Two reviews of an order: by whom, of what, and what voids them."""

from decimal import Decimal

import pytest

from dougong import Forbidden, Refused
from dougong_sales_order import (
    OrderReview,
    OrderState,
    ReviewDecision,
    ReviewKind,
    SalesOrder,
    SalesOrderLine,
    approve,
    confirm,
    refuse,
    reject,
    revise,
    submit,
    verify,
)

CALLED = "They rang back"


@pytest.fixture
def order(shop):
    return shop.order(shop.line(shop.tea, "2"), shop.line(shop.tea, "1"))


@pytest.fixture
def submitted(shop, order):
    return submit(order, shop.by_seller())


@pytest.fixture
def verified(shop, submitted):
    return verify(submitted, shop.by_manager(), evidence=CALLED)


@pytest.fixture
def approved(shop, verified):
    return approve(verified, shop.by_finance())


def reviews(shop, order):
    return shop.by_seller().find(OrderReview, OrderReview.order == order)


def test_each_review_is_kept_with_who_what_and_of_which_content(shop, approved):
    first, second = reviews(shop, approved)

    assert (first.kind, first.decision) == (ReviewKind.AUTHENTICITY, ReviewDecision.APPROVED)
    assert (first.created_by.name, first.evidence) == ("Mia Manager", CALLED)
    assert (second.kind, second.created_by.name) == (ReviewKind.FINANCE, "Fay Finance")
    assert first.content_hash == second.content_hash
    assert len(first.content_hash) == 64
    assert (first.voided_at, second.voided_at) == (None, None)


@pytest.mark.parametrize("evidence", [None, "  "])
def test_S10_without_evidence_a_sale_is_not_taken_for_real(shop, submitted, evidence):
    with pytest.raises(Refused, match="evidence_missing"):
        verify(submitted, shop.by_manager(), evidence=evidence)


def test_S10_the_submitter_does_not_review_their_own_order(shop, order):
    both = shop.world.person("sales_order.manager")
    submit(order, shop.world.ctx(both))
    with pytest.raises(Forbidden, match="same_person"):
        verify(order, shop.world.ctx(both), evidence=CALLED)
    verify(order, shop.by_manager(), evidence=CALLED)

    with pytest.raises(Forbidden, match="same_person"):
        approve(order, shop.world.ctx(both))


def test_whoever_verified_an_order_does_not_approve_its_terms(shop, verified):
    with pytest.raises(Forbidden, match="same_person"):
        approve(verified, shop.by_manager())


def test_whoever_verified_it_in_an_earlier_round_does_not_approve_it_in_a_later_one(shop, verified):
    other = shop.world.person("sales_order.manager")
    refuse(verified, shop.by_finance(), reason="Too cheap")
    submit(verified, shop.by_seller())
    verify(verified, shop.world.ctx(other), evidence=CALLED)

    with pytest.raises(Forbidden, match="same_person"):
        approve(verified, shop.by_manager())


def test_an_order_is_not_approved_before_it_is_verified(shop, submitted):
    with pytest.raises(Refused, match="wrong_state"):
        approve(submitted, shop.by_finance())


def test_both_reviewers_send_an_order_back_and_say_why(shop, submitted):
    reject(submitted, shop.by_manager(), reason="Nobody answers")
    assert (submitted.state, submitted.reject_reason) == (OrderState.DRAFT, "Nobody answers")
    submit(submitted, shop.by_seller())
    verify(submitted, shop.by_manager(), evidence=CALLED)

    refuse(submitted, shop.by_finance(), reason="Too cheap")

    assert (submitted.state, submitted.reject_reason) == (OrderState.DRAFT, "Too cheap")
    told = [(one.kind.name, one.decision.name, one.reason) for one in reviews(shop, submitted)]
    assert told == [
        ("AUTHENTICITY", "REJECTED", "Nobody answers"),
        ("AUTHENTICITY", "APPROVED", None),
        ("FINANCE", "REJECTED", "Too cheap"),
    ]
    assert [bool(one.voided_at) for one in reviews(shop, submitted)] == [False, True, False]


CHANGES = {
    "discount": lambda shop, order: SalesOrderLine.update(
        order.lines[0], shop.by_seller(), discount=Decimal("0.1")
    ),
    "quantity": lambda shop, order: SalesOrderLine.update(
        order.lines[0], shop.by_seller(), quantity=Decimal(3)
    ),
    "freight": lambda shop, order: SalesOrder.update(order, shop.by_seller(), freight=Decimal(5)),
    "address": lambda shop, order: SalesOrder.update(order, shop.by_seller(), ship_to_city="Ulm"),
    "terms": lambda shop, order: SalesOrder.update(order, shop.by_seller(), payment_days=90),
    "one line more": lambda shop, order: shop.by_seller().create(
        SalesOrderLine(order=order, product=shop.tea, quantity=Decimal(1))
    ),
    "one line less": lambda shop, order: SalesOrderLine.delete(order.lines[0], shop.by_seller()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_S12_a_change_after_approval_voids_it_and_the_order_is_reviewed_anew(shop, approved, what):
    CHANGES[what](shop, approved)

    assert approved.state is OrderState.SUBMITTED
    assert [one.voided_at is not None for one in reviews(shop, approved)] == [True, True]


@pytest.mark.parametrize("stage", ["submitted", "verified"])
def test_a_change_under_review_is_the_changers_submission(request, shop, stage):
    order = request.getfixturevalue(stage)
    SalesOrder.update(order, shop.world.ctx(shop.manager), freight=Decimal(5))

    assert order.state is OrderState.SUBMITTED
    with pytest.raises(Forbidden, match="same_person") as refused:
        verify(order, shop.by_manager(), evidence=CALLED)
    assert revise in {one.params["other"] for one in refused.value.several}


def test_notes_and_promised_days_change_without_another_review(shop, approved):
    SalesOrderLine.update(approved.lines[0], shop.by_seller(), note="Ring twice")
    SalesOrder.update(approved, shop.by_seller(), carrier="Bike", freight=approved.freight)

    assert approved.state is OrderState.APPROVED
    assert [one.voided_at for one in reviews(shop, approved)] == [None, None]


def test_an_approval_does_not_cover_what_was_changed_past_the_verbs(shop, approved):
    approved.lines[0].discount = Decimal("0.5")

    with pytest.raises(Refused, match="changed_since_review"):
        confirm(approved, shop.by_seller())


def test_after_another_review_a_changed_order_is_confirmed(shop, approved):
    SalesOrderLine.update(approved.lines[0], shop.by_seller(), discount=Decimal("0.1"))
    shop.reviewed(approved)

    assert confirm(approved, shop.by_seller()).state is OrderState.CONFIRMED


def test_history_that_was_imported_as_approved_is_confirmed_without_reviews(shop, order):
    with shop.by_seller().moving(order):
        order.state = OrderState.APPROVED
        shop.world.session.flush()

    assert confirm(order, shop.by_seller()).state is OrderState.CONFIRMED
