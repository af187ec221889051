"""Offers: what they say, how long they hold, and the order that a yes makes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from dougong import Conflict, Forbidden, Invalid, Money, Refused, WrongState
from dougong.db.constraints import as_refusals
from dougong.db.session import in_transaction
from dougong.testing import LiveWorld
from dougong_product import Product, Tax, TaxRate, TaxRounding, TaxRoundingLevel
from dougong_sales_order import (
    OrderState,
    Quotation,
    QuotationLine,
    QuotationState,
    SalesOrder,
    accept,
    decline,
    expire,
    revise_quotation,
    send,
)
from dougong_sales_order.graphql import quoted_prices
from dougong_sales_order.jobs.quotations import expire_quotations
from dougong_sales_order.workflows import supersede


def offer(shop, *lines, **said):
    """A draft of the seller's, read back as it is stored."""
    ctx = shop.by_seller()
    lines = list(lines) or [QuotationLine(product=shop.tea, quantity=Decimal(2))]
    quotation = ctx.create(Quotation(customer=shop.customer, lines=lines, **said))
    ctx.session.expire_all()
    return quotation


@pytest.fixture
def sent(shop):
    return send(offer(shop), shop.by_seller())


@pytest.fixture
def expired(shop, sent):
    """Sent when it still held; its last day was yesterday."""
    yesterday = shop.by_seller().now.date() - timedelta(days=1)
    table = Quotation.__table__
    shop.world.session.connection().execute(
        update(table).where(table.c.id == sent.id).values(valid_until=yesterday)
    )
    shop.world.session.expire_all()
    return sent


def test_an_offer_fills_in_what_is_not_said(shop):
    quotation = offer(shop)

    assert quotation.number.startswith("Q-")
    assert (quotation.revision, quotation.currency) == (1, "USD")
    assert quotation.owner.name == "Sam Seller"
    assert quotation.valid_until == shop.by_seller().now.date() + timedelta(days=30)
    assert quotation.lines[0].unit_price == Decimal(18)
    assert quotation.total == Decimal(36)


def test_a_list_price_in_another_currency_is_not_offered(shop):
    with pytest.raises(Invalid, match="offered_in_another"):
        offer(shop, QuotationLine(product=shop.coffee, quantity=Decimal(1)), currency="USD")


def test_an_offer_of_nothing_is_not_sent(shop):
    ctx = shop.by_seller()
    empty = ctx.create(Quotation(customer=shop.customer, lines=[]))

    with pytest.raises(Refused, match="nothing_offered"):
        send(empty, ctx)


def test_an_offer_that_is_over_is_not_sent(shop):
    quotation = offer(shop, valid_until=date(2020, 1, 1))

    with pytest.raises(Refused, match="quotation_expired"):
        send(quotation, shop.by_seller())


@pytest.mark.parametrize(
    "change",
    [
        lambda one, ctx: Quotation.update(one, ctx, terms="Net 30"),
        lambda one, ctx: QuotationLine.update(one.lines[0], ctx, quantity=Decimal(3)),
        lambda one, ctx: QuotationLine.delete(one.lines[0], ctx),
        Quotation.delete,
    ],
)
def test_what_was_sent_stays_as_it_is(shop, sent, change):
    with pytest.raises(WrongState, match="quotation_was_sent"):
        change(sent, shop.by_seller())


def test_lines_are_not_added_to_what_was_sent(shop, sent):
    line = QuotationLine(quotation=sent, product=shop.tea, quantity=Decimal(1))

    with pytest.raises(WrongState, match="quotation_was_sent"):
        shop.by_seller().create(line)


def test_S01_a_yes_makes_an_order_with_the_same_lines_and_total(shop):
    prices = {"unit_price": Decimal("0.335"), "discount": Decimal("0.5"), "note": "blue"}
    quotation = offer(
        shop,
        QuotationLine(product=shop.tea, quantity=Decimal(3), **prices),
        QuotationLine(product=shop.coffee, quantity=Decimal("1.5"), unit_price=Decimal(5)),
        currency="GBP",
    )
    accept(send(quotation, shop.by_seller()), shop.by_seller())

    (order,) = shop.by_seller().find(SalesOrder)
    assert (order.state, order.quotation) == (OrderState.DRAFT, quotation)
    assert order.number.startswith("SO-")
    assert (order.customer, order.owner) == (quotation.customer, quotation.owner)
    assert (order.currency, order.total) == ("GBP", quotation.total)
    copied = ("product", "quantity", "unit_price", "discount", "net", "note")
    assert [[getattr(line, name) for name in copied] for line in order.lines] == [
        [getattr(line, name) for name in copied] for line in quotation.lines
    ]


def test_the_order_keeps_the_price_that_was_offered_when_the_list_changes(shop, sent):
    ctx = shop.world.ctx()
    type(shop.tea).update(shop.tea, ctx, price=shop.tea.price.__class__(Decimal(99), "USD"))

    accept(sent, shop.by_seller())

    assert shop.by_seller().find(SalesOrder)[0].total == Decimal(36)


def test_nobody_accepts_twice(shop, sent):
    accept(sent, shop.by_seller())

    with pytest.raises(WrongState):
        accept(sent, shop.by_seller())

    assert len(shop.by_seller().find(SalesOrder)) == 1


def test_S25_an_expired_quotation_is_not_accepted_even_before_it_is_called_so(shop, expired):
    assert expired.state is QuotationState.SENT

    with pytest.raises(Refused, match="quotation_expired"):
        accept(expired, shop.by_seller())


def test_S25_what_nobody_answered_in_time_expires_by_itself(shop, expired):
    waiting = send(offer(shop), shop.by_seller())

    expire_quotations.run(shop.by_seller(), {})

    assert expired.state is QuotationState.EXPIRED
    assert waiting.state is QuotationState.SENT


def test_what_still_holds_is_not_called_expired(shop, sent):
    with pytest.raises(Refused, match="still_valid"):
        expire(sent, shop.by_seller())


def test_a_revision_begins_as_a_copy_and_takes_the_others_place(shop, sent):
    revision = revise_quotation(sent, shop.by_seller())

    assert (revision.number, revision.revision) == (sent.number, 2)
    assert revision.revises is sent
    assert (sent.state, revision.state) == (QuotationState.SUPERSEDED, QuotationState.DRAFT)
    assert [line.unit_price for line in revision.lines] == [Decimal(18)]
    assert revision.lines[0] is not sent.lines[0]


def test_what_was_revised_is_neither_accepted_nor_revised_again(shop, sent):
    revise_quotation(sent, shop.by_seller())

    with pytest.raises(WrongState):
        accept(sent, shop.by_seller())
    with pytest.raises(WrongState, match="not_revised"):
        revise_quotation(sent, shop.by_seller())


def test_what_was_declined_or_expired_can_be_offered_anew(shop, sent, expired):
    decline(send(again := offer(shop), shop.by_seller()), shop.by_seller(), reason="Too dear")
    expire(expired, shop.by_seller())

    for one in (again, expired):
        revision = revise_quotation(one, shop.by_seller())
        assert revision.valid_until > shop.by_seller().now.date()
    assert again.decline_reason == "Too dear"


def test_a_revision_is_not_deleted(shop, sent):
    revision = revise_quotation(sent, shop.by_seller())

    with pytest.raises(Refused, match="revision_stays"):
        Quotation.delete(revision, shop.by_seller())


def test_nobody_supersedes_by_hand(shop, sent):
    with pytest.raises(Refused, match="superseded_by_itself"):
        supersede(sent, shop.by_seller())


def test_S25_the_database_knows_one_accepted_revision(shop, sent):
    accept(sent, shop.by_seller())
    row = {column.key: getattr(sent, column.key) for column in Quotation.__table__.columns}
    row |= {"id": 10**6, "revision": 2}

    with pytest.raises(Conflict, match="taken"), as_refusals(shop.world.generation):
        shop.world.session.connection().execute(Quotation.__table__.insert().values(row))


def test_S25_the_last_prices_that_a_customer_was_offered_are_told(shop):
    for number in range(1, 8):
        price = QuotationLine(product=shop.tea, quantity=Decimal(1), unit_price=Decimal(number))
        send(offer(shop, price), shop.by_seller())
    offer(shop)  # nobody was sent this one

    found = quoted_prices(shop.by_seller(), customer=shop.customer, product=shop.tea)

    assert [line.unit_price for line in found] == [7, 6, 5, 4, 3]


def test_nobody_is_told_what_others_have_offered(shop, sent):
    other = shop.world.ctx(shop.world.person("sales_order.seller"))

    assert quoted_prices(other, customer=shop.customer, product=shop.tea) == []


def test_a_seller_does_not_answer_for_others(shop, sent):
    with pytest.raises(Forbidden):
        accept(sent, shop.world.ctx(shop.world.person("sales_order.seller")))


def test_a_team_leader_sees_the_teams_offers_and_nothing_else(live_world):
    served = live_world("sales_order")
    boss = served.person("dougong.administrator")
    mine, others = served.person("sales_order.seller"), served.person("sales_order.seller")
    leader = served.person("sales_order.leader")
    served.ask('mutation { createUnit(input: {code: "n", name: "N"}) { unit { id } } }', boss)
    join = (
        "mutation ($i: MembershipCreate!) { createMembership(input: $i) { userErrors { code } } }"
    )
    for one in (mine, leader):
        user = f"User:{one.principal.user_id}"
        made = served.ask(join, boss, i={"user": user, "unit": "Unit:1"})
        assert made["createMembership"]["userErrors"] == []
    given = an_offer(served, boss)
    first, second = (draft(served, one, given)["number"] for one in (mine, others))

    seen = served.ask("{ quotations { nodes { number } } }", leader)["quotations"]["nodes"]

    assert [one["number"] for one in seen] == [first]
    assert second != first


# Many at once ---------------------------------------------------------------------------------

DRAFT = """mutation ($i: QuotationCreate!) { createQuotation(input: $i) {
  quotation { id version number total } userErrors { code path message } } }"""


def an_offer(served: LiveWorld, boss: Any) -> dict[str, Any]:
    """An input for a quotation of ten teas."""
    made = served.ask(
        """mutation @atomic { createParty(input: {name: "Alfreds"}) { party { id } }
          createProduct(input: {name: "Tea", price: {amount: "10", currency: "USD"}}) {
            product { id } } }""",
        boss,
    )
    tea = made["createProduct"]["product"]["id"]
    customer = made["createParty"]["party"]["id"]
    return {"customer": customer, "lines": [{"product": tea, "quantity": "10"}]}


def draft(served: LiveWorld, who: Any, given: dict[str, Any]) -> Any:
    made = served.ask(DRAFT, who, i=given)["createQuotation"]
    assert made["userErrors"] == []
    return made["quotation"]


def test_S25_of_many_answers_at_once_one_counts_and_there_is_one_order(
    live_world: Callable[..., LiveWorld],
) -> None:
    served = live_world("sales_order")
    boss = served.person("dougong.administrator")
    quotation = draft(served, boss, an_offer(served, boss))
    number = int(quotation["id"].partition(":")[2])

    def run(verb: Callable[..., Any]) -> bool:
        def work(ctx: Any) -> None:
            verb(ctx.get(Quotation, number), ctx)

        try:
            in_transaction(served.engine, served.runtime.generation, boss.principal, work)
        except Refused:
            return False
        return True

    assert run(send)
    verbs = [accept, revise_quotation] * 4
    with ThreadPoolExecutor(len(verbs)) as pool:
        done = list(pool.map(run, verbs))

    assert sum(done) == 1
    with served.engine.connect() as connection:
        orders = connection.scalar(select(func.count()).select_from(SalesOrder.__table__))
        accepted = Quotation.__table__.c.state == QuotationState.ACCEPTED
        assert orders == connection.scalar(select(func.count()).where(accepted))
        assert connection.scalar(select(func.count()).select_from(Quotation.__table__)) == (
            1 if orders else 2
        )


# Tax ------------------------------------------------------------------------------------------


def taxed_goods(shop, price, rate, *, included=False):
    ctx = shop.world.ctx()
    rates = [TaxRate(since=date(2020, 1, 1), rate=Decimal(rate))]
    tax = ctx.create(Tax(code=f"{price}{rate}", name="VAT", included=included, rates=rates))
    return ctx.create(Product(name="Taxed", price=Money(Decimal(price), "USD"), tax=tax))


def offered(product, quantity="1", **said):
    return QuotationLine(product=product, quantity=Decimal(quantity), **said)


def test_S01_the_order_of_a_taxed_offer_has_the_same_totals(shop):
    top, inside = (
        taxed_goods(shop, "99.99", "0.13"),
        taxed_goods(shop, "99.99", "0.1", included=True),
    )
    quotation = offer(shop, offered(top), offered(inside, "3", discount=Decimal("0.05")))
    accept(send(quotation, shop.by_seller()), shop.by_seller())

    (order,) = shop.by_seller().find(SalesOrder)

    assert quotation.tax > 0
    assert quotation.total == quotation.untaxed + quotation.tax
    assert [(line.net, line.tax_amount) for line in quotation.lines] == [
        (line.net, line.tax_amount) for line in order.lines
    ]
    assert (order.untaxed, order.tax, order.total) == (
        quotation.untaxed,
        quotation.tax,
        quotation.total,
    )


def test_S01_tax_that_is_rounded_once_is_the_same_in_offer_and_order(shop):
    ctx = shop.world.ctx()
    ctx.create(TaxRounding(since=date(2020, 1, 1), level=TaxRoundingLevel.DOCUMENT))
    tea = taxed_goods(shop, "10.05", "0.1")
    quotation = offer(shop, *(offered(tea) for _ in range(3)))
    assert quotation.tax == Decimal("3.02")

    QuotationLine.update(quotation.lines[0], shop.by_seller(), quantity=Decimal(2))
    assert quotation_tax(shop, quotation) == Decimal("4.02")
    QuotationLine.delete(quotation.lines[1], shop.by_seller())
    assert quotation_tax(shop, quotation) == Decimal("3.02")
    accept(send(quotation, shop.by_seller()), shop.by_seller())

    (order,) = shop.by_seller().find(SalesOrder)
    assert (order.tax, order.total) == (Decimal("3.02"), Decimal("33.17"))


def quotation_tax(shop, quotation):
    shop.world.session.expire_all()
    return quotation.tax


def test_another_product_brings_its_tax_and_a_tax_that_is_given_stays(shop):
    taxed = taxed_goods(shop, "18", "0.1")
    quotation = offer(shop, offered(shop.tea))
    (line,) = quotation.lines
    assert (line.tax, line.tax_amount) == (None, 0)

    QuotationLine.update(line, shop.by_seller(), product=taxed)
    assert (line.tax, line.tax_amount, line.gross) == (taxed.tax, Decimal("1.80"), Decimal("19.80"))
    QuotationLine.update(line, shop.by_seller(), tax=None)
    assert (line.tax, line.gross) == (None, 18)
