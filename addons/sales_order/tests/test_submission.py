"""What a submitted order says, and how late it is."""

from datetime import timedelta

import pytest

from dougong import Invalid, Refused
from dougong_sales_order import (
    CustomerTerms,
    PaymentMethod,
    SalesOrder,
    SubmissionTerm,
    reject,
    submit,
)


def ago(shop, minutes):
    return shop.by_seller().now - timedelta(minutes=minutes)


def test_S09_an_order_is_submitted_with_lines_address_and_payment_method_only(shop):
    order = shop.order(ship_to_name="Depot")
    order.payment_method = None

    with pytest.raises(Refused) as refused:
        submit(order, shop.by_seller())

    assert [(one.code, one.at) for one in refused.value.several] == [
        ("no_lines", ("lines",)),
        ("no_address", ("ship_to_street",)),
        ("no_address", ("ship_to_city",)),
        ("no_payment_method", ("payment_method",)),
    ]


@pytest.mark.parametrize(
    ("waited", "late"), [(0, 0), (24 * 60, 0), (24 * 60 + 1, 1), (25 * 60, 60)]
)
def test_S09_an_order_is_in_time_for_a_day_unless_something_else_was_set(shop, waited, late):
    order = submit(shop.order(shop.line(), intent_at=ago(shop, waited)), shop.by_seller())

    assert 0 <= order.minutes_late - late <= 1
    assert order.submitted_at is not None


def test_S09_the_latest_term_that_has_begun_says_how_soon(shop):
    ctx = shop.by_manager()
    for days, minutes in ((-9, 5), (-2, 30), (2, 600)):
        ctx.create(SubmissionTerm(since=ctx.now.date() + timedelta(days=days), minutes=minutes))

    order = submit(shop.order(shop.line(), intent_at=ago(shop, 50)), shop.by_seller())

    assert order.minutes_late in (20, 21)


def test_the_first_submission_counts_and_the_intent_stays(shop):
    order = submit(shop.order(shop.line(), intent_at=ago(shop, 5)), shop.by_seller())
    first = order.submitted_at
    reject(order, shop.by_manager(), reason="Which tea?")
    with pytest.raises(Invalid, match="intent_is_fixed"):
        SalesOrder.update(order, shop.by_seller(), intent_at=ago(shop, 0))

    submit(order, shop.by_seller())

    assert order.submitted_at == first


def test_the_intent_is_when_an_order_was_drafted_unless_it_is_given(shop):
    before = shop.by_seller().now

    assert shop.order(shop.line()).intent_at >= before


def test_an_order_is_paid_as_was_agreed_with_the_customer(shop):
    terms = CustomerTerms.of(shop.customer)
    terms.payment_method, terms.payment_days = PaymentMethod.ON_ACCOUNT, 30

    agreed = shop.order(shop.line(), payment_method=None)
    said = shop.order(shop.line(), payment_method=PaymentMethod.CARD, payment_days=0)

    assert (agreed.payment_method, agreed.payment_days) == (PaymentMethod.ON_ACCOUNT, 30)
    assert (said.payment_method, said.payment_days) == (PaymentMethod.CARD, 0)
