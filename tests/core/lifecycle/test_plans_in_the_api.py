"""Administrators ask for plans over GraphQL, and have them carried out by the server itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.lifecycle.conftest import contents, run, scalar

from dougong.testing import LiveWorld
from dougong.testing.databases import Databases

LEAD = "insert into crm.lead (name, stage) values ('Ann', 'NEW'), ('Bob', 'NEW')"
REMOVE_PLAN = "{ removePlan(addons: [CRM]) { hash parts { name tables { name rows } } } }".replace(
    "CRM", '"crm"'
)
REMOVE = """mutation ($plan: String!, $key: String, $rows: Rows) {
    removeAddons(addons: ["crm"], plan: $plan, rows: $rows, idempotencyKey: $key) {
        generation archive userErrors { code message } } }"""
RESTORE = """mutation ($plan: String!) { restoreAddons(addons: ["crm"], plan: $plan) {
    generation rejects userErrors { code message } } }"""


@pytest.fixture
def served(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LiveWorld]:
    monkeypatch.setenv("DOUGONG_HOME", str(tmp_path))
    world = LiveWorld(databases.clone("crm"))
    yield world
    world.close()


def plan_of(answer: dict[str, Any]) -> str:
    """The hash of the plan in an answer."""
    (plan,) = answer.values()
    return str(plan["hash"])


def test_an_add_on_is_removed_and_restored_by_the_plans_that_were_shown(
    served: LiveWorld, tmp_path: Path
) -> None:
    boss = served.person("dougong.administrator")
    run(served.engine, LEAD)
    before = contents(served.engine, "crm")

    shown = served.ask(REMOVE_PLAN, boss)
    (part,) = shown["removePlan"]["parts"]
    removed = served.ask(REMOVE, boss, plan=plan_of(shown), key="once")["removeAddons"]
    again = served.ask(REMOVE, boss, plan=plan_of(shown), key="once")["removeAddons"]

    assert part == {"name": "crm", "tables": [{"name": "lead", "rows": 2}]}
    assert removed["userErrors"] == []
    assert removed["generation"] == served.runtime.generation.number == 3
    assert removed == again
    assert (tmp_path / "archives" / removed["archive"] / "manifest.json").exists()
    (crm,) = [
        one
        for one in served.ask("{ addons { name state past { rows archive } } }", boss)["addons"]
        if one["name"] == "crm"
    ]
    assert (crm["state"], crm["past"][0]["rows"]) == ("ARCHIVED", 2)

    plan = served.ask(
        '{ restorePlan(addons: ["crm"]) { hash added orphans { rows } inWords } }', boss
    )
    back = served.ask(RESTORE, boss, plan=plan_of(plan))["restoreAddons"]

    assert "Lead" in plan["restorePlan"]["added"]
    assert "    crm.lead: 2 rows" in plan["restorePlan"]["inWords"]
    assert back == {"generation": 4, "rejects": 0, "userErrors": []}
    assert contents(served.engine, "crm") == before
    assert served.ask("{ leads { totalCount } }", boss)["leads"]["totalCount"] == 2
    verbs = "select string_agg(verb, ' ' order by id) from dougong.event where verb like '%addons'"
    assert scalar(served.engine, verbs) == "dougong.remove_addons dougong.restore_addons"


def test_only_who_may_do_so_sees_plans_and_carries_them_out(served: LiveWorld) -> None:
    boss, seller = served.person("dougong.administrator"), served.person("crm.seller")
    plan = plan_of(served.ask(REMOVE_PLAN, boss))

    refused = served.ask(REMOVE, seller, plan=plan)["removeAddons"]
    errors = [
        served.errors(document, who)[0]["extensions"]["code"]
        for document in (REMOVE_PLAN, "{ addons { name } }")
        for who in (seller, None)
    ]

    assert refused["userErrors"][0]["code"] == "needs_permission"
    assert set(errors) <= {"FORBIDDEN", "needs_permission"}
    assert served.runtime.generation.number == 2


def test_what_cannot_be_undone_is_neither_tried_nor_done_beside_others(served: LiveWorld) -> None:
    boss = served.person("dougong.administrator")
    plan = plan_of(served.ask(REMOVE_PLAN, boss))
    one = f'removeAddons(addons: ["crm"], plan: "{plan}") {{ userErrors {{ code }} }}'
    other = """createParty(input: {kind: PERSON, name: "P"}) { userErrors { code } }"""

    for document in (
        f"mutation @dryRun {{ {one} }}",
        f"mutation {{ {one} two: {one} }}",
        f"mutation {{ {other} {one} }}",
        f"mutation @atomic {{ {one} {other} }}",
    ):
        answer = served.ask(document, boss)
        codes = {name: said["userErrors"][0]["code"] for name, said in answer.items()}
        assert codes["removeAddons"] == "cannot_be_undone"
        assert codes.get("createParty", "not_done") == "not_done"
    assert scalar(served.engine, "select count(*) from party.party") == 0
    assert "crm" in served.runtime.generation.parts


def test_a_plan_that_is_no_longer_true_is_refused_in_one_sentence(served: LiveWorld) -> None:
    boss = served.person("dougong.administrator")
    plan = plan_of(served.ask(REMOVE_PLAN, boss))
    run(served.engine, "update dougong.generation set number = number + 1")

    (refused,) = served.ask(REMOVE, boss, plan=plan)["removeAddons"]["userErrors"]
    (outside,) = served.errors('{ restorePlan(addons: ["crm"], archive: "..") { hash } }', boss)
    (nothing,) = served.errors('{ removePlan(addons: ["party"]) { hash } }', boss)

    assert refused["code"] == "cannot_be_done"
    assert refused["message"].startswith(f"The plan {plan} does not hold any more: ")
    assert outside["message"].startswith("There is no archive ...")
    assert nothing["extensions"]["code"] == "cannot_be_done"
    assert nothing["message"].startswith("crm needs party, so it cannot be removed alone. Fix: ")
