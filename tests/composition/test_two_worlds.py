"""Nobody learns of what they may not see: two worlds that differ only there answer alike."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from company import Company, euros

from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.two_worlds import (
    BRIEF,
    CORE,
    Pair,
    TwoWorlds,
    read_exceptions,
)
from dougong.testing.two_worlds.people import Roles

ADDONS = ("party", "product", "crm", "sales_order", "inventory", "flow")
EXCEPTIONS = read_exceptions(Path(__file__).parent / "exceptions.toml")
SEED = 1
SETS: tuple[Roles, ...] = (
    ("crm.seller", "sales_order.manager"),
    ("inventory.reader", "sales_order.seller"),
    ("flow.worker",),
)
"""Roles that are asked with, the most telling first; `make fuzz WHAT=worlds` takes all."""
MORE: tuple[Roles, ...] = (("sales_order.seller",), None, ("flow.designer", "flow.worker"))


@pytest.fixture(scope="module")
def two_worlds(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoWorlds]:
    made = TwoWorlds(Pair.of(databases, *ADDONS), tmp_path_factory.mktemp("worlds"), EXCEPTIONS)
    made.renew(SEED)
    yield made
    made.pair.close()


def test_two_worlds_that_look_the_same_answer_alike(two_worlds: TwoWorlds) -> None:
    for place, some in enumerate(SETS):
        two_worlds.check(some, SEED + place, BRIEF[place % len(BRIEF)])

    assert two_worlds.broken == []
    assert two_worlds.asked["verdict"] > 0


@pytest.mark.slow
def test_two_worlds_answer_others_alike(two_worlds: TwoWorlds) -> None:
    for place, some in enumerate(MORE, len(SETS)):
        two_worlds.check(some, SEED + place, BRIEF[place % len(BRIEF)])

    assert two_worlds.broken == []


COMPLIANCE: tuple[Roles, ...] = (
    ("flow.worker", "ip_compliance.unit_contact"),
    ("flow.worker", "ip_compliance.advisor"),
    ("flow.worker", "ip_compliance.writer"),
)


@pytest.mark.slow
def test_two_worlds_of_compliance_answer_alike(databases: Databases, tmp_path: Path) -> None:
    pair = Pair.of(databases, "party", "flow", "ip_compliance")
    walked = TwoWorlds(pair, tmp_path, EXCEPTIONS)
    walked.renew(SEED)

    for place, some in enumerate(COMPLIANCE):
        walked.check(some, SEED + place, BRIEF[place % len(BRIEF)])

    assert walked.broken == []
    pair.close()


CONFIRM = """mutation ($id: ID!, $version: Int!) @dryRun {
  confirmSalesOrder(id: $id, version: $version) { userErrors { code params } } }"""
DELETE = """mutation ($id: ID!) @dryRun {
  deleteParty(id: $id, version: 1) { userErrors { code params } } }"""
CREATE = """mutation @dryRun {
  createSalesOrder(input: {customer: "Party:1", number: "A-1"}) { userErrors { code params } } }"""


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
    asked: list[tuple[str, Any, dict[str, Any]]] = [
        (CONFIRM, company.seller, {"id": order["id"], "version": order["version"]}),
        (DELETE, editor, {"id": unused}),
        (CREATE, company.seller, {}),
        (CONFIRM, company.seller, {"id": small["id"], "version": small["version"]}),
    ]

    before = [_errors(company.world, *one) for one in asked]
    company.make("SalesOrder", company.other, customer=unused, number="A-1")
    company.count("300")
    hidden = company.approved_order(careful, "100", company.other)
    company.step("confirmSalesOrder", company.other, hidden)
    after = [_errors(company.world, *one) for one in asked]

    told = {one["code"]: one["params"] for some in (*before, *after) for one in some}
    declared = {one.code: one for one in (*CORE, *EXCEPTIONS)}
    assert [bool(some) for some in before] == [True, False, False, False]
    assert [bool(some) for some in after] == [False, True, True, True]
    assert told.keys() == declared.keys()
    assert all(told[code].keys() <= set(one.tells) for code, one in declared.items())


def _errors(world: LiveWorld, document: str, who: Any, variables: dict[str, Any]) -> Any:
    (payload,) = world.ask(document, who, **variables).values()
    return payload["userErrors"]
