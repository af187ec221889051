"""Nobody learns of what they may not see: two worlds that differ only there answer alike."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from company import Company, euros

from dougong.errors import SetupError
from dougong.generation import Generation
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.two_worlds import (
    BRIEF,
    DECLARED,
    Leak,
    Pair,
    TwoWorlds,
    all_roles,
    read_exceptions,
    roles_in_turn,
)
from dougong.testing.two_worlds.people import Roles
from dougong.testing.worlds import utc_now

ADDONS = tuple(sorted(one.name for one in (Path(__file__).parents[2] / "addons").iterdir()))
SEED = 1
SETS: tuple[Roles, ...] = (
    ("crm.seller", "sales_order.manager"),
    ("inventory.reader", "sales_order.seller"),
    ("flow.worker", "ip_compliance.writer"),
)
"""Roles that are asked with each time, the most telling first; `make fuzz WHAT=worlds` takes all."""
A_DAY = 2
LONGEST = 40.0
"""After so many seconds no more is begun; a set of roles takes up to ten."""
MORE: tuple[Roles, ...] = (
    ("sales_order.seller",),
    None,
    ("flow.designer", "flow.worker"),
    ("flow.worker", "ip_compliance.unit_contact"),
    ("flow.worker", "ip_compliance.advisor"),
)


@pytest.fixture(scope="module")
def two_worlds(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoWorlds]:
    made = TwoWorlds(Pair.of(databases, *ADDONS), tmp_path_factory.mktemp("worlds"))
    yield made
    made.pair.close()


def roles_of(generation: Generation, day: int) -> list[Roles]:
    """Sets of roles for a day, another one each day, until each role was asked with."""
    names = sum(1 for one in all_roles(generation) if one and len(one) == 1)
    each = -(-names // 2)
    first = (day * A_DAY) % each
    turns = list(islice(roles_in_turn(generation, SEED), each))
    return [turns[(first + place) % each] for place in range(A_DAY)]


def test_two_worlds_that_look_the_same_answer_alike(two_worlds: TwoWorlds) -> None:
    """With the same roles each time, and then with those of the day, as long as there is time.

    DOUGONG_TEST_DAY=738000 takes the roles of another day: what failed tells its number.
    """
    until = time.monotonic() + LONGEST
    day = int(os.environ.get("DOUGONG_TEST_DAY", "0")) or utc_now().toordinal()
    two_worlds.renew(SEED)

    try:
        for place, some in enumerate([*SETS, *roles_of(two_worlds.generation, day)]):
            if place == 0 or time.monotonic() < until:
                two_worlds.check(some, SEED + place, BRIEF[place % len(BRIEF)])
    except Leak as leak:
        raise Leak(f"{leak}\nfound with DOUGONG_TEST_DAY={day}") from None

    assert two_worlds.broken == [], f"DOUGONG_TEST_DAY={day}"
    assert two_worlds.invalid == {}
    assert min(two_worlds.asked[what] for what in ("verdict", "export", "file")) > 0


def test_each_role_of_each_addon_has_its_day(two_worlds: TwoWorlds) -> None:
    every = {name for one in all_roles(two_worlds.generation) for name in one or ()}

    driven = {
        name
        for day in range(len(every))
        for some in roles_of(two_worlds.generation, day)
        for name in some or ()
    }

    assert driven == every
    assert {one.split(".")[0] for one in every} >= {*ADDONS}


@pytest.mark.slow
def test_two_worlds_answer_others_alike(two_worlds: TwoWorlds) -> None:
    two_worlds.renew(SEED)

    for place, some in enumerate(MORE, len(SETS)):
        two_worlds.check(some, SEED + place, BRIEF[place % len(BRIEF)])

    assert two_worlds.broken == []


CONFIRM = """mutation ($id: ID!, $version: Int!) @dryRun {
  confirmSalesOrder(id: $id, version: $version) { userErrors { code params } } }"""
DELETE = """mutation ($id: ID!) @dryRun {
  deleteParty(id: $id, version: 1) { userErrors { code params } } }"""
CREATE = """mutation @dryRun {
  createSalesOrder(input: {customer: "Party:1", number: "A-1"}) { userErrors { code params } } }"""
DELIVER = """mutation ($order: ID!, $line: ID!) @dryRun {
  createDelivery(input: {order: $order, lines: [{line: $line, quantity: "1"}]}) {
    userErrors { code params } } }"""
TAKE_OFF = """mutation ($id: ID!) @dryRun {
  updateProduct(id: $id, version: 1, patch: {active: false}) { userErrors { code params } } }"""
LINES = "query ($id: ID!) { salesOrder(id: $id) { lines { nodes { id } } } }"
BY_HAND = """mutation {
  updateWarehouse(id: "Warehouse:1", version: 1, patch: {salesBooking: AT_ONCE}) {
    userErrors { code } } }"""


def test_each_declared_exception_is_needed(live_world: Callable[..., LiveWorld]) -> None:
    """The same request is refused for it once something is there that the asker does not see."""
    company = Company(live_world("crm", "sales_order", "inventory"))
    editor = company.world.person("party.editor")
    order = company.approved_order(company.customer(), "101")
    boss = company.world.person("dougong.administrator")
    said = {"street": "Main St. 1", "city": "Ulm", "creditLimit": euros("450")}
    careful = company.make("Party", boss, name="Careful", **said)
    small = company.approved_order(careful, "1")
    unused = company.make("Party", editor, name="Nobody")
    place = {"street": "Main St. 2", "city": "Ulm"}
    prompt = company.make("Party", editor, name="Prompt", **place)
    sold = _sold_in_its_warehouse(company, boss, prompt)
    lines = company.world.ask(LINES, company.manager, id=sold["id"])["salesOrder"]["lines"]
    line = lines["nodes"][0]["id"]
    buyer = company.world.person("product.editor")
    cups, pots = (
        company.make("Product", boss, name=name, price=euros("1")) for name in ("Cups", "Pots")
    )
    asked: list[tuple[str, Any, dict[str, Any]]] = [
        (CONFIRM, company.seller, {"id": order["id"], "version": order["version"]}),
        (DELETE, editor, {"id": unused}),
        (CREATE, company.seller, {}),
        (CONFIRM, company.seller, {"id": small["id"], "version": small["version"]}),
        (DELIVER, company.manager, {"order": sold["id"], "line": line}),
        (TAKE_OFF, buyer, {"id": cups}),
        (TAKE_OFF, buyer, {"id": pots}),
    ]

    before = [_errors(company.world, *one) for one in asked]
    wanted = [{"product": cups, "quantity": "1"}]
    company.make("SalesOrder", company.other, customer=unused, number="A-1", lines=wanted)
    company.count("5", pots)
    company.count("300")
    hidden = company.approved_order(careful, "100", company.other)
    company.step("confirmSalesOrder", company.other, hidden)
    assert company.world.ask(BY_HAND, boss)["updateWarehouse"]["userErrors"] == []
    after = [_errors(company.world, *one) for one in asked]

    told = {one["code"]: one["params"] for some in (*before, *after) for one in some}
    declared = {one.code: one for one in DECLARED if not one.needs}
    elsewhere = "delivered_elsewhere"
    assert [[one["code"] for one in some] for some in before] == [
        ["shortage"], [], [], [], [elsewhere], [], [],
    ]  # fmt: skip
    assert [[one["code"] for one in some] for some in after] == [
        [], ["still_used"], ["taken"], ["credit_limit_exceeded"], [],
        ["still_ordered"], ["still_in_stock"],
    ]  # fmt: skip
    assert told.keys() == declared.keys()
    assert all(told[code].keys() <= set(one.tells) for code, one in declared.items())


EXPLAIN = """query ($id: ID!) { explainAccess(record: $id, operation: "read") { allowed } }"""
WHO = """query ($id: ID!) { whoCan(record: $id, operation: "read") { user { id } } }"""
AUDIT = "query ($id: ID!) { auditEntries(record: $id) { kind } }"
ROLES = "{ roles { name holders } }"
SEEN = "query ($id: ID!) { salesOrder(id: $id) { id } }"


def test_who_looks_after_access_is_told_of_records_that_they_do_not_see(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world("crm", "sales_order", "inventory"))
    asker = company.world.person("dougong.auditor", "dougong.audit_reader")
    order = company.approved_order(company.customer(), "1")["id"]

    told = {
        query: company.world.ask(document, asker, id=order)[query]
        for query, document in (
            *(("explainAccess", EXPLAIN), ("whoCan", WHO)),
            ("auditEntries", AUDIT),
        )
    }

    found = company.world.ask(ROLES, asker)["roles"]
    told["roles"] = [
        one for one in found if one["name"] == "sales_order.manager" and one["holders"]
    ]
    assert company.world.ask(SEEN, asker, id=order) == {"salesOrder": None}
    assert all(told.values())
    assert told.keys() == {one.code for one in DECLARED if one.needs}


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("tells = []", "has no reason"),
        ('reason = " "', "has no reason"),
        ('reason = "So"\nbecause = "so"', "says because, which means nothing"),
    ],
)
def test_an_exception_without_a_reason_is_refused(tmp_path: Path, said: str, wrong: str) -> None:
    (file := tmp_path / "told.toml").write_text(f"[sold_out]\n{said}\n")

    with pytest.raises(
        SetupError, match=rf"sold_out in told.toml {wrong}. Fix: write \[sold_out\]"
    ):
        read_exceptions(file)


def _sold_in_its_warehouse(company: Company, boss: Any, customer: str) -> dict[str, Any]:
    """A confirmed order that says which warehouse its goods come from."""
    given = {"currency": "EUR", "paymentMethod": "CARD", "warehouse": "Warehouse:1"}
    lines = [{"product": company.product, "quantity": "2"}]
    order = company.make("SalesOrder", boss, customer=customer, **given, lines=lines)
    submitted = company.step("submitSalesOrder", boss, {"id": order, "version": 1})
    reviewed = company.reviewed(submitted["salesOrder"])
    confirmed: dict[str, Any] = company.step("confirmSalesOrder", boss, reviewed)
    assert confirmed["userErrors"] == []
    return dict(confirmed["salesOrder"])


def _errors(world: LiveWorld, document: str, who: Any, variables: dict[str, Any]) -> Any:
    (payload,) = world.ask(document, who, **variables).values()
    return payload["userErrors"]
