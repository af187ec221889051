"""From a won lead to an order."""

from decimal import Decimal

import pytest

from dougong import Forbidden, Money, Refused
from dougong_crm import Lead, qualify, win
from dougong_sales_order import OrderState, SalesOrder, cancel
from dougong_sales_order.with_crm import OrderOrigin, open_order


@pytest.fixture
def here(world):
    return world("sales_order", "crm")


@pytest.fixture
def ctx(here):
    return here.ctx(here.person("crm.manager", "sales_order.manager"))


@pytest.fixture
def lead(ctx):
    return ctx.create(
        Lead(
            name="Ann",
            company="Acme",
            email="ann@acme.example",
            expected_revenue=Money(Decimal(9), "EUR"),
        )
    )


@pytest.fixture
def won(ctx, lead):
    return win(qualify(lead, ctx), ctx)


def test_a_won_lead_opens_a_draft_for_the_customer_it_became(ctx, won):
    order = open_order(won, ctx)

    assert order.state is OrderState.DRAFT
    assert order.customer is won.party
    assert order.owner is won.owner
    assert order.currency == "EUR"
    assert OrderOrigin.of(order).lead is won


def test_a_lead_that_is_not_won_opens_no_order(ctx, lead):
    with pytest.raises(Refused, match="lead_not_won"):
        open_order(lead, ctx)


def test_asked_twice_a_lead_has_one_order(ctx, won):
    assert open_order(won, ctx) is open_order(won, ctx)


def test_a_cancelled_order_makes_way_for_a_new_one(ctx, won):
    first = open_order(won, ctx)
    cancel(first, ctx, reason="Wrong currency")

    assert open_order(won, ctx) is not first


@pytest.mark.parametrize("roles", [("crm.manager", "sales_order.seller"), ("crm.manager",)])
def test_nobody_opens_an_order_that_they_may_not_create_by_hand(here, won, roles):
    with pytest.raises(Forbidden, match="outside_rows"):
        open_order(won, here.ctx(here.person(*roles)))


def test_nobody_is_told_that_nothing_happened_when_the_order_is_somebody_elses(here, ctx, won):
    open_order(won, ctx)

    with pytest.raises(Forbidden, match="outside_rows"):
        open_order(won, here.ctx(here.person("crm.manager", "sales_order.seller")))


def test_an_order_that_no_lead_opened_has_none(here, ctx, won):
    order = ctx.create(SalesOrder(customer=won.party, lines=[]))

    assert OrderOrigin.of(order).lead is None


def test_without_the_crm_orders_know_no_lead(world):
    alone = world("sales_order").generation

    assert "sales_order__crm" not in alone.parts
    assert not any(verb.name == "open_order" for verb in alone.verbs)
