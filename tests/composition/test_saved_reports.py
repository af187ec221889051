"""Saved reports: kept under a name, asked again by whoever may, shared, and without their add-on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.addons.state import Rows
from dougong.db.engine import open_database
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person

SAVE = """mutation ($input: SavedReportCreate!) { createSavedReport(input: $input) {
    savedReport { id version name owner { name } misfit } userErrors { code path message } } }"""
CHANGE = """mutation ($id: ID!, $version: Int!, $patch: SavedReportPatch!) {
    updateSavedReport(id: $id, version: $version, patch: $patch) {
        savedReport { id version name } userErrors { code path message } } }"""
ASK = """query ($id: ID!) { savedReportResult(report: $id) {
    report { name } columns rows { count cells { column text record amounts { amount currency } } } } }"""
SEEN = "{ savedReports(orderBy: [{name: ASC}]) { nodes { name misfit } } }"
BY_STAGE: dict[str, Any] = {
    "name": "Pipeline",
    "entity": "Lead",
    "where": {"name": {"startsWith": "Deal"}},
    "groupBy": [{"key": "stage"}, {"key": "owner"}],
    "measures": [{"as": "worth", "sum": "expectedRevenue"}, {"as": "latest", "max": "createdAt"}],
    "orderBy": [{"by": "count", "direction": "DESC"}],
}


@pytest.fixture(scope="module")
def live(databases: Databases) -> Iterator[LiveWorld]:
    opened = LiveWorld(databases.clone("crm", "sales_order"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def manager(live: LiveWorld) -> Person:
    return live.person("crm.manager", name="Mia")


@pytest.fixture(scope="module")
def seller(live: LiveWorld) -> Person:
    return live.person("crm.seller", name="Sam")


@pytest.fixture(scope="module", autouse=True)
def leads(live: LiveWorld, manager: Person, seller: Person) -> None:
    """Two deals of the manager's, one of the seller's, and a lead that is none."""
    add = """mutation ($inputs: [LeadCreate!]!) {
        createLeads(inputs: $inputs) { results { userErrors { message } } } }"""
    for who, names in ((manager, ("Deal 1", "Deal 2", "Hello")), (seller, ("Deal 3",))):
        inputs = [
            {"name": name, "expectedRevenue": {"amount": "10.50", "currency": "EUR"}}
            for name in names
        ]
        live.ask(add, who, inputs=inputs)


def saved(live: LiveWorld, who: Person, **changed: Any) -> Any:
    done = live.ask(SAVE, who, input={**BY_STAGE, **changed})["createSavedReport"]
    assert done["userErrors"] == []
    return done["savedReport"]


def said(live: LiveWorld, who: Person, report: Any) -> Any:
    return live.ask(ASK, who, id=report["id"])["savedReportResult"]


def told(rows: Any) -> list[Any]:
    """For each group: how many, of which stage, whose, and what they are worth."""
    found = []
    for row in rows:
        stage, owner, worth, _ = row["cells"]
        found.append((row["count"], stage["text"], owner["text"], worth["amounts"]))
    return found


def test_S31_a_saved_report_says_what_its_statistics_say(live: LiveWorld, manager: Person) -> None:
    report = saved(live, manager)

    result = said(live, manager, report)

    assert (report["owner"]["name"], report["misfit"]) == ("Mia", None)
    assert result["columns"] == ["stage", "owner", "worth", "latest"]
    assert told(result["rows"]) == [
        (2, "NEW", "Mia", [{"amount": "21.0000", "currency": "EUR"}]),
        (1, "NEW", "Sam", [{"amount": "10.5000", "currency": "EUR"}]),
    ]
    owner, latest = result["rows"][0]["cells"][1], result["rows"][0]["cells"][3]
    asked = live.ask(
        """{ leadStats(where: {name: {startsWith: "Deal"}}, groupBy: [{key: owner}],
             measures: [{as: "latest", max: createdAt}], orderBy: [{by: "count", direction: DESC}]) {
             owner { id } values } }""",
        manager,
    )["leadStats"][0]
    assert (owner["record"], latest["text"]) == (asked["owner"]["id"], asked["values"]["latest"])


def test_S31_a_report_that_is_shared_counts_what_the_asker_may_see(
    live: LiveWorld, manager: Person, seller: Person
) -> None:
    report = saved(live, manager, name="For all", sharedWithAll=True)

    assert [row[0] for row in told(said(live, seller, report)["rows"])] == [1]
    assert [row[0] for row in told(said(live, manager, report)["rows"])] == [2, 1]


def test_S31_who_sees_a_report_is_its_owner_the_role_and_whoever_stands_in(live: LiveWorld) -> None:
    owner, other = live.person("crm.seller"), live.person("crm.seller")
    leader, deputy = live.person("sales_order.leader"), live.person("crm.seller")
    mine = saved(live, owner, name="My own")
    teams = saved(live, owner, name="For leaders", sharedWithRole="sales_order.leader")

    def names(who: Person) -> set[str]:
        return {one["name"] for one in live.ask(SEEN, who)["savedReports"]["nodes"]}

    assert {"My own", "For leaders"} <= names(owner)
    assert not {"My own", "For leaders"} & names(other)
    assert "For leaders" in names(leader)
    assert "For leaders" not in names(deputy)
    (refused,) = live.errors(ASK, other, id=mine["id"])
    assert refused["extensions"]["code"] == "not_found"
    (refused,) = live.ask(
        CHANGE, leader, id=teams["id"], version=teams["version"], patch={"name": "Ours"}
    )["updateSavedReport"]["userErrors"]
    assert refused["code"] == "outside_rows"
    stand_in = """mutation ($delegator: ID!, $delegate: ID!) { createDelegation(input: {
        delegator: $delegator, delegate: $delegate, role: "sales_order.leader",
        since: "2020-01-01", until: "2999-01-01" }) { userErrors { message } } }"""
    ids = {
        "delegator": f"User:{leader.principal.user_id}",
        "delegate": f"User:{deputy.principal.user_id}",
    }
    assert live.ask(stand_in, leader, **ids)["createDelegation"]["userErrors"] == []
    assert "For leaders" in names(deputy)


def test_S31_a_report_is_changed_and_deleted_by_its_owner(live: LiveWorld, manager: Person) -> None:
    report = saved(live, manager, name="By city")

    changed = live.ask(
        CHANGE,
        manager,
        id=report["id"],
        version=report["version"],
        patch={"name": "By stage", "groupBy": {"key": "stage"}, "measures": None, "orderBy": None},
    )["updateSavedReport"]
    assert changed["userErrors"] == []
    assert said(live, manager, report)["rows"][0]["cells"] == [
        {"column": "stage", "text": "NEW", "record": None, "amounts": []}
    ]

    gone = live.ask(
        """mutation ($id: ID!, $version: Int!) { deleteSavedReport(id: $id, version: $version) {
             deletedId userErrors { message } } }""",
        manager,
        id=report["id"],
        version=changed["savedReport"]["version"],
    )["deleteSavedReport"]
    assert gone == {"deletedId": report["id"], "userErrors": []}
    assert live.errors(ASK, manager, id=report["id"])[0]["extensions"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("wrong", "code", "path", "says"),
    [
        ({"name": " "}, "report_without_name", ["name"], "name"),
        ({"entity": "Unicorn"}, "no_such_entity", ["entity"], "Unicorn"),
        ({"entity": "Lead { id } #"}, "no_such_entity", ["entity"], "SalesOrder"),
        ({"where": {"colour": {"eq": "red"}}}, "report_does_not_fit", ["where"], "colour"),
        ({"groupBy": [{"key": "colour"}]}, "report_does_not_fit", ["groupBy"], "colour"),
        ({"groupBy": [{"key": "stage } x: users {"}]}, "report_does_not_fit", ["groupBy"], "stage"),
        ({"groupBy": "stage"}, "report_does_not_fit", ["groupBy"], "stage"),
        ({"measures": [{"as": "x", "sum": "name"}]}, "report_does_not_fit", ["measures"], "name"),
        ({"measures": [{"as": "x"}]}, "report_does_not_fit", [], "exactly one"),
        ({"orderBy": [{"by": "nothing"}]}, "report_does_not_fit", [], "nothing"),
        ({"first": 0}, "report_does_not_fit", [], "first"),
        ({"sharedWithRole": "crm.emperor"}, "no_such_role", ["sharedWithRole"], "emperor"),
        ({"sharedWithRole": "dougong.colleague"}, "role_of_everybody", ["sharedWithRole"], "All"),
    ],
)
def test_what_cannot_be_asked_is_not_saved(
    live: LiveWorld, manager: Person, wrong: dict[str, Any], code: str, path: list[str], says: str
) -> None:
    given = {**BY_STAGE, "name": "Wrong", **wrong}

    (refused,) = live.ask(SAVE, manager, input=given)["createSavedReport"]["userErrors"]

    assert (refused["code"], refused["path"]) == (code, ["input", *path])
    assert says in refused["message"]


def test_a_name_is_taken_once_by_each_owner(live: LiveWorld, manager: Person) -> None:
    saved(live, manager, name="Twice")
    given = {**BY_STAGE, "name": "Twice"}

    (refused,) = live.ask(SAVE, manager, input=given)["createSavedReport"]["userErrors"]

    assert refused["code"] == "taken"
    saved(live, live.person("crm.seller"), name="Twice")


def test_nobody_learns_by_a_name_that_is_taken_what_reports_others_have(
    live: LiveWorld, manager: Person, seller: Person
) -> None:
    saved(live, manager, name="Secret plan")
    whose = {"owner": f"User:{manager.principal.user_id}"}
    own = saved(live, seller, name="Harmless")

    codes = [
        live.ask(SAVE, seller, input={**BY_STAGE, **whose, "name": name})["createSavedReport"]
        for name in ("Secret plan", "No such plan")
    ]
    for name in ("Secret plan", "No such plan"):
        patch = {**whose, "name": name}
        given = {"id": own["id"], "version": own["version"], "patch": patch}
        codes.append(live.ask(CHANGE, seller, **given)["updateSavedReport"])

    assert [[one["code"] for one in answer["userErrors"]] for answer in codes] == [
        ["outside_rows"]
    ] * 4
    boss = live.person("dougong.administrator")
    assert saved(live, boss, name="For Mia", **whose)["owner"]["name"] == "Mia"


def test_what_somebody_sees_who_is_stood_in_for_ends_when_they_are_deactivated(
    live: LiveWorld,
) -> None:
    boss, owner = live.person("dougong.administrator"), live.person("crm.seller")
    leader, deputy = live.person("sales_order.leader"), live.person("crm.seller")
    saved(live, owner, name="Of leaders", sharedWithRole="sales_order.leader")
    saved(live, owner, name="Of administrators", sharedWithRole="dougong.administrator")
    stand_in = """mutation ($from: ID!, $to: ID!) { createDelegation(input: {delegator: $from,
        delegate: $to, since: "2020-01-01", until: "2999-01-01"}) { userErrors { code } } }"""
    to = f"User:{deputy.principal.user_id}"
    for one in (leader, boss):
        given = {"from": f"User:{one.principal.user_id}", "to": to}
        assert live.ask(stand_in, one, **given)["createDelegation"]["userErrors"] == []

    def names() -> set[str]:
        return {one["name"] for one in live.ask(SEEN, deputy)["savedReports"]["nodes"]}

    assert names() & {"Of leaders", "Of administrators"} == {"Of leaders"}
    leave = "mutation ($id: ID!) { deactivateUser(user: $id) { userErrors { code } } }"
    left = live.ask(leave, boss, id=f"User:{leader.principal.user_id}")
    assert left["deactivateUser"]["userErrors"] == []
    assert not names() & {"Of leaders", "Of administrators"}


def test_nobody_asks_by_a_report_for_what_they_may_not_know(live: LiveWorld) -> None:
    boss = live.person("dougong.administrator")
    clerk = live.person("sales_order.shipper")
    earned = {
        "name": "Earned",
        "entity": "SalesOrderLine",
        "measures": [{"as": "earned", "sum": "margin"}],
        "sharedWithAll": True,
    }
    report = live.ask(SAVE, boss, input=earned)["createSavedReport"]["savedReport"]

    assert live.ask(ASK, boss, id=report["id"])["savedReportResult"]["columns"] == ["earned"]
    (refused,) = live.errors(ASK, clerk, id=report["id"])
    assert refused["extensions"]["code"] == "report_does_not_fit"
    assert "margin" in refused["message"]
    hidden = {**earned, "name": "Mine"}
    (refused,) = live.ask(SAVE, clerk, input=hidden)["createSavedReport"]["userErrors"]
    assert refused["code"] == "report_does_not_fit"


def test_who_has_not_signed_in_neither_sees_nor_asks_reports(
    live: LiveWorld, manager: Person
) -> None:
    report = saved(live, manager, name="Public", sharedWithAll=True)

    assert live.errors(ASK, id=report["id"])
    assert "Public" not in live.post(SEEN).text


def test_S31_a_report_says_what_is_gone_and_works_again_when_it_is_back(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.clone("crm", "sales_order")
    engine = open_database(url)
    world = LiveWorld(url)
    boss = world.person("dougong.administrator")
    orders = {
        "name": "Orders",
        "entity": "SalesOrder",
        "groupBy": [{"key": "state"}],
    }
    payers = {
        "name": "Payers",
        "entity": "Party",
        "where": {"name": {"ne": "x"}},
        "groupBy": [{"key": "kind"}, {"key": "paymentMethod"}],
    }
    world.ask(
        'mutation { createParty(input: {name: "Ann", paymentMethod: CARD}) { party { id } } }', boss
    )
    reports = [
        world.ask(SAVE, boss, input=one)["createSavedReport"]["savedReport"]
        for one in (orders, payers)
    ]
    before = [said(world, boss, one) for one in reports]
    assert before[1]["rows"][0]["cells"][1]["text"] == "CARD"
    world.close()

    plan = plan_remove(engine, ["sales_order"], rows=Rows.ARCHIVE)
    remove(engine, ["sales_order"], plan.hash, tmp_path)
    world = LiveWorld(url)
    shown = world.ask(SEEN, boss)["savedReports"]["nodes"]
    for one, known in zip(reports, shown, strict=True):
        (gone,) = world.errors(ASK, boss, id=one["id"])
        assert gone["message"] == known["misfit"]
        assert "belonged to the add-on sales_order" in gone["message"]
    renamed = world.ask(
        CHANGE, boss, id=reports[1]["id"], version=1, patch={"name": "Who pays how"}
    )["updateSavedReport"]
    assert renamed["userErrors"] == []
    world.close()

    restore(engine, ["sales_order"], tmp_path)
    world = LiveWorld(url)
    after = [said(world, boss, one) for one in reports]
    assert [one["rows"] for one in after] == [one["rows"] for one in before]
    assert after[1]["report"] == {"name": "Who pays how"}
    world.close()
    engine.dispose()
