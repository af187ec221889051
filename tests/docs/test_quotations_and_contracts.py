"""The how-to about quotations and contracts: its documents do what it says, one after the other."""

import re
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from dougong.testing.worlds import LiveWorld, Person

PAGE = (Path(__file__).parents[2] / "docs/how-to/quotations-and-contracts.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"\W", text.split(" ", 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
SIGNED = b"%PDF-1.7 signed"
MASTERS = """mutation @atomic {
  createParty(input: {name: "Alfreds"}) { party { id } }
  createProduct(input: {name: "Tea", price: {amount: "18", currency: "USD"}}) { product { id } }
  coffee: createProduct(input: {name: "Coffee", price: {amount: "4.25", currency: "USD"}}) {
    product { id } } }"""


@pytest.fixture
def served(live_world, tmp_path, monkeypatch):
    monkeypatch.setenv("DOUGONG_FILES", str(tmp_path))
    return live_world("sales_order")


class Desk:
    """Somebody who sends the page's documents."""

    def __init__(self, served: LiveWorld, who: Person) -> None:
        self.served, self.who = served, who

    def read(self, name, **variables):
        return self.served.ask(DOCUMENTS[name], self.who, **variables)

    def do(self, name, **variables):
        """The record that a mutation answers with, without refusals."""
        (answer,) = self.read(name, **variables).values()
        assert answer.pop("userErrors") == []
        (record,) = answer.values()
        return record


@pytest.fixture
def masters(served):
    boss = served.person("dougong.administrator")
    made = served.ask(MASTERS, boss)
    customer = made["createParty"]["party"]["id"]
    coffee = made["coffee"]["product"]["id"]
    return {"customer": customer, "tea": made["createProduct"]["product"]["id"], "coffee": coffee}


def seen(record):
    return {"id": record["id"], "version": record["version"]}


def test_an_offer_is_revised_sent_and_accepted_as_the_page_says(served, masters):
    desk = Desk(served, served.person("sales_order.seller"))

    offer = desk.do("Offer", **masters)
    sent = desk.do("Send", **seen(offer))
    revision = desk.do("Revise", id=sent["id"])
    again = desk.do("Send", **seen(revision))
    before = desk.read("Before", **masters)["quotedPrices"]
    accepted = desk.do("Accept", **seen(again))
    twice = desk.do("Accept", **seen(again))

    assert (offer["total"], offer["revision"]) == ("162.0000", 1)
    assert (revision["number"], revision["revision"]) == (offer["number"], 2)
    assert revision["revises"] == {"state": "SUPERSEDED"}
    assert [line["quotation"]["revision"] for line in before] == [2, 1]
    assert accepted["state"] == "ACCEPTED"
    (order,) = accepted["salesOrders"]["nodes"]
    assert (order["state"], order["total"]) == ("DRAFT", "162.0000")
    assert twice == accepted
    figures = desk.read("Figures")
    assert figures["salesByMonth"] == []  # a draft is no sale
    assert [row["state"] for row in figures["quotationStats"]] == ["ACCEPTED", "SUPERSEDED"]


def test_a_contract_is_signed_put_into_force_and_amended_as_the_page_says(served, masters):
    person = served.person("sales_order.seller")
    seller, legal = (Desk(served, one) for one in (person, served.person("sales_order.legal")))

    drafted = seller.do("Agree", **masters)
    contract = seller.do("HandIn", **seen(drafted))
    contract = legal.do("Endorse", **seen(contract))
    file = upload(served, person, contract["id"])
    us = f"User:{person.principal.user_id}"
    contract = seller.do("Sign", **seen(contract), file=file, us=us)
    assert contract["signedSha256"] == sha256(SIGNED).hexdigest()
    contract = seller.do("Activate", **seen(contract))
    order = seller.do("OrderUnderIt", **masters, contract=contract["id"])
    (line,) = drafted["lines"]["nodes"]
    said = {"contract": contract["id"], "line": line["id"], "coffee": masters["coffee"]}
    amendment = seller.do("Propose", **seen(seller.do("Amend", **said)))
    adopted = legal.do("Adopt", **seen(amendment))
    signed = upload(served, person, adopted["id"])
    done = seller.do("Countersign", **seen(adopted), file=signed, us=us)

    assert order["contract"] is not None
    assert (adopted["state"], done["state"]) == ("APPROVED", "IN_FORCE")
    assert done["signedSha256"] == sha256(SIGNED).hexdigest()
    assert Decimal(done["amountBefore"]) == 9000
    (before, added) = done["lines"]["nodes"]
    assert (Decimal(before["quantityBefore"]), added["quantityBefore"]) == (500, None)
    agreed = done["contract"]
    assert (Decimal(agreed["amount"]["amount"]), agreed["goods"]) == (18425, "18425.0000")
    assert [one["product"]["name"] for one in agreed["lines"]["nodes"]] == ["Tea", "Coffee"]
    (agreed,) = seller.read("Figures")["contractStats"]
    assert agreed["count"] == 1


def upload(served: LiveWorld, who: Person, record: str) -> str:
    """A file of a record, sent as `files.md` says."""
    begin = """mutation ($r: ID!, $s: Int!) { beginUpload(record: $r, name: "signed.pdf", size: $s,
      contentType: "application/pdf") { url userErrors { message } } }"""
    begun = served.ask(begin, who, r=record, s=len(SIGNED))["beginUpload"]
    assert begun["userErrors"] == []
    headers = {"authorization": f"Bearer {who.token}"}
    sent = served.client.put(begun["url"], content=SIGNED, headers=headers)
    assert sent.status_code == 200, sent.text
    return str(sent.json()["file"]["id"])


def test_every_document_of_the_page_is_sent_here():
    here = Path(__file__).read_text("utf-8")

    assert [name for name in DOCUMENTS if f'"{name}"' not in here] == []
