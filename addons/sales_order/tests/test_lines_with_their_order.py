"""The lines of an order, written together with it through the API."""

import pytest

CREATE = """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
  salesOrder { id version total lines { nodes { id quantity } } }
  userErrors { path code } } }"""
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: SalesOrderPatch!) {
  updateSalesOrder(id: $id, version: $version, patch: $patch) {
    salesOrder { version total lines { nodes { quantity note } } } userErrors { path code } } }"""


@pytest.fixture
def served(live_world):
    return live_world("sales_order")


@pytest.fixture
def manager(served):
    return served.person("sales_order.manager", "party.editor", "product.editor")


@pytest.fixture
def given(served, manager):
    """An input for an order of 1, 2 and 3 teas at 10 each."""
    ids = served.ask(
        """mutation @atomic {
          createParty(input: {name: "Alfreds"}) { party { id } }
          createProduct(input: {name: "Tea", price: {amount: "10", currency: "USD"}}) {
            product { id } } }""",
        manager,
    )
    tea = ids["createProduct"]["product"]["id"]
    lines = [{"product": tea, "quantity": str(quantity)} for quantity in (1, 2, 3)]
    return {"customer": ids["createParty"]["party"]["id"], "lines": lines}


def test_a_line_that_makes_no_sense_is_named_by_its_place(served, manager, given):
    order = served.ask(CREATE, manager, input=given)["createSalesOrder"]["salesOrder"]
    given["lines"][2]["quantity"] = "0"

    created = served.ask(CREATE, manager, input=given)["createSalesOrder"]
    patched = served.ask(
        UPDATE, manager, id=order["id"], version=1, patch={"lines": given["lines"]}
    )

    assert created["userErrors"] == [
        {"path": ["input", "lines", "2", "quantity"], "code": "bad_value"}
    ]
    assert patched["updateSalesOrder"]["userErrors"] == [
        {"path": ["patch", "lines", "2", "quantity"], "code": "bad_value"}
    ]


def test_a_patch_changes_adds_and_removes_lines_and_the_total_follows(served, manager, given):
    order = served.ask(CREATE, manager, input=given)["createSalesOrder"]["salesOrder"]
    one, two, _ = (line["id"] for line in order["lines"]["nodes"])
    lines = [
        {"id": one, "quantity": "5", "note": "more"},
        {"id": two, "remove": True},
        {"product": given["lines"][0]["product"], "quantity": "0.5"},
    ]

    patched = served.ask(UPDATE, manager, id=order["id"], version=1, patch={"lines": lines})

    assert patched["updateSalesOrder"] == {
        "salesOrder": {
            "version": 2,
            "total": "85.0000",
            "lines": {
                "nodes": [
                    {"quantity": "5.0000", "note": "more"},
                    {"quantity": "3.0000", "note": None},
                    {"quantity": "0.5000", "note": None},
                ]
            },
        },
        "userErrors": [],
    }


def test_lines_of_an_order_that_was_called_off_stay(served, manager, given):
    order = served.ask(CREATE, manager, input=given)["createSalesOrder"]["salesOrder"]
    line = order["lines"]["nodes"][0]["id"]
    served.ask(
        """mutation ($id: ID!) { cancelSalesOrder(id: $id, version: 1, reason: "Never mind") {
             userErrors { code } } }""",
        manager,
        id=order["id"],
    )

    patch = {"lines": [{"id": line, "remove": True}]}
    patched = served.ask(UPDATE, manager, id=order["id"], version=2, patch=patch)

    assert [one["code"] for one in patched["updateSalesOrder"]["userErrors"]] == ["not_open"]
