"""What is delivered of an order, by hand; what was promised, and whether it came in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dougong import Asking, Invalid, Refused, WrongState
from dougong_sales_order import (
    Delivery,
    DeliveryLine,
    DeliveryState,
    OrderState,
    PromiseChange,
    SalesOrder,
    cancel,
    change_promise,
    close_short,
    confirm,
    ship,
    submit,
)
from dougong_sales_order.computed import late
from dougong_sales_order.reports import on_time_delivery

DELIVER = """mutation ($order: ID!, $lines: [DeliveryLineInDelivery!]) {
  createDelivery(input: {order: $order, tracking: "1Z", lines: $lines}) {
    delivery { carrier tracking lines { nodes { quantity } } }
    userErrors { code path } } }"""
ORDER = """query ($id: ID!) { salesOrder(id: $id) { state deliveryState
  deliveries { nodes { tracking } }
  lines { nodes { id quantityOpen quantityDelivered promisedOn late } } } }"""


@pytest.fixture
def confirmed(shop):
    def make(*lines: Any, **said: Any) -> Any:
        order = shop.order(*(lines or (shop.line(shop.tea, "5"),)), **said)
        shop.reviewed(submit(order, shop.by_seller()))
        return confirm(order, shop.by_seller())

    return make


def deliver(shop, order, *parts, **said):
    lines = [DeliveryLine(line=line, quantity=Decimal(many)) for line, many in parts]
    return shop.by_manager().create(Delivery(order=order, lines=lines, **said))


def test_an_order_is_delivered_in_parts(shop, confirmed):
    order = confirmed(shop.line(shop.tea, "5"), shop.line(shop.tea, "1"))
    first, second = order.lines

    deliver(shop, order, (first, 2))
    assert (order.state, order.delivery_state) == (OrderState.CONFIRMED, DeliveryState.PARTIAL)
    deliver(shop, order, (first, 3), (second, 1))

    shop.world.session.expire_all()
    assert (order.state, order.delivery_state) == (OrderState.DONE, DeliveryState.FULL)
    assert [line.quantity_open for line in order.lines] == [0, 0]
    assert first.delivered_on == order.shipped_on == shop.by_manager().now.date()


def test_no_more_is_delivered_than_is_open(shop, confirmed):
    order = confirmed()
    deliver(shop, order, (order.lines[0], 4))

    with pytest.raises(Refused, match="over_delivery") as refused:
        deliver(shop, order, (order.lines[0], 2))

    assert refused.value.at == ("lines", 0, "quantity")
    assert (refused.value.params["open"], refused.value.params["wanted"]) == (1, 2)


def test_only_what_is_confirmed_is_delivered_and_only_its_own_lines(shop, confirmed):
    order, other = shop.order(shop.line()), confirmed()

    with pytest.raises(WrongState, match="not_confirmed"):
        deliver(shop, order, (order.lines[0], 1))
    with pytest.raises(Invalid, match="line_of_another_order"):
        deliver(shop, other, (order.lines[0], 1))
    with pytest.raises(Invalid, match="nothing_delivered_with_it"):
        deliver(shop, other)


def test_shipping_delivers_the_rest(shop, confirmed):
    order = confirmed(carrier="Speedy")
    deliver(shop, order, (order.lines[0], 2))

    ship(order, shop.by_manager())

    deliveries = shop.by_manager().find(Delivery, Delivery.order == order)
    assert [sum(part.quantity for part in one.lines) for one in deliveries] == [2, 3]
    assert [one.carrier for one in deliveries] == ["Speedy", "Speedy"]
    assert (order.state, order.delivery_state) == (OrderState.DONE, DeliveryState.FULL)


def test_a_delivery_is_taken_back_while_its_order_is_open(shop, confirmed):
    order = confirmed()
    wrong = deliver(shop, order, (order.lines[0], 2))
    shop.world.session.expire_all()

    Delivery.delete(wrong, shop.by_manager())

    shop.world.session.expire_all()
    assert order.delivery_state is DeliveryState.NONE
    assert order.lines[0].quantity_open == 5
    last = deliver(shop, order, (order.lines[0], 5))
    with pytest.raises(WrongState, match="delivered_for_good"):
        Delivery.delete(last, shop.by_manager())


def test_what_was_begun_is_closed_short_and_what_was_not_is_cancelled(shop, confirmed):
    begun, waiting = confirmed(), confirmed()
    deliver(shop, begun, (begun.lines[0], 2))

    with pytest.raises(Refused, match="partly_delivered"):
        cancel(begun, shop.by_seller(), reason="No more")
    with pytest.raises(Refused, match="nothing_delivered"):
        close_short(waiting, shop.by_manager(), reason="No more")
    close_short(begun, shop.by_manager(), reason="Sold out")
    cancel(waiting, shop.by_seller(), reason="No more")

    shop.world.session.expire_all()
    assert (begun.state, begun.delivery_state) == (OrderState.DONE, DeliveryState.FULL)
    assert begun.close_reason == "Sold out"
    closed = [
        (one.quantity_delivered, one.quantity_closed) for one in (*begun.lines, *waiting.lines)
    ]
    assert closed == [(2, 3), (0, 5)]


def test_a_line_is_promised_for_the_orders_day_unless_it_says_another(shop):
    day, later = date(2030, 1, 1), date(2030, 2, 1)

    order = shop.order(shop.line(), shop.line(promised_on=later), promised_on=day)

    assert [line.promised_on for line in order.lines] == [day, later]


def test_another_day_for_a_draft_is_another_for_the_lines_that_have_the_same(shop):
    day, later, third = date(2030, 1, 1), date(2030, 2, 1), date(2030, 3, 1)
    order = shop.order(shop.line(), shop.line(promised_on=later), promised_on=day)

    SalesOrder.update(order, shop.by_seller(), promised_on=third)

    assert [line.promised_on for line in order.lines] == [third, later]
    alone = shop.order(shop.line(promised_on=day), shop.line(promised_on=later))
    assert alone.promised_on == later
    assert [line.promised_on for line in alone.lines] == [day, later]


def test_a_change_of_a_promise_is_kept_with_its_reason(shop, confirmed):
    day, later = date(2030, 1, 1), date(2030, 2, 1)
    order = confirmed(promised_on=day)
    line = order.lines[0]

    with pytest.raises(Invalid, match="promise_without_reason"):
        change_promise(line, shop.by_seller(), promised_on=later, reason=" ")
    change_promise(line, shop.by_seller(), promised_on=later, reason="The ship is late")

    (change,) = shop.by_seller().find(PromiseChange)
    assert (change.was, change.promised_on, change.reason) == (day, later, "The ship is late")
    assert (line.promised_on, order.promised_on) == (later, later)
    ship(order, shop.by_manager())
    with pytest.raises(WrongState):
        change_promise(line, shop.by_seller(), promised_on=day, reason="Why")


def test_late_is_what_came_after_its_day_or_is_open_past_it(shop):
    now = shop.by_seller().now
    today, ago = now.date(), now.date() - timedelta(days=3)
    rows = [
        (ago, None, Decimal(1)), (ago, today, Decimal(0)), (ago, ago, Decimal(0)),
        (ago, None, Decimal(0)), (today, None, Decimal(1)), (None, None, Decimal(1)),
    ]  # fmt: skip

    assert late(rows, Asking(now, None)) == [True, True, False, False, False, False]


def test_deliveries_in_time_are_counted_by_line(shop, confirmed):
    ctx = shop.by_manager()
    today = ctx.now.date()
    order = confirmed(shop.line(), shop.line(), shop.line(), promised_on=today - timedelta(days=1))
    fast, slow, _ = order.lines
    deliver(shop, order, (fast, 1), delivered_on=today - timedelta(days=2))
    deliver(shop, order, (slow, 1))
    confirmed(shop.line(), promised_on=today + timedelta(days=400))

    rows = [tuple(row) for row in ctx.session.execute(on_time_delivery.build(ctx))]

    year = (today - timedelta(days=1)).year
    assert rows == [(year, 3, 2, 1, Decimal("33.33"))]


@pytest.fixture
def live(live_world):
    return live_world("sales_order")


def sold(live: Any, quantity: str) -> tuple[str, str]:
    """The ids of a confirmed order and its line, and the shipper who delivers it."""
    boss, manager = live.person("dougong.administrator"), live.person("sales_order.manager")

    def make(entity: str, **given: Any) -> Any:
        name = entity[0].lower() + entity[1:]
        more = "version lines { nodes { id } }" if entity == "SalesOrder" else ""
        document = f"""mutation ($i: {entity}Create!) {{ create{entity}(input: $i) {{
            made: {name} {{ id {more} }} userErrors {{ code path }} }} }}"""
        return live.ask(document, boss, i=given)[f"create{entity}"]["made"]

    tea = make("Product", name="Tea", price={"amount": "18", "currency": "USD"})["id"]
    buyer = make("Party", kind="COMPANY", name="A", street="S 1", city="C")["id"]
    lines = [{"product": tea, "quantity": quantity}]
    said = {"paymentMethod": "CARD", "promisedOn": "2020-01-01"}
    order = make("SalesOrder", customer=buyer, lines=lines, **said)
    version = order["version"]
    finance = live.person("sales_order.finance")
    steps = (("submit", boss), ("verify", manager), ("approve", finance), ("confirm", boss))
    for step, who in steps:
        more = ', evidence: "They rang back"' if step == "verify" else ""
        document = f"""mutation ($id: ID!, $v: Int!) {{ {step}SalesOrder(id: $id, version: $v{more}) {{
            salesOrder {{ version }} userErrors {{ code message }} }} }}"""
        done = live.ask(document, who, id=order["id"], v=version)[f"{step}SalesOrder"]
        assert done["userErrors"] == []
        version = done["salesOrder"]["version"]
    return order["id"], order["lines"]["nodes"][0]["id"]


def test_S13_without_an_inventory_deliveries_are_written_by_hand(live):
    order, line = sold(live, "5")
    shipper = live.person("sales_order.shipper")
    part = [{"line": line, "quantity": "2"}]

    made = live.ask(DELIVER, shipper, order=order, lines=part)["createDelivery"]

    assert made["userErrors"] == []
    assert made["delivery"]["lines"] == {"nodes": [{"quantity": "2.0000"}]}
    seen = live.ask(ORDER, live.person("sales_order.manager"), id=order)["salesOrder"]
    assert (seen["state"], seen["deliveryState"]) == ("CONFIRMED", "PARTIAL")
    assert seen["deliveries"] == {"nodes": [{"tracking": "1Z"}]}
    stranger = live.person("sales_order.seller")
    assert live.ask("{ deliveries { totalCount } }", stranger) == {"deliveries": {"totalCount": 0}}


def test_S26_a_line_that_is_open_past_its_day_is_late_and_its_promises_are_readable(live):
    order, line = sold(live, "5")
    manager = live.person("sales_order.manager")
    assert live.ask(ORDER, manager, id=order)["salesOrder"]["lines"]["nodes"][0]["late"] is True
    promise = """mutation ($line: ID!) { changePromise(line: $line, promisedOn: "2030-01-01",
        reason: "The ship is late") { salesOrderLine { promisedOn late } userErrors { code } } }"""

    done = live.ask(promise, manager, line=line)["changePromise"]

    assert done == {"salesOrderLine": {"promisedOn": "2030-01-01", "late": False}, "userErrors": []}
    seen = live.ask(
        "{ promiseChanges { nodes { was promisedOn reason createdBy { name } } } }", manager
    )
    (change,) = seen["promiseChanges"]["nodes"]
    assert (change["was"], change["reason"]) == ("2020-01-01", "The ship is late")
    years = live.ask("{ onTimeDelivery { lines } }", manager)["onTimeDelivery"]
    assert years == []


def test_many_who_deliver_at_once_deliver_no_more_than_is_open(live):
    order, line = sold(live, "5")
    shipper = live.person("sales_order.shipper")
    part = [{"line": line, "quantity": "2"}]

    def send(_: int) -> Any:
        return live.ask(DELIVER, shipper, order=order, lines=part)["createDelivery"]["userErrors"]

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(send, range(6)))

    assert sum(not one for one in answers) == 2
    (found,) = live.ask(ORDER, shipper, id=order)["salesOrder"]["lines"]["nodes"]
    assert Decimal(found["quantityDelivered"]) == 4
