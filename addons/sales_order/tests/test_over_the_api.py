"""Offers and contracts as a front end handles them, from the first word to the last signature."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from dougong_sales_order import Quotation

TODAY = datetime.now(UTC).date()
PDF = b"%PDF-1.7\n" + bytes(range(256))
KNOWN = """mutation {
  createParty(input: {name: "Kim"}) { party { id } }
  createProduct(input: {name: "Tea", price: {amount: "18", currency: "EUR"}}) { product { id } } }"""
OFFERED = """mutation ($i: QuotationCreate!) { createQuotation(input: $i) {
  quotation { id version } userErrors { code path } } }"""
SENT = """mutation ($id: ID!, $v: Int!) { sendQuotation(id: $id, version: $v) {
  quotation { id version state total validUntil } userErrors { code } } }"""
ACCEPTED = """mutation ($id: ID!, $v: Int!) { acceptQuotation(id: $id, version: $v, idempotencyKey: "yes") {
  quotation { id version state } userErrors { code params } } }"""
ORDERS = """{ salesOrders { nodes { state total quotation { id }
  lines { nodes { product { name } quantity unitPrice discount net } } } } }"""
QUOTED = """query ($c: ID!, $p: ID!) { quotedPrices(customer: $c, product: $p) { unitPrice } }"""
CONTRACTED = """mutation ($i: ContractCreate!) { createContract(input: $i) {
  contract { id version number } userErrors { code path } } }"""
UPLOAD = """mutation ($record: ID!, $size: Int!) {
  beginUpload(record: $record, name: "signed.pdf", size: $size, contentType: "application/pdf") {
    url userErrors { code } } }"""
SIGNED = """mutation ($id: ID!, $v: Int!, $file: ID!, $us: ID!, $day: Date!) {
  signContract(id: $id, version: $v, file: $file, signedByUs: $us, signedByUsOn: $day,
      signedByCustomer: "A. Fred", signedByCustomerOn: $day) {
    contract { id version state signedSha256 } userErrors { code path } } }"""


class Office:
    """A seller, who makes offers and contracts, and those beside them."""

    def __init__(self, world):
        self.world = world
        self.boss = world.person("dougong.administrator")
        self.seller = world.person("sales_order.seller", name="Sam Seller")
        self.legal = world.person("sales_order.legal")
        made = world.ask(KNOWN, self.boss)
        self.customer = made["createParty"]["party"]["id"]
        self.tea = made["createProduct"]["product"]["id"]

    def did(self, document, who, **variables):
        """The record; nothing was refused."""
        (payload,) = self.world.ask(document, who, **variables).values()
        assert payload.pop("userErrors") == []
        return next(iter(payload.values()))

    def refused(self, document, who, **variables):
        """The codes of what stands in the way."""
        (payload,) = self.world.ask(document, who, **variables).values()
        return [error["code"] for error in payload["userErrors"]]

    def step(self, name, who, record):
        document = f"""mutation ($id: ID!, $v: Int!) {{ {name}(id: $id, version: $v) {{
          contract {{ id version state }} userErrors {{ code }} }} }}"""
        return self.did(document, who, id=record["id"], v=record["version"])

    def sent(self, *lines):
        given = {
            "customer": self.customer,
            "lines": [{"product": self.tea, **one} for one in lines],
        }
        drafted = self.did(OFFERED, self.seller, i=given)
        return self.did(SENT, self.seller, id=drafted["id"], v=drafted["version"])

    def contract(self):
        lines = [{"product": self.tea, "quantity": "500", "unitPrice": "18"}]
        given = {"title": "Tea", "customer": self.customer, "startsOn": str(TODAY), "lines": lines}
        given["amount"] = {"amount": "9000", "currency": "EUR"}
        return self.did(CONTRACTED, self.seller, i=given)

    def uploaded(self, contract):
        """The id of the file that was sent to the contract."""
        begun = self.world.ask(UPLOAD, self.seller, record=contract["id"], size=len(PDF))
        url = begun["beginUpload"]["url"]
        kept = self.world.client.put(url, content=PDF)
        assert kept.status_code == 200, kept.text
        return kept.json()["file"]["id"]

    def sign(self, contract):
        return {
            "id": contract["id"],
            "v": contract["version"],
            "file": self.uploaded(contract),
            "us": f"User:{self.legal.principal.user_id}",
            "day": str(TODAY),
        }


@pytest.fixture
def office(live_world):
    return Office(live_world("sales_order"))


def test_S01_a_yes_makes_one_order_with_the_offers_lines_however_often_it_is_sent(office):
    offer = office.sent(
        {"quantity": "3", "unitPrice": "0.335", "discount": "0.5"}, {"quantity": "2"}
    )
    answer = {"id": offer["id"], "v": offer["version"]}

    first = office.did(ACCEPTED, office.seller, **answer)
    again = office.did(ACCEPTED, office.seller, **answer)

    assert first == again
    assert first["state"] == "ACCEPTED"
    (order,) = office.world.ask(ORDERS, office.seller)["salesOrders"]["nodes"]
    assert (order["state"], order["total"]) == ("DRAFT", offer["total"])
    assert order["quotation"]["id"] == offer["id"]
    assert [
        (line["quantity"], line["unitPrice"], line["discount"], line["net"])
        for line in order["lines"]["nodes"]
    ] == [("3.0000", "0.3350", "0.5000", "0.5000"), ("2.0000", "18.0000", "0.0000", "36.0000")]


def test_S02_a_contract_goes_through_review_and_both_signatures_and_keeps_the_files_hash(office):
    drafted = office.contract()
    proposed = office.step("handInContract", office.seller, drafted)
    approved = office.step("endorseContract", office.legal, proposed)
    early = """mutation ($id: ID!, $v: Int!) { activateContract(id: $id, version: $v) {
      userErrors { code } } }"""

    unsigned = office.refused(early, office.seller, id=approved["id"], v=approved["version"])
    signed = office.did(SIGNED, office.seller, **office.sign(approved))
    active = office.step("activateContract", office.seller, signed)

    assert unsigned == ["wrong_state"]
    assert signed["signedSha256"] == hashlib.sha256(PDF).hexdigest()
    assert active["state"] == "ACTIVE"


def test_S25_the_last_prices_are_told_and_what_has_expired_is_not_accepted(office):
    *_, last = [office.sent({"quantity": "1", "unitPrice": str(price)}) for price in range(1, 8)]
    with office.world.engine.begin() as connection:  # a month goes by
        yesterday = TODAY - timedelta(days=1)
        connection.execute(update(Quotation.__table__).values(valid_until=yesterday))

    told = office.world.ask(QUOTED, office.seller, c=office.customer, p=office.tea)["quotedPrices"]
    late = office.refused(ACCEPTED, office.seller, id=last["id"], v=last["version"])

    assert [line["unitPrice"] for line in told] == [
        "7.0000",
        "6.0000",
        "5.0000",
        "4.0000",
        "3.0000",
    ]
    assert late == ["quotation_expired"]
    assert office.world.ask(ORDERS, office.seller)["salesOrders"]["nodes"] == []


def test_S29_whom_a_contract_names_stays_and_the_salesperson_can_be_deactivated(office):
    contract = office.contract()
    gone = {}
    for kind, record in (("Party", office.customer), ("Product", office.tea)):
        document = f"""mutation ($id: ID!, $v: Int!) {{ delete{kind}(id: $id, version: $v) {{
          userErrors {{ code }} }} }}"""
        gone[kind] = office.refused(document, office.boss, id=record, v=1)
    seller = f"User:{office.seller.principal.user_id}"
    version = office.world.ask(
        "query ($id: ID!) { user(id: $id) { version } }", office.boss, id=seller
    )

    office.did(
        """mutation ($id: ID!) { deactivateUser(user: $id) {
          user { active } userErrors { code } } }""",
        office.boss,
        id=seller,
        v=version["user"]["version"],
    )

    assert gone == {"Party": ["still_used"], "Product": ["still_used"]}
    found = office.world.ask(
        "query ($id: ID!) { contract(id: $id) { salesperson { name active } } }",
        office.boss,
        id=contract["id"],
    )
    assert found["contract"]["salesperson"] == {"name": "Sam Seller", "active": False}
