"""How late an order is: computed from the promise and today's date."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dougong import Asking
from dougong_sales_order.computed import days_late
from dougong_sales_order.entities import OrderState

TODAY = Asking(datetime(2026, 3, 10, 23, 30, tzinfo=UTC), user_id=None)


@pytest.mark.parametrize(
    ("state", "promised", "late"),
    [
        (OrderState.CONFIRMED, date(2026, 3, 7), 3),
        (OrderState.APPROVED, date(2026, 3, 10), 0),
        (OrderState.SUBMITTED, date(2026, 3, 11), 0),
        (OrderState.SUBMITTED, None, None),
        (OrderState.DRAFT, date(2026, 3, 7), None),
        (OrderState.DONE, date(2026, 3, 7), None),
        (OrderState.CANCELLED, date(2026, 3, 7), None),
    ],
)
def test_only_an_open_order_with_a_promise_can_be_late(state, promised, late):
    assert days_late([(state, promised)], TODAY) == [late]


def test_the_api_tells_how_late_each_order_is(live_world):
    world = live_world("sales_order")
    seller = world.person("sales_order.seller", "party.editor", "product.manager")
    boss = world.person("dougong.administrator")
    world.ask(
        'mutation { createParty(input: {name: "Alfreds", street: "Obere Str. 57", city: "Berlin"}) { party { id } } }',
        boss,
    )
    create = """mutation ($on: Date!) { createSalesOrder(input: {customer: "Party:1", promisedOn: $on,
        currency: "EUR", paymentMethod: CARD, lines: [{product: "Product:1", quantity: "1", unitPrice: "2"}]})
        { salesOrder { daysLate } userErrors { message } } }"""
    world.ask(
        'mutation { createProduct(input: {name: "Tea", price: {amount: "2", currency: "EUR"}}) { product { id } } }',
        boss,
    )
    promised = datetime.now(UTC).date() - timedelta(days=4)

    made = world.ask(create, seller, on=str(promised))["createSalesOrder"]
    submitted = world.ask(
        'mutation { submitSalesOrder(id: "SalesOrder:1", version: 1) { salesOrder { daysLate } '
        "userErrors { message } } }",
        seller,
    )

    assert made == {"salesOrder": {"daysLate": None}, "userErrors": []}
    assert submitted["submitSalesOrder"]["userErrors"] == []
    assert submitted["submitSalesOrder"]["salesOrder"]["daysLate"] in (4, 5)
    found = world.ask("{ salesOrders { nodes { daysLate } } }", seller)
    assert found["salesOrders"]["nodes"][0]["daysLate"] in (4, 5)
