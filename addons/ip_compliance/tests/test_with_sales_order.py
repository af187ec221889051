"""Contracts that touch intellectual property are looked at before they are signed (§3.3)."""

from datetime import UTC, datetime

import pytest

from dougong import Context, attach
from dougong.db.session import WriteSession
from dougong.db.session.transactions import enter
from dougong_sales_order import Contract

TODAY = datetime.now(UTC).date().isoformat()
RULE = """mutation($amount: MoneyInput!) {
  createRightsReviewRule(input: {amount: $amount}) { rightsReviewRule { id } userErrors { code } } }"""
CUSTOMER = """mutation { createParty(input: {name: "Wheels Ltd"}) {
  party { id } userErrors { code message } } }"""
DRAFT = """mutation($input: ContractCreate!) {
  createContract(input: $input) { contract { id version } userErrors { code message } } }"""
MARK = """mutation($id: ID!, $version: Int!, $touches: Boolean!) {
  updateContract(id: $id, version: $version, patch: {touchesRights: $touches}) {
    contract { id version } userErrors { code message } } }"""
LOOK = """mutation($contract: ID!, $verdict: RightsVerdict!, $note: String!) {
  reviewRights(contract: $contract, verdict: $verdict, note: $note) {
    contract { rightsVerdict rightsNote rightsReviewedBy { name } } userErrors { code } } }"""
SIGN = """mutation($id: ID!, $version: Int!, $file: ID!, $us: ID!, $on: Date!) {
  signContract(id: $id, version: $version, file: $file, signedByUs: $us, signedByUsOn: $on,
    signedByCustomer: "A. Fred", signedByCustomerOn: $on) {
    contract { state } userErrors { code } } }"""
AMEND = """mutation($input: AmendmentCreate!) {
  createAmendment(input: $input) { amendment { id } userErrors { code message } } }"""
CNY = {"currency": "CNY"}


class Desk:
    """Who sells, who reviews, and who looks at rights."""

    def __init__(self, world):
        self.world = world
        self.seller = world.person("sales_order.seller", "ip_compliance.contract_marker")
        self.legal = world.person("sales_order.legal")
        self.reviewer = world.person("ip_compliance.contract_reviewer", name="reviewer")
        self.boss = world.person("dougong.administrator")
        made = world.ask(CUSTOMER, self.boss)["createParty"]
        self.customer = made["party"]["id"]

    def drafted(self, amount="29999.99", currency="CNY", **said):
        """A contract that the seller has drafted."""
        said |= {"title": "Wheels", "customer": self.customer, "startsOn": TODAY}
        said["amount"] = {"amount": amount, "currency": currency}
        made = self.world.ask(DRAFT, self.seller, input=said)["createContract"]
        assert made["userErrors"] == []
        return made["contract"]["id"]

    def version(self, contract):
        asked = "query($id: ID!) { contract(id: $id) { version } }"
        return self.world.ask(asked, self.boss, id=contract)["contract"]["version"]

    def go(self, who, step, contract, **said):
        """Why a step of a contract is refused to somebody."""
        form = "".join(f', {name}: "{value}"' for name, value in said.items())
        asked = (
            f"mutation($id: ID!, $version: Int!) {{ {step}Contract"
            f"(id: $id, version: $version{form}) {{ userErrors {{ code }} }} }}"
        )
        said = self.world.ask(asked, who, id=contract, version=self.version(contract))
        return [one["code"] for one in said[f"{step}Contract"]["userErrors"]]

    def approved(self, **said):
        """A contract that was handed in and approved."""
        contract = self.drafted(**said)
        assert self.go(self.seller, "handIn", contract) == []
        assert self.go(self.legal, "endorse", contract) == []
        return contract

    def file(self, contract):
        """The signed file, kept."""
        generation, principal = self.world.runtime.generation, self.seller.principal
        with WriteSession(self.world.engine) as session, session.begin():
            enter(session, generation.number, principal)
            ctx = Context(generation, session, principal)
            there = ctx.get(Contract, int(contract.partition(":")[2]))
            return f"File:{attach(ctx, there, 'signed.txt', 'text/plain', [b'Signed']).id}"

    def sign(self, contract):
        """Why it is not signed."""
        said = {"file": self.file(contract), "us": f"User:{self.boss.principal.user_id}"}
        said |= {"id": contract, "version": self.version(contract), "on": TODAY}
        answer = self.world.ask(SIGN, self.seller, **said)["signContract"]
        return [one["code"] for one in answer["userErrors"]]

    def look(self, who, contract, verdict="CLEARED", note="No right of ours is licensed"):
        """Why somebody may not say whether it may be signed."""
        said = {"contract": contract, "verdict": verdict, "note": note}
        answer = self.world.ask(LOOK, who, **said)["reviewRights"]
        return [one["code"] for one in answer["userErrors"]]

    def mark(self, contract, touches=True, who=None):
        """Say that a contract touches rights."""
        said = {"id": contract, "version": self.version(contract)}
        answer = self.world.ask(MARK, who or self.seller, **said, touches=touches)["updateContract"]
        return [one["code"] for one in answer["userErrors"]]

    def rule(self, amount, currency="CNY"):
        """From this amount on contracts are looked at."""
        money = {"amount": amount, "currency": currency}
        answer = self.world.ask(RULE, self.reviewer, amount=money)["createRightsReviewRule"]
        return [one["code"] for one in answer["userErrors"]]


@pytest.fixture
def desk(live_world):
    return Desk(live_world("ip_compliance", "sales_order"))


def test_a_contract_as_large_as_the_rule_says_is_looked_at_before_it_is_signed(desk):
    assert desk.sign(desk.approved(amount="40000", currency="EUR")) == []  # no rule, no review
    assert desk.rule("30000") == []
    assert desk.rule("5") == ["taken"]
    assert desk.sign(desk.approved()) == []
    assert desk.sign(desk.approved(amount="45000", currency="USD")) == []

    large = desk.approved(amount="30000")

    assert desk.sign(large) == ["rights_not_reviewed"]
    asked = (
        'query($id: ID!) { contract(id: $id) { actions(names: ["signContract"]) '
        "{ enabled reasons { code } } } }"
    )
    (told,) = desk.world.ask(asked, desk.seller, id=large)["contract"]["actions"]
    assert told == {"enabled": False, "reasons": [{"code": "rights_not_reviewed"}]}
    assert desk.look(desk.seller, large) == ["needs_permission"]
    assert desk.look(desk.legal, large) == ["needs_permission"]
    assert desk.look(desk.reviewer, large, note=" ") == ["note_missing"]
    assert desk.look(desk.reviewer, large) == []
    assert desk.sign(large) == []
    assert desk.look(desk.reviewer, large) == ["nothing_to_look_at"]


def test_a_contract_that_touches_rights_is_looked_at_whatever_it_comes_to(desk):
    contract = desk.drafted()
    assert desk.mark(contract, who=desk.reviewer) == ["needs_grant"]
    assert desk.mark(contract) == []
    assert desk.look(desk.reviewer, contract) == ["nothing_to_look_at"]
    assert desk.go(desk.seller, "handIn", contract) == []
    assert desk.mark(contract, touches=False) == ["contract_is_fixed"]
    objected = desk.look(desk.reviewer, contract, "OBJECTED", "It gives the patent away")
    assert objected == []
    assert desk.go(desk.legal, "endorse", contract) == []
    assert desk.sign(contract) == ["rights_objected"]

    unmarked = desk.approved()
    assert desk.look(desk.reviewer, unmarked, "OBJECTED", "It does touch them") == []
    assert desk.sign(unmarked) == ["rights_objected"]

    # Another text is looked at anew.
    assert desk.look(desk.reviewer, contract) == []
    other = desk.drafted()
    assert desk.mark(other) == []
    assert desk.go(desk.seller, "handIn", other) == []
    assert desk.look(desk.reviewer, other) == []
    assert desk.go(desk.legal, "sendBack", other, reason="Clause 3") == []
    assert desk.go(desk.seller, "handIn", other) == []
    assert desk.go(desk.legal, "endorse", other) == []
    assert desk.sign(other) == ["rights_not_reviewed"]
    assert desk.sign(contract) == []
    asked = "query($id: ID!) { contract(id: $id) { rightsNote rightsReviewedBy { name } } }"
    said = desk.world.ask(asked, desk.seller, id=contract)["contract"]
    assert said["rightsReviewedBy"] == {"name": "reviewer"}


def test_an_amendment_that_makes_a_contract_large_is_looked_at_before_it_is_adopted(desk):
    assert desk.rule("30000") == []
    contract = desk.approved()
    assert desk.sign(contract) == []
    assert desk.look(desk.reviewer, contract) == ["nothing_to_look_at"]
    more = {"contract": contract, "why": "More wheels", "amount": CNY | {"amount": "30000"}}
    made = desk.world.ask(AMEND, desk.seller, input=more)["createAmendment"]
    amendment = made["amendment"]["id"]

    def amended(who, step):
        asked = "query($id: ID!) { amendment(id: $id) { version } }"
        version = desk.world.ask(asked, desk.boss, id=amendment)["amendment"]["version"]
        document = (
            f"mutation($id: ID!, $version: Int!) {{ {step}Amendment(id: $id, version: $version) "
            "{ userErrors { code } } }"
        )
        said = desk.world.ask(document, who, id=amendment, version=version)
        return [one["code"] for one in said[f"{step}Amendment"]["userErrors"]]

    assert amended(desk.seller, "propose") == []

    assert amended(desk.legal, "adopt") == ["rights_not_reviewed"]
    assert desk.look(desk.reviewer, contract, "OBJECTED", "The licence is missing") == []
    assert amended(desk.legal, "adopt") == ["rights_objected"]
    assert desk.look(desk.reviewer, contract) == []
    assert amended(desk.legal, "adopt") == []
    assert desk.look(desk.reviewer, contract) == ["nothing_to_look_at"]


def test_nobody_looks_at_their_own_contract(desk):
    desk.seller = desk.world.person("sales_order.seller", "ip_compliance.contract_reviewer")
    contract = desk.approved()

    assert desk.look(desk.seller, contract) == ["own_contract"]


def test_without_sales_orders_there_is_nothing_to_look_at(live_world):
    world = live_world("ip_compliance")

    mutations = world.runtime.generation.schema.mutation_type.fields

    assert "startComplianceProgram" in mutations
    assert "reviewRights" not in mutations
