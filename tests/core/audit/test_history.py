"""`history` of records: what was done to them, as whoever asks may see it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, Person

HISTORY = """query ($first: Int, $after: String) { leads(orderBy: [{id: ASC}]) { nodes { name
    history(first: $first, after: $after) { totalCount
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { kind } }
        nodes { at kind user label onBehalfOf addon verb role reason elevation
                changes { field label from to } } } } } }"""
CREATE = """mutation ($input: LeadCreate!) { createLead(input: $input) {
    lead { id version } userErrors { code } } }"""
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: LeadPatch!) {
    updateLead(id: $id, version: $version, patch: $patch) {
        lead { id version history { totalCount nodes { kind changes { field from to } } } }
        userErrors { code message } } }"""
QUALIFY = """mutation ($id: ID!, $version: Int!) { qualifyLead(id: $id, version: $version) {
    lead { id version } userErrors { code } } }"""


@pytest.fixture
def crm(databases: Databases) -> Iterator[LiveWorld]:
    world = LiveWorld(databases.clone("crm"))
    yield world
    world.close()


def done(world: LiveWorld, who: Person, document: str, **variables: Any) -> Any:
    """What a mutation shows of its lead."""
    (payload,) = world.ask(document, who, **variables).values()
    assert payload["userErrors"] == []
    return payload["lead"]


def a_lead(world: LiveWorld, who: Person, **more: Any) -> Any:
    given = {"name": "Ann", "email": "ann@example.com", **more}
    return done(world, who, CREATE, input=given)


def histories(world: LiveWorld, who: Person, **variables: Any) -> list[Any]:
    return [one["history"] for one in world.ask(HISTORY, who, **variables)["leads"]["nodes"]]


def test_a_record_tells_what_was_done_to_it_the_latest_first(crm: LiveWorld) -> None:
    seller = crm.person("crm.seller", name="Sue")
    lead = a_lead(crm, seller, expectedRevenue={"amount": "12.50", "currency": "EUR"})
    lead = done(crm, seller, QUALIFY, **lead)
    done(crm, seller, UPDATE, **lead, patch={"name": "Anna"})

    (history,) = histories(crm, seller)

    assert history["totalCount"] == 3
    updated, qualified, created = history["nodes"]
    assert updated["changes"] == [{"field": "name", "label": "Name", "from": "Ann", "to": "Anna"}]
    assert (qualified["kind"], qualified["verb"], qualified["addon"]) == (
        "UPDATED",
        "crm.qualify",
        "crm",
    )
    assert (qualified["label"], qualified["role"]) == ("Sue", "crm.seller")
    assert qualified["user"] == f"User:{seller.principal.user_id}"
    assert created["kind"] == "CREATED"
    assert {one["field"]: one["to"] for one in created["changes"]} == {
        "name": "Ann",
        "email": "ann@example.com",
        "expectedRevenue": {"amount": "12.5000", "currency": "EUR"},
        "stage": "NEW",
        "owner": f"User:{seller.principal.user_id}",
    }
    assert history["edges"][0]["node"] == {"kind": "UPDATED"}


def test_the_payload_of_a_mutation_tells_of_the_mutation_itself(crm: LiveWorld) -> None:
    seller = crm.person("crm.seller")
    lead = a_lead(crm, seller)

    shown = done(crm, seller, UPDATE, **lead, patch={"name": "Anna"})

    assert shown["history"]["totalCount"] == 2
    assert shown["history"]["nodes"][0]["changes"] == [
        {"field": "name", "from": "Ann", "to": "Anna"}
    ]


def test_a_history_is_read_page_by_page(crm: LiveWorld) -> None:
    seller = crm.person("crm.seller")
    lead = a_lead(crm, seller)
    for name in ("B", "C", "D"):
        lead = done(
            crm, seller, UPDATE, id=lead["id"], version=lead["version"], patch={"name": name}
        )

    (newest,) = histories(crm, seller, first=3)
    (oldest,) = histories(crm, seller, first=3, after=newest["pageInfo"]["endCursor"])
    (beyond,) = histories(crm, seller, first=3, after=oldest["pageInfo"]["endCursor"])

    assert [one["changes"][0]["to"] for one in newest["nodes"]] == ["D", "C", "B"]
    assert newest["pageInfo"]["hasNextPage"] is True
    assert newest["pageInfo"]["hasPreviousPage"] is False
    assert [one["kind"] for one in oldest["nodes"]] == ["CREATED"]
    assert oldest["pageInfo"]["hasNextPage"] is False
    assert oldest["pageInfo"]["hasPreviousPage"] is True
    assert beyond["nodes"] == []
    assert {one["totalCount"] for one in (newest, oldest, beyond)} == {4}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"first": -1}, "BAD_PAGE_SIZE"),
        ({"first": 101}, "BAD_PAGE_SIZE"),
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"after": "aGlzdG9yeTp4"}, "BAD_CURSOR"),
    ],
)
def test_a_page_that_cannot_be_is_refused(crm: LiveWorld, given: dict[str, Any], code: str) -> None:
    seller = crm.person("crm.seller")

    (error,) = crm.errors(HISTORY, seller, **given)

    assert error["extensions"]["code"] == code


def test_the_histories_of_a_page_are_counted_as_the_records_that_they_may_have(
    crm: LiveWorld,
) -> None:
    seller = crm.person("crm.seller")
    document = "{ leads(first: 100) { nodes { history(first: 100) { totalCount } } } }"

    short = crm.post(document.replace("history(first: 100)", "history(first: 1)"), seller).json()
    long = crm.post(document, seller).json()

    assert short["extensions"]["cost"] != long.get("extensions", {}).get("cost")


def test_a_page_of_records_takes_as_many_statements_as_one_record(crm: LiveWorld) -> None:
    seller = crm.person("crm.seller")
    a_lead(crm, seller)
    counts = []
    for _ in range(2):
        with crm.engine.connect() as connection:
            connection.execute(text("select 1"))
        counts.append(_statements(crm, seller))
        for _ in range(10):
            a_lead(crm, seller)

    assert counts[0] == counts[1]


def _statements(world: LiveWorld, who: Person) -> int:
    from sqlalchemy import event

    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not threading.current_thread().name.startswith("runtime"):  # which tells that it lives
            seen.append(statement)

    engine = world.runtime.engine
    event.listen(engine, "before_cursor_execute", note)
    histories(world, who)
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_links_to_records_that_one_may_not_see_show_nothing(crm: LiveWorld) -> None:
    boss = crm.person("dougong.administrator", name="Boss")
    a_lead(crm, boss)
    _a_role_that_reads_leads_alone(crm, boss)
    looker = crm.person("company.looker")
    before = histories(crm, looker)

    for party in (_a_party(crm, boss), _a_party(crm, boss)):
        with crm.engine.begin() as connection:
            number = party.removeprefix("Party:")
            connection.execute(text(f"update crm.lead set party_id = {number}"))

    assert histories(crm, looker) == before
    seen = [one["changes"][0] for one in histories(crm, boss)[0]["nodes"][:2]]
    assert [(one["from"], one["to"]) for one in seen] == [
        ("Party:1", "Party:2"),
        (None, "Party:1"),
    ]


def test_somebody_whom_one_may_not_see_is_not_named(crm: LiveWorld) -> None:
    boss = crm.person("dougong.administrator", name="Boss")
    a_lead(crm, boss)
    for role in ("dougong.person", "dougong.colleague"):
        crm.ask(
            """mutation ($role: String!) { takeFromRole(role: $role, item: "read dougong.user") {
                userErrors { code } } }""",
            boss,
            role=role,
        )
    _a_role_that_reads_leads_alone(crm, boss)

    (history,) = histories(crm, crm.person("company.looker"))

    (created,) = history["nodes"]
    assert (created["user"], created["label"], created["role"]) == (None, None, None)
    assert "owner" not in {one["field"] for one in created["changes"]}


def test_nobody_reads_the_history_of_a_record_that_they_do_not_see(crm: LiveWorld) -> None:
    a_lead(crm, crm.person("crm.seller"))

    assert histories(crm, crm.person("crm.seller")) == []


def _a_role_that_reads_leads_alone(world: LiveWorld, boss: Person) -> None:
    world.ask(
        """mutation { createCustomRole(input: {name: "company.looker", description: "Looks."}) {
            userErrors { code } } }""",
        boss,
    )
    for item in ("read crm.lead", "rows crm.lead all_rows"):
        answer = world.ask(
            """mutation ($item: String!) { giveToRole(role: "company.looker", item: $item) {
                userErrors { code message } } }""",
            boss,
            item=item,
        )
        assert answer["giveToRole"]["userErrors"] == []


def _a_party(world: LiveWorld, who: Person) -> str:
    answer = world.ask(
        """mutation { createParty(input: {name: "Acme", kind: COMPANY}) {
            party { id } userErrors { message } } }""",
        who,
    )
    found: str = answer["createParty"]["party"]["id"]
    return found
