"""An order and its goods, as a client of the API lives through them."""

import pytest

ORDER = "id version number state total lines { nodes { id net unitPrice reserved } }"
ERRORS = "userErrors { path code message params }"


@pytest.fixture
def served(live_world):
    return live_world("inventory", "sales_order")


@pytest.fixture
def seller(served):
    return served.person("sales_order.seller")


@pytest.fixture
def manager(served):
    return served.person("sales_order.manager", "party.editor", "product.editor")


@pytest.fixture
def keeper(served):
    return served.person("inventory.keeper", "inventory.adjuster", "sales_order.shipper")


@pytest.fixture
def made(served, manager, keeper):
    """Ids of a customer, a product with ten on the shelf, and the shelf."""
    ids = served.ask(
        """mutation {
          createParty(input: {name: "Alfreds", street: "Obere Str. 57", city: "Berlin"}) { party { id } }
          createProduct(input: {name: "Tea", price: {amount: "18.00", currency: "USD"}}) {
            product { id } }
        }""",
        manager,
    )
    served.ask(
        'mutation { createWarehouse(input: {name: "Main", code: "MAIN"}) { warehouse { id } } }',
        keeper,
    )
    shelf = served.ask('{ locations(where: {code: {eq: "MAIN"}}) { nodes { id } } }', keeper)
    found = {
        "customer": ids["createParty"]["party"]["id"],
        "tea": ids["createProduct"]["product"]["id"],
        "shelf": shelf["locations"]["nodes"][0]["id"],
    }
    served.ask(
        """mutation($tea: ID!, $shelf: ID!) {
          bookCount(product: $tea, location: $shelf, counted: "10") { userErrors { message } }
        }""",
        keeper,
        tea=found["tea"],
        shelf=found["shelf"],
    )
    return found


@pytest.fixture
def draft(served, seller, made):
    """Drafts an order of some tea, as the seller."""

    def draft_order(quantity):
        answer = served.ask(
            f"""mutation($customer: ID!, $tea: ID!, $quantity: Decimal!) {{
              createSalesOrder(input: {{
                customer: $customer, paymentMethod: CARD,
                lines: [{{product: $tea, quantity: $quantity}}]
              }}) {{ salesOrder {{ {ORDER} }} {ERRORS} }}
            }}""",
            seller,
            customer=made["customer"],
            tea=made["tea"],
            quantity=quantity,
        )["createSalesOrder"]
        assert answer["userErrors"] == []
        return answer["salesOrder"]

    return draft_order


@pytest.fixture
def step(served):
    """Does a step on an order; the payload."""

    def do(name, order, who):
        said = 'evidence: "They rang back"' if name == "verify" else ""
        return served.ask(
            f"""mutation($id: ID!, $version: Int!) {{
              {name}SalesOrder(id: $id, version: $version, {said}) {{
                salesOrder {{ {ORDER} }} {ERRORS} }}
            }}""",
            who,
            id=order["id"],
            version=order["version"],
        )[f"{name}SalesOrder"]

    return do


@pytest.fixture
def reviewed(served, manager, step):
    """Has both reviews pass a submitted order."""
    finance = served.person("sales_order.finance")

    def review(order):
        order = step("verify", order, manager)["salesOrder"]
        return step("approve", order, finance)["salesOrder"]

    return review


def quantity(served, keeper, made):
    found = served.ask(
        """query($shelf: ID!) {
          stockQuantities(where: {location: {is: {id: {eq: $shelf}}}}) {
            nodes { onHand reserved available }
          }
        }""",
        keeper,
        shelf=made["shelf"],
    )
    return [
        {name: float(value) for name, value in one.items()}
        for one in found["stockQuantities"]["nodes"]
    ]


def test_an_order_is_drafted_approved_reserved_and_shipped(
    served, seller, keeper, made, draft, step, reviewed
):
    order = draft("3")
    assert (order["state"], order["total"]) == ("DRAFT", "54.0000")

    order = step("submit", order, seller)["salesOrder"]
    assert step("verify", order, seller)["userErrors"][0]["code"] == "needs_permission"
    order = reviewed(order)
    order = step("confirm", order, seller)["salesOrder"]
    assert [float(line["reserved"]) for line in order["lines"]["nodes"]] == [3]
    assert quantity(served, keeper, made) == [{"onHand": 10, "reserved": 3, "available": 7}]

    order = step("ship", order, keeper)["salesOrder"]
    assert order["state"] == "DONE"
    assert quantity(served, keeper, made) == [{"onHand": 7, "reserved": 0, "available": 7}]
    assert served.ask("{ stockDifferences { product location } }", keeper) == {
        "stockDifferences": []
    }


def test_a_shortage_names_the_line_and_changes_nothing(
    served, seller, keeper, made, draft, step, reviewed
):
    order = step("submit", draft("12"), seller)["salesOrder"]
    order = reviewed(order)

    refused = step("confirm", order, seller)

    assert refused["salesOrder"] is None
    (error,) = refused["userErrors"]
    assert (error["path"], error["code"]) == (["lines", "0"], "shortage")
    assert error["params"]["line"] == order["lines"]["nodes"][0]["id"]
    assert {"available", "missing"} & error["params"].keys() == set()
    assert "Tea" in error["message"]
    again = served.ask(
        f"query($id: ID!) {{ salesOrder(id: $id) {{ {ORDER} }} }}", seller, id=order["id"]
    )
    assert again["salesOrder"] == order
    assert quantity(served, keeper, made) == [{"onHand": 10, "reserved": 0, "available": 10}]


def test_a_line_that_makes_no_sense_is_blamed_in_the_order(served, seller, made):
    answer = served.ask(
        f"""mutation($customer: ID!, $tea: ID!) {{
          createSalesOrder(input: {{customer: $customer, lines: [
            {{product: $tea, quantity: "1"}}, {{product: $tea, quantity: "0"}}
          ]}}) {{ salesOrder {{ id }} {ERRORS} }}
        }}""",
        seller,
        customer=made["customer"],
        tea=made["tea"],
    )["createSalesOrder"]

    assert answer["salesOrder"] is None
    assert [error["path"] for error in answer["userErrors"]] == [
        ["input", "lines", "1", "quantity"]
    ]
    assert served.ask("{ salesOrders { totalCount } }", seller) == {
        "salesOrders": {"totalCount": 0}
    }


def test_a_seller_sees_own_orders_only(served, manager, draft):
    order = draft("1")
    other = served.person("sales_order.seller")
    asked = """query($id: ID!) {
      salesOrders { totalCount }
      salesOrder(id: $id) { id }
      parties { nodes { salesOrders { totalCount } } }
      salesByYear { orders }
    }"""

    seen = served.ask(asked, other, id=order["id"])

    assert seen == {
        "salesOrders": {"totalCount": 0},
        "salesOrder": None,
        "parties": {"nodes": [{"salesOrders": {"totalCount": 0}}]},
        "salesByYear": [],
    }
    assert served.ask(asked, manager, id=order["id"])["salesOrders"] == {"totalCount": 1}


def test_an_auditor_of_reservations_sees_no_difference_where_all_is_well(
    served, seller, made, draft, step, reviewed
):
    order = step("submit", draft("3"), seller)["salesOrder"]
    step("confirm", reviewed(order), seller)
    asked = "{ reservationDifferences { product location reserved byReservations } }"

    auditor = served.person("inventory.auditor")

    assert served.ask(asked, auditor) == {"reservationDifferences": []}
    assert served.errors(asked, seller)[0]["extensions"]["code"] == "FORBIDDEN"


def test_a_keeper_settles_and_frees_by_the_api(served, keeper, seller, made, draft, step, reviewed):
    order = step("submit", draft("3"), seller)["salesOrder"]
    step("confirm", reviewed(order), seller)

    answer = served.ask(
        """mutation($shelf: ID!) {
          settleReservations { result userErrors { code } }
          releaseReservations(location: $shelf) { location { code } userErrors { code } }
        }""",
        keeper,
        shelf=made["shelf"],
    )

    assert answer == {
        "settleReservations": {"result": 0, "userErrors": []},
        "releaseReservations": {"location": {"code": "MAIN"}, "userErrors": []},
    }
    assert quantity(served, keeper, made) == [{"onHand": 10, "reserved": 3, "available": 7}]
