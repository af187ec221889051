"""The how-to about approvals: its definition holds, and its documents do what it says."""

import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from graphql import parse, validate
from sqlalchemy import select

from dougong import User
from dougong.db.session import in_transaction
from dougong.testing.worlds import LiveWorld
from dougong_flow import Definition, DefinitionVersion, make_effective
from dougong_flow.entities import ServedParty
from dougong_flow.workflows import approve, submit

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "approvals.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"[ ({]", text.split(None, 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}


@pytest.fixture
def served(live_world):
    return live_world("flow")


def released(served: LiveWorld) -> str:
    """The id of a version that holds, with the body of the page."""
    (body,) = (yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    served.person("flow.worker", "flow.process_owner")
    chiefs = [served.person("dougong.administrator").principal for _ in range(2)]

    def run(work, who):
        return in_transaction(served.engine, served.runtime.generation, who, work)

    def draft(ctx):
        texts = dict.fromkeys(("goals", "value_for", "success_metric"), "X")
        whole = Definition(
            key="test.purchase", name="Purchase", purpose="X", serves=ServedParty.INTERNAL
        )
        for name, said in texts.items():
            setattr(whole, name, said)
        whole.needs_trial = False
        definition = ctx.create(whole)
        return submit(ctx.create(DefinitionVersion(definition=definition, body=body)), ctx).id

    number = run(draft, chiefs[0])
    run(lambda ctx: approve(ctx.get(DefinitionVersion, number), ctx), chiefs[1])
    run(lambda ctx: make_effective(ctx.get(DefinitionVersion, number), ctx, reason="X"), chiefs[0])
    return f"DefinitionVersion:{number}"


def test_the_documents_about_approvals_do_what_the_page_says(served):
    ann, bob = served.person("flow.worker", name="Ann"), served.person("flow.approver", name="Bob")
    cid, max_ = served.person("flow.approver"), served.person("flow.controller")
    emails = {}
    with served.engine.connect() as connection:
        for one in (ann, bob):
            mine = select(User.email).where(User.id == one.principal.user_id)
            emails[one] = connection.scalar(mine)
    boss = served.person("dougong.administrator")

    def ask(name, asker, **variables):
        return served.ask(DOCUMENTS[name], asker, **variables)

    def done(name, asker, **variables):
        (answer,) = ask(name, asker, **variables).values()
        assert answer["userErrors"] == []
        return answer

    version = released(served)
    first = done("Ask", ann, version=version)["approval"]
    assert first["state"] == "RUNNING"
    (managers,) = ask("Claimable", boss, me="x@example.com")["approvalTasks"]["nodes"]
    assert managers["role"] == "dougong.administrator"
    task = done("Claim", boss, task=managers["id"])["approvalTask"]
    decided = done("Decide", boss, task=task["id"], version=task["version"])
    assert decided["approvalTask"] == {"state": "DECIDED", "approval": {"state": "RUNNING"}}

    (pool,) = ask("Claimable", bob, me=emails[bob])["approvalTasks"]["nodes"]
    late = datetime.fromisoformat("2999-01-01T00:00:00Z").isoformat()
    assert len(ask("Overdue", bob, now=late)["approvalTasks"]["nodes"]) == 1
    given = done("Override", max_, task=pool["id"], assignee=f"User:{cid.principal.user_id}")[
        "approvalTask"
    ]
    assert given["deviation"] == "Everybody else is ill"
    assert ask("Claimable", ann, me=emails[ann])["approvalTasks"]["nodes"] == []

    done("Ask", ann, version=version)
    for one in ask("Claimable", boss, me="x@example.com")["approvalTasks"]["nodes"]:
        done("Claim", boss, task=one["id"])
    mine = served.ask(
        "{ me: approvalTasks(where: {state: {eq: OPEN}}) { nodes { id version node { name } } } }",
        boss,
    )
    rows = [
        {"id": one["id"], "version": one["version"], "decision": "YES"}
        for one in mine["me"]["nodes"]
        if one["node"]["name"] == "Manager"
    ]
    results = done("Many", boss, rows=rows)["results"]
    assert [one["approvalTask"]["state"] for one in results] == ["DECIDED"]

    (pool,) = ask("Claimable", bob, me=emails[bob])["approvalTasks"]["nodes"]
    done("Claim", bob, task=pool["id"])
    (task,) = ask("Mine", bob, me=emails[bob])["approvalTasks"]["nodes"]
    names = {one["name"] for one in task["actions"] if one["enabled"]}
    assert {"decideApprovalTask", "returnItApprovalTask", "addSigner"} <= names
    back = """mutation($id: ID!, $version: Int!) {
      returnItApprovalTask(id: $id, version: $version, reason: "Too much", resume: BACK_TO_RETURNER) {
        approvalTask { approval { id version state } } userErrors { code } } }"""
    returned = served.ask(back, bob, id=task["id"], version=task["version"])
    approval = returned["returnItApprovalTask"]["approvalTask"]["approval"]
    assert approval["state"] == "RETURNED"
    again = done("Again", ann, approval=approval["id"], version=approval["version"])
    assert again["approval"] == {"state": "RUNNING", "round": 2}


def test_every_document_of_the_page_fits_the_api(served):
    schema = served.runtime.generation.schema
    faults = {name: validate(schema, parse(text)) for name, text in DOCUMENTS.items()}

    assert {name: found for name, found in faults.items() if found} == {}
    assert "MyTasks" in faults
