"""The how-to about stock: its documents do what it says, one after the other."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/how-to/stock.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"\W", text.split(" ", 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
STEP = """mutation ($id: ID!, $version: Int!) {{ {0}Transfer(id: $id, version: $version) {{
    transfer {{ id version state lines {{ nodes {{ id version }} }} }} userErrors {{ code message }} }} }}"""


@pytest.fixture
def keeper(live_world):
    served = live_world("inventory", "sales_order")
    return Keeper(
        served, served.person("inventory.supervisor", "product.editor", "sales_order.manager")
    )


class Keeper:
    """Somebody who sends the page's documents."""

    def __init__(self, served, who):
        self.served, self.who = served, who

    def read(self, name, **variables):
        return self.served.ask(DOCUMENTS[name], self.who, **variables)

    def do(self, name, **variables):
        """The record that a mutation answers with, without refusals."""
        (answer,) = self.read(name, **variables).values()
        assert answer.pop("userErrors") == []
        (record,) = answer.values()
        return record

    def step(self, name, seen):
        asked = {"id": seen["id"], "version": seen["version"]}
        (answer,) = self.served.ask(STEP.format(name), self.who, **asked).values()
        assert answer["userErrors"] == []
        return answer["transfer"]

    def places(self):
        found = self.served.ask("{ locations { nodes { id code } } }", self.who)
        return {one["code"]: one["id"] for one in found["locations"]["nodes"]}


def test_goods_are_received_kept_picked_and_shipped_as_the_page_says(keeper):
    product = keeper.served.ask(
        """mutation { createProduct(input: {name: "Wine", price: {amount: "9", currency: "EUR"}}) {
        product { id } } }""",
        keeper.who,
    )
    wine = product["createProduct"]["product"]["id"]
    warehouse = keeper.do("Warehouse")
    assert [one["code"] for one in warehouse["locations"]["nodes"]] == ["MAIN"]
    assert keeper.do("Policy", wine=wine) == {"tracking": "LOT", "costMethod": "FIFO"}
    lot, places = keeper.do("Lot", wine=wine)["id"], keeper.places()

    receipt = keeper.do(
        "Receipt", supplier=places["SUPPLIER"], shelf=places["MAIN"], wine=wine, lot=lot
    )
    arrived = keeper.step("arrive", keeper.step("expect", receipt))
    (line,) = arrived["lines"]["nodes"]
    keeper.do("Counted", line=line["id"], version=line["version"])
    seen = keeper.served.ask(
        "query ($id: ID!) { transfer(id: $id) { id version } }", keeper.who, id=receipt["id"]
    )
    assert keeper.step("putAway", keeper.step("inspect", seen["transfer"]))["state"] == "DONE"

    delivery = keeper.do("Delivery", customers=places["CUSTOMER"], wine=wine)
    requested = keeper.do("Request", **delivery)
    assert requested["state"] == "WAITING"
    (kept,) = requested["lines"]["nodes"]
    assert [one["lot"]["number"] for one in kept["reservations"]["nodes"]] == ["L1"]
    (there,) = keeper.read("Availability", wine=wine)["productAvailability"]
    assert [float(there[name]) for name in ("onHand", "reserved", "available")] == [9, 9, 0]
    packed = keeper.step("pack", keeper.step("pick", requested))
    shipped = keeper.do("Ship", id=packed["id"], version=packed["version"])

    (rest,) = shipped["laterTransfers"]["nodes"]
    assert (shipped["state"], rest["state"]) == ("SHIPPED", "WAITING")
    assert [float(one["baseQuantity"]) for one in rest["lines"]["nodes"]] == [3]
    lying = keeper.read("Then", wine=wine)["stockAt"]
    assert [(one["location"]["code"], float(one["quantity"])) for one in lying] == [
        ("MAIN-QUARANTINE", 1)
    ]
    assert keeper.read("Try") == {"takeOverOrders": {"result": 0, "orders": "", "userErrors": []}}
