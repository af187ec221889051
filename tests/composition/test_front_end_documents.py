"""The documents of docs/documents, as a front end sends them, on everything installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from company import Company
from graphql import OperationDefinitionNode, get_operation_ast, parse, validate

from dougong.testing import LiveWorld
from dougong.testing.worlds import Person

FOLDER = Path(__file__).parents[2] / "docs" / "documents"
TEXTS = {file.stem: file.read_text("utf-8") for file in sorted(FOLDER.glob("*.graphql"))}
OPERATIONS = {
    one.name.value: text
    for text in TEXTS.values()
    for one in parse(text).definitions
    if isinstance(one, OperationDefinitionNode) and one.name
}
SIGN_IN = {"email": "nobody@test.example", "password": "wrong"}


class FrontEnd:
    """A front end on a company, and which of its operations it has sent."""

    def __init__(self, world: LiveWorld) -> None:
        self.company = Company(world)
        self.sent: set[str] = set()

    def send(self, operation: str, who: Person | None, **variables: Any) -> Any:
        """The answer's data; the payload's record where it is one, which must not be refused."""
        body = {"query": OPERATIONS[operation], "operationName": operation, "variables": variables}
        headers = {"authorization": f"Bearer {who.token}"} if who else {}
        answer = self.company.world.client.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer["errors"]
        self.sent.add(operation)
        ((name, found), *_) = answer["data"].items()
        if isinstance(found, dict) and "userErrors" in found and name != "signIn":
            assert found["userErrors"] == []
            return found[next(iter(found))]
        return answer["data"]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_document_fits_what_is_installed(world: Any, text: str) -> None:
    schema = world("crm", "sales_order", "inventory").generation.schema

    assert validate(schema, parse(text)) == []


def test_every_operation_does_what_it_is_for(live_world: Callable[..., LiveWorld]) -> None:
    front = FrontEnd(live_world("crm", "sales_order", "inventory"))
    company, send = front.company, front.send
    seller = company.seller

    assert send("SignIn", None, **SIGN_IN)["signIn"]["token"] is None
    won = sell_to_a_lead(front)
    customer = won["party"]["id"]
    order = order_of(front, customer)

    assert send("Record", seller, id=order["id"])["node"]["state"] == "CONFIRMED"
    (row,) = send("Customers", seller, first=1)["parties"]["edges"]
    assert row["node"]["id"] == customer
    active = send("ActiveCustomers", seller, since="2000-01-01")["parties"]["nodes"]
    assert [one["name"] for one in active] == ["ACME"]
    shown = send("Customer", seller, id=customer)["party"]
    assert [one["name"] for one in shown["contacts"]["nodes"]] == ["Ann"]
    (one,) = shown["salesOrders"]["nodes"]
    assert [line["product"]["name"] for line in one["lines"]["nodes"]] == ["Tea"]
    assert "salesOrders" not in send("Customer", seller, id=customer, withOrders=False)["party"]
    overview = send("Overview", manager_of_stock(company))
    assert [year["orders"] for year in overview["salesByYear"]] == [1]
    assert {"Sam", "Mia"} <= {one["name"] for one in overview["users"]["nodes"]}
    see_what_can_be_done(front, order["id"])
    assert front.sent == set(OPERATIONS)


def sell_to_a_lead(front: FrontEnd) -> Any:
    """A lead, until it is a customer."""
    seller = front.company.seller
    given = {"name": "Ann", "company": "ACME", "email": "ann@acme.example"}
    lead = front.send("AddLead", seller, input=given)
    mine = front.send("OpenLeads", seller, owner=lead["owner"]["id"])["leads"]
    assert [one["id"] for one in mine["nodes"]] == [lead["id"]]
    lead = front.send("QualifyLead", seller, id=lead["id"], version=lead["version"])
    return front.send("WinLead", seller, id=lead["id"], version=lead["version"])


def order_of(front: FrontEnd, customer: str) -> Any:
    """An order that was drafted, changed, approved and confirmed; another one was thrown away."""
    company = front.company
    given = {
        "customer": customer,
        "currency": "EUR",
        "paymentMethod": "CARD",
        "shipToName": "ACME",
        "shipToStreet": "Main St. 1",
        "shipToCity": "Ulm",
        "lines": [{"product": company.product, "quantity": "2"}],
    }
    spare = front.send("DraftOrder", company.seller, input=given)
    gone = front.send("DeleteOrder", company.seller, id=spare["id"], version=spare["version"])
    assert gone == spare["id"]
    order = front.send("DraftOrder", company.seller, input=given)
    steps: list[tuple[str, Person, dict[str, Any]]] = [
        ("ChangeOrder", company.seller, {"patch": {"carrier": "Bike"}}),
        ("SubmitOrder", company.seller, {}),
        ("VerifyOrder", company.manager, {"evidence": "They rang back"}),
        ("ApproveOrder", company.finance, {}),
        ("ConfirmOrder", company.seller, {}),
    ]
    steps[2:2] = [
        ("RejectOrder", company.manager, {"reason": "Too slow"}),
        ("SubmitOrder", company.seller, {}),
    ]
    for operation, who, more in steps:
        order = front.send(operation, who, id=order["id"], version=order["version"], **more)
    return order


def see_what_can_be_done(front: FrontEnd, order: str) -> None:
    """With the confirmed order, and what it takes."""
    seller = front.company.seller
    shown = front.send("OrdersWithActions", seller)["salesOrders"]["nodes"]
    (row,) = [one for one in shown if one["id"] == order]
    able = [one["name"] for one in row["actions"] if one["enabled"]]
    assert able == ["cancelSalesOrder"]
    cancel = front.send("ActionForm", seller, id=order, name=able[0])["salesOrder"]["actions"][0]
    assert cancel["arguments"] == {"id": order, "version": row["version"]}
    assert [(one["name"], one["required"]) for one in cancel["form"]] == [("reason", True)]


def manager_of_stock(company: Company) -> Person:
    """Somebody who sees sales and stock."""
    return company.world.person("sales_order.manager", "inventory.reader", "product.reader")


def test_a_document_has_operations_with_names_of_their_own() -> None:
    for text in TEXTS.values():
        names = [
            one.name and one.name.value
            for one in parse(text).definitions
            if isinstance(one, OperationDefinitionNode)
        ]
        assert None not in names
        assert all(get_operation_ast(parse(text), name) for name in names)
        assert all(OPERATIONS[str(name)] == text for name in names)
