"""Administrators ask for plans over GraphQL, and have them carried out by the server itself."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.lifecycle.conftest import ThrowAway, contents, run, scalar

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


CHANGE = """mutation ($plan: String!) { CHANGE(addons: ["NAME"], plan: $plan) {
    generation archive userErrors { code message } } }"""
THINGS = """
    from dougong import Entity
    from sqlalchemy.orm import Mapped, mapped_column

    class Thing%s(Entity):
        '''A thing.'''
        name: Mapped[str]
"""
SIZE = """
        size: Mapped[int] = mapped_column(default=0, server_default="0")
"""


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


def test_an_add_on_is_installed_and_upgraded_while_the_server_that_does_it_serves(
    served: LiveWorld, throw_away: ThrowAway, tmp_path: Path
) -> None:
    boss = served.person("dougong.administrator")
    name = throw_away.name("things")
    thing = f"Thing{name[6:]}"
    package = throw_away.write(name, entities=THINGS % name[6:])
    dougong(served, "migration", name, "First")

    plan = served.ask(
        '{ installPlan(addons: ["NAME"]) { hash added } }'.replace("NAME", name), boss
    )
    done = served.ask(change("installAddons", name), boss, plan=plan_of(plan))["installAddons"]

    assert thing in plan["installPlan"]["added"]
    assert done == {"generation": 3, "archive": None, "userErrors": []}
    made = f'mutation {{ create{thing}(input: {{name: "a"}}) {{ userErrors {{ code }} }} }}'
    assert served.ask(made, boss)[f"create{thing}"]["userErrors"] == []

    entities = textwrap.dedent(THINGS % name[6:] + SIZE)
    (throw_away.folder / package / "entities.py").write_text(entities, "utf-8")
    dougong(served, "migration", name, "Size")
    plan = served.ask(
        '{ upgradePlan(addons: ["NAME"]) { hash added parts { name revisions } } }'.replace(
            "NAME", name
        ),
        boss,
    )
    done = served.ask(change("upgradeAddons", name), boss, plan=plan_of(plan))["upgradeAddons"]

    (part,) = plan["upgradePlan"]["parts"]
    assert part == {"name": name, "revisions": ["0002: Size."]}
    assert f"{thing}.size" in plan["upgradePlan"]["added"]
    assert done == {"generation": 4, "archive": None, "userErrors": []}
    assert scalar(served.engine, f"select size from {name}.thing{name[6:]}") == 0
    assert served.ask(made, boss)[f"create{thing}"]["userErrors"] == []  # by the older code
    assert served.runtime.generation.number == 4
    verbs = "select string_agg(verb, ' ' order by id) from dougong.event where verb like '%addons'"
    assert scalar(served.engine, verbs) == "dougong.install_addons dougong.upgrade_addons"


def change(mutation: str, name: str) -> str:
    """The document that carries out the plan for an add-on."""
    return CHANGE.replace("CHANGE", mutation).replace("NAME", name)


def dougong(world: LiveWorld, *words: str) -> None:
    """Run a command in a process of its own, which sees the code as it is on disk now."""
    where = ("--database", world.url, "--home", os.environ["DOUGONG_HOME"])
    subprocess.run(
        [sys.executable, "-m", "dougong.cli", *words, *where],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


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
