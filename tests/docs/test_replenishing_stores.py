"""The how-to about stores: its documents do what it says, one after the other."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from dougong.testing.jobs import do_jobs
from dougong.testing.worlds import LiveWorld

PAGE = (Path(__file__).parents[2] / "docs/how-to/replenishing-stores.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"\W", text.split(" ", 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
MASTERS = """mutation @atomic {
  createUnit(input: {code: "SHOP", name: "Shop", kind: STORE}) { unit { id } }
  createProduct(input: {name: "Tea", price: {amount: "10", currency: "USD"}}) { product { id } } }"""
HOUSES = """mutation($unit: ID!, $user: ID!) @atomic {
  createMembership(input: {user: $user, unit: $unit}) { userErrors { code } }
  shop: createWarehouse(input: {name: "Shop", code: "SHOP", unit: $unit}) { warehouse { id } }
  main: createWarehouse(input: {name: "Main", code: "MAIN"}) { warehouse { id } } }"""
COUNT = """mutation($tea: ID!, $shelf: ID!) {
  bookCount(product: $tea, location: $shelf, counted: "100") { userErrors { code } } }"""


class Desks:
    """The people of the page, who send its documents."""

    def __init__(self, served: LiveWorld) -> None:
        self.served = served
        self.people = {
            name: served.person(f"inventory.{name}")
            for name in ("store", "headquarters", "store_finance", "sender")
        }
        self.boss = served.person("dougong.administrator")

    def read(self, name, who, **variables):
        return self.served.ask(DOCUMENTS[name], self.people[who], **variables)

    def do(self, name, who, **variables):
        """The record that a mutation answers with, without refusals."""
        (answer,) = self.read(name, who, **variables).values()
        assert answer.pop("userErrors") == []
        (record,) = answer.values()
        return record

    def work(self):
        do_jobs(self.served.engine, self.served.runtime.generation)


@pytest.fixture
def desks(live_world):
    return Desks(live_world("inventory"))


@pytest.fixture
def ids(desks):
    boss, served = desks.boss, desks.served
    made = served.ask(MASTERS, boss)
    user = f"User:{desks.people['store'].principal.user_id}"
    unit = made["createUnit"]["unit"]["id"]
    houses = served.ask(HOUSES, boss, unit=unit, user=user)
    (shelf,) = served.ask('{ locations(where: {code: {eq: "MAIN"}}) { nodes { id } } }', boss)[
        "locations"
    ]["nodes"]
    tea = made["createProduct"]["product"]["id"]
    served.ask(COUNT, boss, tea=tea, shelf=shelf["id"])
    return {
        "tea": tea,
        "shop": houses["shop"]["warehouse"]["id"],
        "headquarters": houses["main"]["warehouse"]["id"],
    }


def seen(record):
    return {"id": record["id"], "version": record["version"]}


def test_a_store_is_supplied_as_the_page_says(desks, ids):
    desks.do("Open", "headquarters", shop=ids["shop"], headquarters=ids["headquarters"])
    desks.do("Keep", "headquarters", shop=ids["shop"], tea=ids["tea"])
    desks.work()
    (alert,) = desks.read("Alerts", "store")["stockAlerts"]["nodes"]
    assert (alert["kind"], alert["rule"]["product"]) == ("OUT", {"name": "Tea"})

    order = desks.do("Fill", "store", alerts=[alert["id"]])
    (line,) = order["lines"]["nodes"]
    assert Decimal(line["requested"]) == 30
    order = desks.do("Submit", "store", **seen(order))
    assert (order["total"], order["lines"]["nodes"][0]["atSource"]) == ("300.00", True)
    desks.do("Decide", "headquarters", line=line["id"])
    order = again(desks, order)
    order = desks.do("Endorse", "headquarters", **seen(order))
    assert (order["inPart"], order["total"]) == (True, "180.00")
    order = desks.do("Fund", "store_finance", **seen(order))
    order = desks.do("Prepare", "sender", **seen(order))
    order = desks.do("SendOut", "sender", **seen(order))
    for who in ("store", "headquarters"):
        (row,) = desks.read("OnTheirWay", who)["suppliesInTransit"]
        assert Decimal(row["inTransit"]) == 18

    desks.do("Arrived", "store", line=line["id"])
    order = desks.do("TakeIn", "store", **seen(again(desks, order)))
    found = order["discrepancies"]["nodes"]
    assert {one["kind"]: Decimal(one["quantity"]) for one in found} == {"DAMAGED": 1, "SHORT": 2}
    desks.do("Confirm", "store", **seen(order))
    for one in found:
        desks.do("Resolve", "headquarters", **seen(one))
    closed = desks.do("Close", "headquarters", **seen(again(desks, order)))

    assert (closed["state"], closed["total"]) == ("CLOSED", "150.00")
    (figures,) = desks.read("Figures", "headquarters")["replenishmentTimes"]
    assert (figures["warehouse"], figures["orders"]) == ("SHOP", 1)


def again(desks, order):
    """The order with the version that it has now."""
    asked = "query($id: ID!) { replenishmentOrder(id: $id) { id version } }"
    return desks.served.ask(asked, desks.boss, id=order["id"])["replenishmentOrder"]
