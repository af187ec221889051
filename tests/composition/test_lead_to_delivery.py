"""From a lead to goods that have left the house, as the people of a company do it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from company import Company

from dougong.testing import LiveWorld


def test_a_lead_becomes_an_order_whose_goods_leave_the_house(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    world, seller = company.world, company.seller

    lead = world.ask(
        """mutation { createLead(input: {name: "Ada", company: "ACME", email: "ada@acme.test"}) {
             lead { id version stage owner { name } } userErrors { message } } }""",
        seller,
    )["createLead"]["lead"]
    assert lead["owner"] == {"name": "Sam"}
    moved = world.ask(
        """mutation ($id: ID!) {
             qualifyLead(id: $id, version: 1) { lead { stage } userErrors { message } }
             winLead(id: $id, version: 2) { lead { stage party { id name } } userErrors { message } }
             openOrder(lead: $id) {
               salesOrder { id version customer { name } lead { name } } userErrors { message } } }""",
        seller,
        id=lead["id"],
    )
    assert moved["winLead"]["lead"]["party"]["name"] == "ACME"
    order = moved["openOrder"]["salesOrder"]
    assert (order["customer"], order["lead"]) == ({"name": "ACME"}, {"name": "Ada"})

    priced = world.ask(
        """mutation ($order: ID!, $version: Int!, $product: ID!) {
             updateSalesOrder(id: $order, version: $version, patch: {currency: "EUR",
               paymentMethod: CARD, shipToName: "ACME", shipToStreet: "S", shipToCity: "C"}) {
               salesOrder { version } userErrors { message } }
             createSalesOrderLine(input: {order: $order, product: $product, quantity: "10"}) {
               salesOrderLine { net order { id version total } } userErrors { path message } } }""",
        seller,
        order=order["id"],
        version=order["version"],
        product=company.product,
    )
    assert priced["createSalesOrderLine"]["userErrors"] == []
    order = priced["createSalesOrderLine"]["salesOrderLine"]["order"]
    assert order["total"] == "45.0000"

    submitted = company.step("submitSalesOrder", seller, order)["salesOrder"]
    refused = company.step("verifySalesOrder", seller, submitted)
    assert refused["salesOrder"] is None
    assert refused["userErrors"][0]["code"] == "needs_permission"
    confirmed = company.step("confirmSalesOrder", seller, company.reviewed(submitted))["salesOrder"]
    assert confirmed["state"] == "CONFIRMED"
    assert confirmed["lines"]["nodes"] == [{"reserved": "10.0000"}]
    assert company.stock() == (100, 10)

    shipped = company.step("shipSalesOrder", company.keeper, confirmed)["salesOrder"]
    assert shipped["state"] == "DONE"
    assert company.stock() == (90, 0)


def test_nobody_verifies_what_they_submitted_themselves(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    customer = company.customer()
    order = company.world.ask(
        """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
             salesOrder { id version } } }""",
        company.manager,
        input={
            "customer": customer,
            "paymentMethod": "CARD",
            "lines": [{"product": company.product, "quantity": "1"}],
        },
    )["createSalesOrder"]["salesOrder"]
    submitted = company.step("submitSalesOrder", company.manager, order)["salesOrder"]

    refused = company.step("verifySalesOrder", company.manager, submitted)

    assert refused["salesOrder"] is None
    assert refused["userErrors"] == [
        {
            "path": [],
            "code": "same_person",
            "message": "“verify” must be done by somebody other than the one who did “submit”.",
            "params": {"step": "verify", "other": "submit"},
        }
    ]


def test_an_order_for_more_than_there_is_names_the_line_and_the_shortage(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    customer = company.customer()
    order = company.approved_order(customer, "101")

    refused = company.step("confirmSalesOrder", company.seller, order)

    assert refused["salesOrder"] is None
    (error,) = refused["userErrors"]
    assert error["path"] == ["lines", "0"]
    assert error["code"] == "shortage"
    assert error["params"].keys() == {"line", "product", "wanted"}  # not how many there are
    assert company.stock() == (100, 0)
    still = company.world.ask(
        "query ($id: ID!) { salesOrder(id: $id) { state version } }", company.seller, id=order["id"]
    )["salesOrder"]
    assert still == {"state": "APPROVED", "version": order["version"]}


def test_fifty_clients_who_want_three_of_a_hundred_get_thirty_three_reservations(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    customer = company.customer()
    orders = [company.approved_order(customer, "3") for _ in range(50)]

    with ThreadPoolExecutor(50) as clients:
        answers = list(
            clients.map(
                lambda order: company.step("confirmSalesOrder", company.seller, order), orders
            )
        )

    codes = [answer["userErrors"][0]["code"] if answer["userErrors"] else "" for answer in answers]
    assert codes.count("") == 33
    assert codes.count("shortage") == 17
    assert company.stock() == (100, 99)


def test_a_seller_sees_only_own_leads_wherever_they_show(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    mine = company.make("Lead", company.seller, name="Mine", email="a@b.test")
    theirs = company.make("Lead", company.other, name="Theirs", email="c@d.test")

    seen = company.world.ask(
        """query ($theirs: ID!) {
             leads { totalCount nodes { id } }
             lead(id: $theirs) { id }
             node(id: $theirs) { id }
             users(where: {leads: {some: {name: {eq: "Theirs"}}}}) { totalCount }
             all: users { nodes { name leads { totalCount } } }
           }""",
        company.seller,
        theirs=theirs,
    )

    assert seen["leads"] == {"totalCount": 1, "nodes": [{"id": mine}]}
    assert seen["lead"] is None
    assert seen["node"] is None
    assert seen["users"]["totalCount"] == 0
    counts = {one["name"]: one["leads"]["totalCount"] for one in seen["all"]["nodes"]}
    assert counts["Olga"] == 0
    assert counts["Sam"] == 1
