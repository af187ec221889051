"""A mutation succeeds exactly when `actions` says so: whoever asks, of whatever add-on's record."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from company import Company, euros
from graphql import is_required_argument
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dougong.db.naming import CORE
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

ADDONS = ("party", "product", "crm", "sales_order", "inventory")
PEOPLE, LEADS, ORDERS, MOVES, WANDERED = 8, 8, 8, 4, 25
ANYTHING = {"DateTime!": "2050-01-01T00:00:00Z", "Date!": "2050-01-01", "Boolean!": False}
"""What is said where a form wants something that no test is about."""
SHOWN = "id version actions(names: $names) { name kind enabled arguments reasons { path code message params } }"
PATCHES: dict[str, dict[str, Any]] = {
    "Party": {"city": "Ulm"},
    "Contact": {"phone": "+49 731 1"},
    "Product": {"name": "Good"},
    "ProductFamily": {"name": "Other"},
    "ProductAttribute": {"name": "Other"},
    "AttributeValue": {"name": "Other"},
    "ProductCategory": {"name": "Other"},
    "DiscountPolicy": {"lineMax": "0.2"},
    "ProductUnit": {"numerator": 6},
    "UnitOfMeasure": {"name": "Other"},
    "PriceList": {"name": "Other"},
    "Price": {"floor": "1"},
    "Tax": {"name": "Other"},
    "TaxRate": {"rate": "0.1"},
    "TaxRounding": {"level": "DOCUMENT"},
    "Currency": {"name": "Other"},
    "ExchangeRate": {"rate": "2"},
    "Lead": {"company": "ACME"},
    "SalesOrder": {"carrier": "Bike"},
    "SalesOrderLine": {"note": "soon"},
    "SubmissionTerm": {"minutes": 5},
    "Delivery": {"tracking": "T1"},
    "DeliveryLine": {"quantity": "1"},
    "Quotation": {"terms": "Net 30"},
    "QuotationLine": {"note": "soon"},
    "Contract": {"title": "Other"},
    "ContractLine": {"note": "soon"},
    "Amendment": {"why": "Other"},
    "AmendmentLine": {"quantity": "2"},
    "Warehouse": {"name": "Other"},
    "Location": {"name": "Shelf"},
    "StockMove": {"reference": "R1"},
    "StockCount": {"recountAbove": "3"},
    "CountLine": {"note": "soon"},
    "CountPolicy": {"name": "Other"},
    "TraceSession": {"until": "2999-01-01"},
    "StockPeriod": {"endsOn": "2999-01-01"},
    "Lot": {"supplierNumber": "S1"},
    "Transfer": {"carrier": "Bike"},
    "TransferLine": {"accepted": "1"},
    "ReplenishmentRule": {"leadDays": 2},
    "StoreAccount": {"creditLimit": euros("9")},
    "StorePayment": {"reference": "R1"},
    "ReplenishmentOrder": {"note": "soon"},
    "ReplenishmentLine": {"note": "soon"},
    "GiftIssue": {"reason": "Other"},
    "GiftLine": {"quantity": "1"},
    "GiftQuota": {"most": "9"},
}
"""A change of each entity that nothing is against but what `actions` knows."""
BEYOND = {
    "shortage": "how much is in stock is found out when it is promised, under a lock",
    "stock_shortage": "the same for a move",
    "still_used": "the database knows what refers to a record once it is gone",
    "nothing_to_adjust": "depends on what was counted",
    "moved_while_counted": "is found out when the lines are summed",
    "books_changed": "what the books have is looked at once more under a lock",
    "counted_since": "the same for other counts",
    "counted_already": "depends on the moment of the move, which is looked at under its locks",
    "period_closed": "the same",
    "location_frozen": "the same",
    "not_to_recount": "depends on what was counted",
    "recounted_by_the_same": "depends on what was counted",
    "books_are_wrong": "the whole books are looked at when they are closed",
    "insufficient_stock": "what is there is found out under a lock, as for a shortage",
    "goods_are_picked": "another add-on's documents are looked at under a lock",
    "immutable_after_use": "depends on what is changed, and whether anybody uses it by then",
    "reversed_already": "another move says so, which is looked for under a lock",
    "reallocated_elsewhere": "depends on the line that is to get the goods",
    "reallocated_too_much": "the same, and on how much it is",
    "picked_beyond_kept": "depends on what was counted",
    "say_whether_the_rest_follows": "depends on whether anything is left, which shipping finds out",
}
"""What a mutation may be refused for that was enabled, and why that is not said before."""
BEYOND_OF = {
    *(("openOrder", "outside_rows"), ("openQuotation", "outside_rows")),
    ("openQuotation", "no_customer_yet"),
}
"""The same of one mutation: what it makes would be somebody else's, or its form says more."""

BACK = ("cancel", "reject", "decline", "refuse", "revise", "lose")


class Place:
    """An installation with records in many states and people with all sorts of roles."""

    def __init__(self, world: LiveWorld) -> None:
        self.world = world
        self.dice, self.line = random.Random(16), ""
        self.company = Company(world)
        roles = [
            name
            for name, role in world.runtime.generation.access.roles.items()
            if not role.everything and not role.implied and not name.startswith("dougong.")
        ]
        some = (self.dice.sample(sorted(roles), 2 + one % 4) for one in range(PEOPLE))
        self.people = [
            *(world.person(*held) for held in some),
            *(self.company.seller, self.company.manager, self.company.keeper),
            world.person("sales_order.seller", "sales_order.shipper"),  # sees more than may be sold
            world.person("dougong.administrator"),
        ]
        schema: Any = world.runtime.generation.schema
        root = schema.extensions["root"]
        self.lists = {
            entity.__name__: name
            for name, entity in root.lists.items()
            if "actions" in schema.type_map[entity.__name__].fields and entity.__addon__ != CORE
        }
        self.forms = {name: field.args for name, field in schema.mutation_type.fields.items()}
        self._fill()

    def _fill(self) -> None:
        boss, dice, made = self.people[-1], self.dice, self.company.make
        owners = [f"User:{one.principal.user_id}" for one in self.people]
        address = {"street": "Main St. 1", "city": "Ulm"}
        party = made(
            "Party", boss, name="ACME", kind="COMPANY", **address, contacts=[{"name": "Ann"}]
        )
        made("Product", boss, name="Coffee", price=euros("7"))
        for number in range(LEADS):
            reached = {"email": "a@b.example"} if number % 3 else {}
            made("Lead", boss, name=f"L{number}", owner=dice.choice(owners), **reached)
        for place, name in ((1, "qualifyLead"), (1, "winLead"), (2, "qualifyLead")):
            lead = self.page("leads", boss, [name])[place]
            assert self.send(lead["actions"][0], "Lead", boss, "") == []
        for number in range(ORDERS):
            line = {"product": self.company.product, "quantity": dice.choice(["1", "500"])}
            lines = [line] if number % 4 else []
            said = {"owner": dice.choice(owners), "paymentMethod": "CARD"}
            made("SalesOrder", boss, customer=party, lines=lines, **said)
        lines = [{"product": self.company.product, "quantity": "1"}]
        mine = made("SalesOrder", boss, customer=party, paymentMethod="CARD", lines=lines)
        self.company.step("submitSalesOrder", boss, {"id": mine, "version": 1})
        for steps in ((), ("confirm",), ("confirm", "ship")):
            order = self.company.approved_order(party, "1")
            for step in steps:
                order = self.company.step(f"{step}SalesOrder", boss, order)["salesOrder"]
        places = self.page("locations", boss, None)
        for _ in range(MOVES):
            source, to = dice.sample([one["id"] for one in places], 2)
            product, quantity = self.company.product, dice.choice(["1", "900"])
            made(
                "StockMove", boss, product=product, quantity=quantity, source=source, destination=to
            )

        self.line = self._transfer("DELIVERY")
        self._transfer("RECEIPT")

    def _transfer(self, kind: str) -> str:
        """A draft, and one that somebody waits for; the line of that."""
        boss, made = self.people[-1], self.company.make
        ends = {"DELIVERY": ("MAIN", "CUSTOMER"), "RECEIPT": ("SUPPLIER", "MAIN")}[kind]
        found = self.world.ask("{ locations { nodes { id code } } }", boss)["locations"]["nodes"]
        ids = {one["code"]: one["id"] for one in found}
        lines = [{"product": self.company.product, "quantity": "2"}]
        for begun in (False, True):
            transfer = made(
                "Transfer",
                boss,
                kind=kind,
                source=ids[ends[0]],
                destination=ids[ends[1]],
                lines=lines,
            )
            if begun:
                step = "requestTransfer" if kind == "DELIVERY" else "expectTransfer"
                asked = f"mutation ($id: ID!) {{ {step}(id: $id, version: 1) {{ userErrors {{ code }} }} }}"
                assert self.world.ask(asked, boss, id=transfer) == {step: {"userErrors": []}}
        asked = "{ transferLines(last: 1) { nodes { id } } }"
        return str(self.world.ask(asked, boss)["transferLines"]["nodes"][0]["id"])

    def page(self, name: str, who: Person, names: list[str] | None) -> Any:
        document = f"query ($names: [String!]) {{ {name}(first: 20) {{ nodes {{ {SHOWN} }} }} }}"
        return self.world.ask(document, who, names=names)[name]["nodes"]

    def send(self, action: Any, entity: str, who: Person, directive: str) -> Any:
        """The refusals of the action's mutation, with an acceptable form."""
        asked = {name: self.forms[action["name"]][name].type for name in action["arguments"]}
        filled = {
            "patch": PATCHES[entity],
            "reason": "why",
            "evidence": "They rang back",
            "counted": "3",
            "location": self._location(),
            "promisedOn": "2030-01-31",
            "picked": "0",
            "quantity": "1",
            "source": "G-1",
            "to": self.line,
        }
        given = {
            name: filled.get(name, ANYTHING.get(str(one.type)))
            for name, one in self.forms[action["name"]].items()
            if (name in filled or is_required_argument(one)) and name not in asked
        }
        kinds = {name: self.forms[action["name"]][name].type for name in (*asked, *given)}
        head = ", ".join(f"${name}: {kind}" for name, kind in kinds.items())
        arguments = ", ".join(f"{name}: ${name}" for name in kinds)
        document = f"""mutation ({head}) {directive} {{ done: {action["name"]}({arguments}) {{
            userErrors {{ path code message params }} }} }}"""
        return self.world.ask(document, who, **action["arguments"], **given)["done"]["userErrors"]

    def _location(self) -> str:
        if not hasattr(self, "_main"):
            found = self.world.ask(
                '{ locations(where: {code: {eq: "MAIN"}}) { nodes { id } } }', self.people[-1]
            )
            self._main = str(found["locations"]["nodes"][0]["id"])
        return self._main

    def check(self, action: Any, entity: str, who: Person, directive: str = "@dryRun") -> None:
        """Send what is shown, and compare."""
        refused = self.send(action, entity, who, directive)
        if not action["enabled"]:
            assert refused == action["reasons"], action
        elif refused:
            (code, *_) = {one["code"] for one in refused}
            beyond = code in BEYOND or (action["name"], code) in BEYOND_OF
            assert beyond, (action, refused)

    def wander(self) -> None:
        """Do what can be done, here and there."""
        for _ in range(WANDERED):
            entity = self.dice.choice(["Lead", "SalesOrder", "SalesOrder", "StockMove", "Transfer"])
            who = self.dice.choice(self.people)
            shown = self.page(self.lists[entity], who, None)
            able = [
                one
                for record in shown
                for one in record["actions"]
                if one["enabled"] and one["kind"] in ("STEP", "ACTION")
            ]
            onwards = [one for one in able if not one["name"].startswith(BACK)]
            some = onwards if self.dice.random() < 0.85 else able
            if some:
                self.check(self.dice.choice(some), entity, who, "")


@pytest.fixture(scope="module")
def place(databases: Databases) -> Iterator[Place]:
    served = LiveWorld(databases.clone(*ADDONS))
    made = Place(served)
    made.wander()
    yield made
    served.close()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(choice=st.randoms(use_true_random=False), all_named=st.booleans())
def test_a_mutation_succeeds_exactly_when_its_action_is_enabled(
    place: Place, choice: random.Random, all_named: bool
) -> None:
    """Where it is not, the mutation gives the reasons that were shown, word by word."""
    who, entity = choice.choice(place.people), choice.choice(sorted(place.lists))
    names = None
    if all_named:
        boss = place.page(place.lists[entity], place.people[-1], None)
        names = sorted({one["name"] for record in boss for one in record["actions"]})
    shown = place.page(place.lists[entity], who, names)
    if not shown:
        return
    record = choice.choice(shown)
    for action in choice.sample(record["actions"], min(3, len(record["actions"]))):
        place.check(action, entity, who)


def test_the_records_are_in_all_sorts_of_states(place: Place) -> None:
    boss = place.people[-1]
    data = place.world.ask("{ salesOrders { nodes { state } } leads { nodes { stage } } }", boss)

    assert len({one["state"] for one in data["salesOrders"]["nodes"]}) >= 4
    assert len({one["stage"] for one in data["leads"]["nodes"]}) >= 3
    reasons = {
        why["code"]
        for entity in place.lists
        for who in place.people
        for record in place.page(place.lists[entity], who, None)
        for action in record["actions"]
        for why in action["reasons"]
    }
    assert {
        *("wrong_state", "outside_rows", "same_person", "not_a_draft", "move_is_over"),
        *("no_lines", "no_way_to_reach", "lead_not_won"),
    } <= reasons
