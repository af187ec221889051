"""What orders earn, and who learns of it."""

from decimal import Decimal
from typing import Any

import pytest

from dougong import Money
from dougong_product import Product

ORDER = """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
    salesOrder { id lines { nodes { net unitCost margin } } } userErrors { code path } } }"""
LINES = "query ($id: ID!) { salesOrder(id: $id) { lines { nodes { net unitCost margin } } } }"
EARNED = "{ salesOrderLineStats(measures: [MARGIN_SUM]) { nodes { marginSum } } }"


@pytest.fixture
def company(live_world) -> Any:
    live = live_world("sales_order")
    editor, seller = live.person("product.editor"), live.person("sales_order.seller")
    buyers = live.person("party.editor")
    given = {"name": "Tea", "price": {"amount": "18", "currency": "USD"}, "standardCost": "11.25"}
    made = "mutation ($i: ProductCreate!) { createProduct(input: $i) { product { id } } }"
    tea = live.ask(made, editor, i=given)["createProduct"]["product"]["id"]
    made = 'mutation { createParty(input: {kind: COMPANY, name: "A"}) { party { id } } }'
    buyer = live.ask(made, buyers)["createParty"]["party"]["id"]
    lines = [{"product": tea, "quantity": "3", "discount": "0.1"}]
    order = live.ask(ORDER, seller, input={"customer": buyer, "lines": lines})["createSalesOrder"]
    assert order["userErrors"] == []
    return live, seller, order["salesOrder"]


def lines_of(live: Any, who: Any, order: str) -> Any:
    """The order's lines, numbers as numbers."""
    (line,) = live.ask(LINES, who, id=order)["salesOrder"]["lines"]["nodes"]
    return {name: value and Decimal(value) for name, value in line.items()}


def test_S28_a_line_earns_its_net_less_its_cost_and_only_who_may_learns_of_it(company):
    live, seller, order = company
    manager = live.person("sales_order.manager")

    # 3 × 18 × 0.9 = 48.60, less 3 × 11.25 = 33.75
    seen = {"net": Decimal("48.60"), "unitCost": Decimal("11.25"), "margin": Decimal("14.85")}
    assert lines_of(live, manager, order["id"]) == seen

    hidden = {"net": Decimal("48.60"), "unitCost": None, "margin": None}
    assert lines_of(live, seller, order["id"]) == hidden
    (line,) = order["lines"]["nodes"]  # nor in the answer to whoever wrote it
    assert (line["unitCost"], line["margin"]) == (None, None)


def test_what_is_earned_cannot_be_guessed_from_filters_either(company):
    live, seller, _ = company
    guess = """query ($w: SalesOrderLineWhere!) {
        salesOrders(where: {lines: {some: $w}}) { nodes { id } } }"""

    (error,) = live.errors(guess, seller, w={"margin": {"gt": "14"}})

    assert error["extensions"]["code"] == "FORBIDDEN_FIELD"


def test_the_cost_is_kept_as_it_was_when_the_line_was_written(company):
    live, _, order = company
    manager, editor = live.person("sales_order.manager"), live.person("product.editor")
    find = "{ products { nodes { id version } } }"
    (tea,) = live.ask(find, editor)["products"]["nodes"]
    change = """mutation ($id: ID!, $version: Int!) {
        updateProduct(id: $id, version: $version, patch: {standardCost: "12"}) {
            userErrors { code } } }"""

    assert live.ask(change, editor, **tea)["updateProduct"]["userErrors"] == []

    assert lines_of(live, manager, order["id"])["unitCost"] == Decimal("11.25")


def test_a_line_of_which_nobody_knows_the_cost_has_no_margin(shop):
    line = shop.order(shop.line()).lines[0]

    assert (line.unit_cost, line.margin) == (None, None)


def test_a_product_in_another_currency_has_no_cost_on_the_line(shop):
    ctx = shop.world.ctx()
    coffee = ctx.create(Product(name="C", price=Money(Decimal(4), "EUR"), standard_cost=Decimal(2)))

    order = shop.order(shop.line(coffee, unit_price=Decimal(5)), currency="USD")

    assert order.lines[0].unit_cost is None
