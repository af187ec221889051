"""What is said of a change before it is done, and that just that is done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result
from graphql import print_schema
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, run, scalar

from dougong.addons.coming import plan_install, plan_upgrade
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.plans import in_words
from dougong.builtin.trusted_documents import register
from dougong.cli import main

LEADS = "{ leads { totalCount } }"
LEAD = "insert into crm.lead (name, stage) values ('Ann', 'NEW'), ('Bob', 'WON')"


def dougong(engine: Engine, home: Path, *words: str) -> Result:
    """A command about this database."""
    url = engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(main, [*words, "--database", url, "--home", str(home)])


def test_an_install_plan_says_what_comes_and_is_carried_out_by_its_hash(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("sales_order")
    run(engine, "insert into party.party (kind, name) values ('PERSON', 'p')")

    shown = dougong(engine, tmp_path, "install", "crm", "--plan").stdout
    plan = json.loads(dougong(engine, tmp_path, "install", "crm", "--json").stdout)
    wrong = dougong(engine, tmp_path, "install", "crm", "--apply", "0")
    before = scalar(engine, "select number from dougong.generation")
    done = dougong(engine, tmp_path, "install", "crm", "--apply", plan["hash"])

    assert {part["name"]: part["why"] for part in plan["parts"]} == {
        "crm": "asked for",
        "sales_order__crm": "it joins sales_order and crm",
    }
    assert plan["parts"][0]["rights"] == ["create party.party"]
    assert plan["parts"][0]["revisions"][0] == "0001: First."
    assert plan["parts"][1]["extends"] == {"Quotation": 0, "SalesOrder": 0}
    assert {"Lead", "Party.leads"} <= set(plan["added"])
    assert (plan["vanishing"], plan["breaking"], plan["documents"]) == ({}, [], {})
    assert "    its code may create party.party" in shown.splitlines()
    assert f"To do it: dougong install crm --apply {plan['hash']}" in shown
    assert "The plan 0 does not hold any more" in wrong.stderr
    assert before == 2
    assert done.stdout.startswith("Installed crm 0.1.0")


def test_documents_that_break_must_be_accepted(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("crm")
    with engine.begin() as connection:
        (key,) = register(connection, load_generation(engine).schema, {"leads-of-today": LEADS})

    plan = plan_remove(engine, ["crm"])
    refused = dougong(engine, tmp_path, "remove", "crm", "--apply", plan.hash)
    accepted = dougong(
        engine, tmp_path, "remove", "crm", "--apply", plan.hash, "--delete", "--accept-breaking"
    )
    deleting = json.loads(dougong(engine, tmp_path, "remove", "crm", "--delete", "--json").stdout)
    done = dougong(
        engine,
        tmp_path,
        *("remove", "crm", "--delete", "--apply", deleting["hash"], "--accept-breaking"),
    )

    assert plan.documents == {key: "Cannot query field 'leads' on type 'Query'."}
    assert f"The registered document {key} can no longer be run: Cannot" in "\n".join(
        in_words(plan)
    )
    assert f"can no longer be run then: {key}. Fix: " in refused.stderr
    assert "does not hold any more" in accepted.stderr
    assert deleting["options"] == ["DELETE"]
    assert done.stdout.splitlines()[-1] == "The rows are deleted."


def test_a_plan_says_which_records_wait_for_steps_that_go(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("crm")
    run(engine, LEAD)
    name = throw_away.name("revivals")
    throw_away.write(
        name,
        needs="crm",
        workflows=f"""
            from dougong import Context
            from dougong_crm import SELL, Lead, LeadStage, lead_workflow
            @lead_workflow.step(LeadStage.NEW, LeadStage.WON, to=LeadStage.LOST, needs=SELL)
            def {name}(lead: Lead, ctx: Context) -> None:
                '''Doubt it.'''
        """,
    )
    install(engine, [name])

    waiting = {one.state: one for one in plan_remove(engine, [name]).waiting}

    assert set(waiting) == {"NEW", "WON"}
    assert waiting["NEW"].records == 1
    assert waiting["NEW"].others[0].startswith("crm.")
    assert str(waiting["WON"]) == f"1 Lead are WON and lose {name}.{name}; nothing leads on."


def test_an_upgrade_plan_says_what_the_code_on_disk_brings(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    name = throw_away.name("books")
    package = throw_away.write(
        name,
        entities=f"""
            from dougong import Entity
            from sqlalchemy.orm import Mapped
            class {name.title()}(Entity):
                '''A book.'''
                title: Mapped[str]
        """,
    )
    throw_away.write_revision(engine, name)
    install(engine, [name])
    served = load_generation(engine).schema

    current = plan_upgrade(engine)
    folder = throw_away.folder / package
    with (folder / "entities.py").open("a") as file:
        file.write("    pages: Mapped[int | None]\n")
    (folder / "migrations" / "0002_pages.py").write_text(
        '"""Pages."""\nimport sqlalchemy as sa\nfrom alembic import op\n'
        'revision = "0002"\ndown_revision = "0001"\ndef upgrade() -> None:\n'
        f'    op.add_column("{name}", sa.Column("pages", sa.Integer()), schema="{name}")\n'
    )
    plan = plan_upgrade(engine, served=print_schema(served))
    by_install = plan_install(engine, [name])

    assert current.parts == ()
    assert [part.revisions for part in plan.parts] == [("0002: Pages.",)]
    assert f"{name.title()}.pages" in plan.added
    assert plan.vanishing == {}
    assert plan.hash == plan_upgrade(engine).hash
    assert by_install.parts == plan.parts
