"""The documents of the README do what it says, in the order in which it says it."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"[ ({]", text.split(None, 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
}


class House:
    """A firm that sells tea."""

    def __init__(self, world):
        self.world = world
        self.boss = world.person("dougong.administrator", name="Olga Owner")
        self.seller = world.person("sales_order.seller", name="Sam Seller")
        self.manager = world.person("sales_order.manager", name="Mia Manager")
        self.finance = world.person("sales_order.finance", name="Fay Finance")
        self.credit = world.person("sales_order.credit_manager", name="Cleo Credit")
        made = world.ask(
            """mutation {
              createParty(input: {name: "Kim", street: "Main St. 1", city: "Ulm"}) { party { id } }
              createProduct(input: {name: "Tea", price: {amount: "18", currency: "USD"}}) {
                product { id } } }""",
            self.boss,
        )
        self.customer = made["createParty"]["party"]["id"]
        self.tea = made["createProduct"]["product"]["id"]

    def send(self, name, who, **variables):
        """The payload; nothing was refused."""
        answer = self.refused(name, who, **variables)
        assert answer.get("userErrors", []) == []
        return next(iter(answer.values()))

    def refused(self, name, who, **variables):
        (answer,) = self.world.ask(DOCUMENTS[name], who, **variables).values()
        return answer

    def step(self, name, who, order):
        return self.send(name, who, id=order["id"], version=order["version"])

    def submitted(self):
        order = self.send("Draft", self.seller, customer=self.customer, tea=self.tea)
        return self.step("Submit", self.seller, order)

    def approved(self):
        verified = self.step("Verify", self.manager, self.submitted())
        return self.step("Approve", self.finance, verified)


@pytest.fixture
def house(live_world):
    return House(live_world("sales_order"))


def codes(answer):
    return [one["code"] for one in answer["userErrors"]]


def test_S09_a_submitted_order_waits_for_the_supervisor_and_shows_how_late_it_is(house):
    order = house.submitted()

    assert (order["state"], order["minutesLate"]) == ("SUBMITTED", 0)
    (row,) = house.refused("Waiting", house.manager)["nodes"]
    assert (row["id"], row["total"], row["minutesLate"]) == (order["id"], "171.0000", 0)
    assert house.refused("Waiting", house.world.person("sales_order.seller"))["nodes"] == []


def test_S10_the_submitter_is_told_that_somebody_else_must_review(house):
    order = house.send("Draft", house.manager, customer=house.customer, tea=house.tea)
    order = house.step("Submit", house.manager, order)

    answer = house.refused("Verify", house.manager, id=order["id"], version=order["version"])

    assert codes(answer) == ["same_person"]


def test_S12_a_discount_that_is_raised_after_approval_voids_it(house):
    order = house.approved()
    (line,) = house.refused("Reviews", house.seller, id=order["id"])["lines"]["nodes"]

    changed = house.send("GiveMore", house.seller, line=line["id"], version=line["version"])

    assert (changed["order"]["state"], changed["order"]["total"]) == ("SUBMITTED", "153.0000")
    shown = house.refused("Reviews", house.seller, id=order["id"])["reviews"]["nodes"]
    assert [(one["kind"], one["createdBy"]["name"]) for one in shown] == [
        ("AUTHENTICITY", "Mia Manager"),
        ("FINANCE", "Fay Finance"),
    ]
    assert all(one["voidedAt"] for one in shown)
    order = house.step("Verify", house.manager, changed["order"])
    order = house.step("Approve", house.finance, order)
    assert house.step("Confirm", house.seller, order)["state"] == "CONFIRMED"


def test_T4_an_approval_of_what_was_edited_meanwhile_is_refused(house):
    verified = house.step("Verify", house.manager, house.submitted())
    approved = house.step("Approve", house.finance, verified)
    (line,) = house.refused("Reviews", house.seller, id=approved["id"])["lines"]["nodes"]
    edited = house.send("GiveMore", house.seller, line=line["id"], version=line["version"])["order"]

    replayed = house.refused("Approve", house.finance, **keyed(verified))
    confirmed = house.refused("Confirm", house.seller, **keyed(approved))
    up_to_date = house.refused("Confirm", house.seller, **keyed(edited))

    assert [codes(one) for one in (replayed, confirmed)] == [["stale_version"]] * 2
    assert codes(up_to_date) == ["wrong_state"]


def keyed(order):
    return {"id": order["id"], "version": order["version"]}


def test_S11_above_the_credit_limit_finance_is_told_the_amounts_and_an_override_helps(house):
    house.send("Limit", house.finance, customer=house.customer, version=1)
    order = house.step("Verify", house.manager, house.submitted())

    refused = house.refused("Approve", house.finance, **keyed(order))
    house.send("Override", house.credit, order=order["id"])
    (version,) = house.world.ask(
        "query ($id: ID!) { salesOrder(id: $id) { version } }", house.finance, id=order["id"]
    )["salesOrder"].values()
    approved = house.send("Approve", house.finance, id=order["id"], version=version)

    assert codes(refused) == ["credit_limit_exceeded"]
    told = refused["userErrors"][0]["params"]
    shown = (told["limit"], told["taken"], told["order"])
    assert shown == ("100.0000 USD", "0 USD", "171.00 USD")
    assert house.step("Confirm", house.seller, approved)["state"] == "CONFIRMED"


def test_S05_without_the_finance_review_new_orders_skip_it_and_old_ones_keep_it(house):
    old = house.submitted()
    drafted = house.send("Draft", house.seller, customer=house.customer, tea=house.tea)

    house.send("WithoutFinance", house.boss)
    new = house.submitted()

    skipped = house.step("Verify", house.manager, new)
    assert skipped["state"] == "APPROVED"
    assert house.step("Confirm", house.seller, skipped)["state"] == "CONFIRMED"
    for kept in (old, house.step("Submit", house.seller, drafted)):
        assert house.step("Verify", house.manager, kept)["state"] == "VERIFIED"


def test_every_document_of_the_readme_is_sent_above():
    sent = Path(__file__).read_text("utf-8")

    assert [name for name in DOCUMENTS if f'"{name}"' not in sent] == []
