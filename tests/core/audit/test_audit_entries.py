"""`auditEntries`: everything that was changed, also of what is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from audited import Audited

from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.addons.state import Rows
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, Person
from dougong_crm import Lead

ENTRIES = """query ($entity: String, $record: ID, $user: ID, $verb: String, $kind: AuditKind,
        $first: Int!, $after: String) {
    auditEntries(entity: $entity, record: $record, user: $user, verb: $verb, kind: $kind,
            first: $first, after: $after) {
        cursor kind entity label record part user by addon verb role
        changes { field label before after } } }"""


@pytest.fixture
def crm(databases: Databases) -> Iterator[LiveWorld]:
    world = LiveWorld(databases.clone("crm"))
    yield world
    world.close()


@pytest.fixture
def seller(crm: LiveWorld) -> Person:
    """Who has made a lead."""
    seller = crm.person("crm.seller", name="Sue")
    crm.ask(
        """mutation { createLead(input: {name: "Ann", expectedRevenue: {amount: "1.5",
            currency: "EUR"}}) { userErrors { code } } }""",
        seller,
    )
    return seller


def entries(world: LiveWorld, **given: Any) -> list[Any]:
    """What a reader of the audit is told."""
    reader = world.person("dougong.audit_reader")
    found: list[Any] = world.ask(ENTRIES, reader, **{"first": 100, **given})["auditEntries"]
    return found


def test_an_entry_tells_who_did_what_with_which_values(crm: LiveWorld, seller: Person) -> None:
    (one,) = entries(crm, entity="crm.lead")

    assert (one["kind"], one["label"], one["record"], one["part"]) == (
        "CREATED",
        "Lead",
        "Lead:1",
        "crm.lead",
    )
    assert (one["by"], one["user"]) == ("Sue", f"User:{seller.principal.user_id}")
    assert (one["addon"], one["verb"], one["role"]) == ("crm", "crm.lead.create", "crm.seller")
    assert {"field": "expected_revenue_amount", "label": "Expected revenue amount",
            "before": None, "after": "1.5000"} in one["changes"]  # fmt: skip


def test_entries_are_chosen_by_record_person_verb_and_kind(crm: LiveWorld, seller: Person) -> None:
    (lead,) = entries(crm, entity="crm.lead")

    assert entries(crm, record="Lead:1") == [lead]
    assert entries(crm, verb="crm.lead.create") == [lead]
    assert lead in entries(crm, user=lead["user"])
    assert entries(crm, record="Lead:1", kind="DELETED") == []
    assert entries(crm, record="Lead:2") == []


def test_all_of_it_is_read_page_by_page(crm: LiveWorld, seller: Person) -> None:
    everything = entries(crm, entity="dougong.user")
    pages: list[Any] = []
    while True:
        after = {"after": pages[-1]["cursor"]} if pages else {}
        page = entries(crm, entity="dougong.user", first=1, **after)
        if not page or len(pages) > 20:
            break
        pages += page

    assert pages[-len(everything) :] == everything


def test_only_who_may_read_the_audit_reads_it(crm: LiveWorld, seller: Person) -> None:
    (error,) = crm.errors(ENTRIES, seller, first=1)

    assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"first": 0}, "out_of_range"),
        ({"after": "nonsense"}, "bad_cursor"),
        ({"record": "nonsense"}, "bad_id"),
        ({"user": "Lead:1"}, "bad_id"),
    ],
)
def test_what_cannot_be_asked_is_refused(crm: LiveWorld, given: dict[str, Any], code: str) -> None:
    reader = crm.person("dougong.audit_reader")

    (error,) = crm.errors(ENTRIES, reader, **{"first": 1, **given})

    assert error["extensions"]["code"] == code


def test_entries_outlive_the_add_on_and_a_restore_adds_none_for_each_row(
    audited: Callable[..., Audited], tmp_path: Path
) -> None:
    company = audited("crm")
    company.do(lambda ctx: ctx.create(Lead(name="Ann")))
    plan = plan_remove(company.engine, ["crm"], rows=Rows.ARCHIVE)
    before = company.last()

    remove(company.engine, ["crm"], plan.hash, tmp_path)

    world = LiveWorld(company.url)
    (lead,) = entries(world, entity="crm.lead", record="Lead:1")
    world.close()
    assert (lead["label"], lead["kind"]) == ("Lead", "CREATED")
    restore(company.engine, ["crm"], tmp_path)
    assert {one["entity"] for one in company.since(before)} <= {
        *("dougong.addon", "dougong.user", "dougong.role_assignment", "dougong.token")
    }
    states = [one["changes"]["state"] for one in company.since(before) if "state" in one["changes"]]
    assert ["INSTALLED", "REMOVING"] in states
    assert ["PREPARING", "INSTALLED"] in states
    company.generation = load_generation(company.engine)
    (changed,) = company.by(lambda ctx: Lead.update(ctx.get(Lead, 1), ctx, name="Anna"))
    assert changed["changes"] == {"name": ["Ann", "Anna"]}
