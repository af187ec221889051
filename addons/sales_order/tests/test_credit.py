"""What customers may owe: who is refused, who is told how much, and that nobody slips through."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest

from dougong import Invalid, Money, Refused, WrongState
from dougong.db.session import in_transaction
from dougong_party import Party
from dougong_product import Currency, ExchangeRate, Product
from dougong_sales_order import (
    CustomerTerms,
    OrderReview,
    OrderState,
    PaymentMethod,
    ReviewKind,
    SalesOrder,
    SalesOrderLine,
    approve,
    cancel,
    confirm,
    override_credit,
    ship,
    submit,
    verify,
)

CALLED = "They rang back"


def limit(shop, amount, currency="USD"):
    CustomerTerms.of(shop.customer).credit_limit = Money(Decimal(amount), currency)
    shop.world.session.flush()


def verified(shop, many="1", **said):
    """An order for many times 18 USD."""
    order = submit(shop.order(shop.line(shop.tea, many), **said), shop.by_seller())
    return verify(order, shop.by_manager(), evidence=CALLED)


def confirmed(shop, many="1", **said):
    return confirm(approve(verified(shop, many, **said), shop.by_finance()), shop.by_seller())


def test_S11_an_order_over_the_credit_limit_is_not_approved(shop):
    limit(shop, "53.99")
    confirmed(shop, "2")
    order = verified(shop)

    with pytest.raises(Refused, match="credit_limit_exceeded") as refused:
        approve(order, shop.by_finance())

    assert refused.value.params == {
        "number": order.number,
        "limit": Money(Decimal("53.99"), "USD"),
        "taken": Money(Decimal("36.00"), "USD"),
        "order": Money(Decimal("18.00"), "USD"),
    }


def test_an_order_that_just_fits_is_approved_and_confirmed(shop):
    limit(shop, 54)
    confirmed(shop, "2")

    assert confirmed(shop).state is OrderState.CONFIRMED


def test_S11_between_approval_and_confirmation_others_may_have_taken_the_credit(shop):
    limit(shop, 20)
    orders = [approve(verified(shop), shop.by_finance()) for _ in range(2)]
    confirm(orders[0], shop.by_seller())

    with pytest.raises(Refused, match="credit_limit_exceeded") as refused:
        confirm(orders[1], shop.by_seller())

    assert refused.value.params == {"number": orders[1].number}  # a seller does not see credit


@pytest.mark.parametrize("end", [ship, cancel])
def test_an_order_that_has_ended_takes_no_credit(shop, end):
    limit(shop, 20)
    order = confirmed(shop)
    end(order, shop.by_manager(), **({"reason": "Never mind"} if end is cancel else {}))

    assert confirmed(shop).state is OrderState.CONFIRMED


def test_freight_is_owed_too(shop):
    limit(shop, 20)

    with pytest.raises(Refused, match="credit_limit_exceeded"):
        approve(verified(shop, freight=Decimal("2.01")), shop.by_finance())


def test_orders_in_other_currencies_take_credit_at_the_rate_of_today(shop):
    ctx = shop.world.ctx()
    for code in ("EUR", "USD"):
        if not ctx.find(Currency, Currency.code == code):
            ctx.create(Currency(code=code, name=code))
    ctx.create(ExchangeRate(base="EUR", quote="USD", since=date(2020, 1, 1), rate=Decimal(2)))
    limit(shop, 30)
    line = shop.line(shop.coffee, "4")  # 17 EUR: 34 USD
    order = submit(shop.order(line), shop.by_seller())
    verify(order, shop.by_manager(), evidence=CALLED)

    with pytest.raises(Refused, match="credit_limit_exceeded") as refused:
        approve(order, shop.by_finance())

    assert refused.value.params["order"] == Money(Decimal("34.00"), "USD")


def test_S11_a_credit_manager_lets_an_order_pass_and_says_why(shop):
    limit(shop, 1)
    boss = shop.world.person("sales_order.credit_manager", name="Cleo")
    order = verified(shop)

    review = override_credit(order, shop.world.ctx(boss), reason=" Paid in advance ")
    approve(order, shop.by_finance())
    confirm(order, shop.by_seller())

    assert (review.kind, review.reason) == (ReviewKind.CREDIT, "Paid in advance")
    assert review.created_by is not None
    assert review.created_by.name == "Cleo"


def test_an_override_is_for_what_the_order_said_then(shop):
    limit(shop, 1)
    boss = shop.world.ctx(shop.world.person("sales_order.credit_manager"))
    order = verified(shop)
    override_credit(order, boss, reason="Paid in advance")
    SalesOrderLine.update(order.lines[0], shop.by_seller(), quantity=Decimal(9))
    verify(order, shop.by_manager(), evidence=CALLED)

    with pytest.raises(Refused, match="credit_limit_exceeded"):
        approve(order, shop.by_finance())


def test_an_override_takes_the_permission_a_reason_and_an_order_under_way(shop):
    boss = shop.world.ctx(shop.world.person("sales_order.credit_manager"))
    order = verified(shop)

    with pytest.raises(Refused, match="needs_permission"):
        override_credit(order, shop.by_manager(), reason="Please")
    with pytest.raises(Invalid, match="override_reason"):
        override_credit(order, boss, reason=" ")
    with pytest.raises(WrongState, match="not_under_way"):
        override_credit(shop.order(shop.line()), boss, reason="Please")


def test_twenty_at_once_never_take_more_credit_than_there_is(live_world):
    served = live_world("sales_order")
    roles = ("sales_order.manager", "party.editor", "product.manager")
    people = [served.person(*roles).principal for _ in range(3)]
    admin = served.person("dougong.administrator").principal

    def run(work, who=people[0]):
        return in_transaction(served.engine, served.runtime.generation, who, work)

    def furnish(ctx):
        ctx.create(Product(name="Tea", price=Money(Decimal(18), "USD")))
        customer = ctx.create(Party(name="A", street="B", city="C", contacts=[]))
        CustomerTerms.of(customer).credit_limit = Money(Decimal(18 * 7 + 17), "USD")

    def draft(ctx):
        lines = [SalesOrderLine(product=ctx.find(Product)[0], quantity=Decimal(1))]
        (customer,) = ctx.find(Party)
        said = {"customer": customer, "payment_method": PaymentMethod.CARD}
        order = ctx.create(SalesOrder(lines=lines, **said))
        ctx.session.flush()
        ctx.session.expire(order)
        return submit(order, ctx).id

    def attempt(number):
        try:
            run(lambda ctx: confirm(ctx.get(SalesOrder, number), ctx))
        except Refused as refused:
            return refused.code
        return None

    run(furnish, admin)
    orders = [run(draft) for _ in range(20)]
    for number in orders:
        run(lambda ctx, n=number: verify(ctx.get(SalesOrder, n), ctx, evidence=CALLED), people[1])
        run(lambda ctx, n=number: approve(ctx.get(SalesOrder, n), ctx), people[2])

    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(attempt, orders))

    assert outcomes.count(None) == 7
    assert outcomes.count("credit_limit_exceeded") == 13
    taken = run(lambda ctx: len(ctx.find(SalesOrder, SalesOrder.state == OrderState.CONFIRMED)))
    assert taken == 7
    assert run(lambda ctx: len(ctx.find(OrderReview))) == 40
