"""From a won lead to an order."""

from decimal import Decimal

import pytest

from dougong import Forbidden, Money, Refused
from dougong_crm import Lead, lose, qualify, win
from dougong_party import Party
from dougong_product import Product
from dougong_sales_order import (
    OrderState,
    QuotationLine,
    QuotationState,
    SalesOrder,
    accept,
    cancel,
    revise_quotation,
    send,
)
from dougong_sales_order.with_crm import (
    OrderOrigin,
    QuotationOrigin,
    open_order,
    open_quotation,
)


@pytest.fixture
def here(world):
    return world("sales_order", "crm")


@pytest.fixture
def ctx(here):
    roles = ("crm.manager", "sales_order.manager", "party.editor", "product.editor")
    return here.ctx(here.person(*roles))


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


# Offers --------------------------------------------------------------------------------------


@pytest.fixture
def tea(ctx):
    return ctx.create(Product(name="Tea", price=Money(Decimal("4.5"), "EUR")))


def offered(ctx, lead, tea, quantity="3"):
    quotation = open_quotation(lead, ctx)
    ctx.create(QuotationLine(quotation=quotation, product=tea, quantity=Decimal(quantity)))
    return send(quotation, ctx)


def test_an_offer_to_a_lead_is_for_its_customer_and_currency(ctx, won):
    quotation = open_quotation(won, ctx)

    assert (quotation.customer, quotation.owner) == (won.party, won.owner)
    assert quotation.currency == "EUR"
    assert QuotationOrigin.of(quotation).lead is won


def test_S01_a_won_lead_has_an_order_with_the_totals_of_its_offer_and_only_one(ctx, won, tea):
    quotation = offered(ctx, won, tea)

    order = open_order(won, ctx)

    assert order.quotation is quotation
    assert (order.total, quotation.total) == (Decimal("13.50"), Decimal("13.50"))
    assert quotation.state is QuotationState.ACCEPTED
    assert OrderOrigin.of(order).lead is won
    assert open_order(won, ctx) is order


def test_an_offer_that_was_accepted_has_the_leads_order(ctx, won, tea):
    quotation = accept(offered(ctx, won, tea), ctx)

    assert open_order(won, ctx).quotation is quotation


def test_the_latest_offer_counts_and_a_revision_is_for_the_same_lead(ctx, won, tea):
    offered(ctx, won, tea, "1")
    revision = send(revise_quotation(offered(ctx, won, tea, "2"), ctx), ctx)

    assert QuotationOrigin.of(revision).lead is won
    assert open_order(won, ctx).quotation is revision


def test_a_lead_that_is_no_customer_is_made_an_offer_as_somebody(ctx, lead):
    customer = ctx.create(Party(name="Acme", contacts=[]))
    with pytest.raises(Refused, match="no_customer_yet"):
        open_quotation(lead, ctx)

    quotation = open_quotation(lead, ctx, customer=customer)

    assert quotation.customer is customer
    assert win(qualify(lead, ctx), ctx).party is customer


def test_a_customer_is_not_made_an_offer_as_somebody_else(ctx, won):
    other = ctx.create(Party(name="Bolido", contacts=[]))

    with pytest.raises(Refused, match="another_customer"):
        open_quotation(won, ctx, customer=other)


def test_a_lost_lead_is_made_no_offer(ctx, lead):
    with pytest.raises(Refused, match="lead_is_lost"):
        open_quotation(lose(lead, ctx, reason="Gone"), ctx)


def test_nobody_makes_an_offer_that_they_could_not_make_by_hand(here, won):
    with pytest.raises(Forbidden, match="outside_rows"):
        open_quotation(won, here.ctx(here.person("crm.manager")))
