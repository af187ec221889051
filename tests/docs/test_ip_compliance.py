"""The how-to about certification: its documents do what it says."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from graphql import parse, validate

from dougong.db.session import in_transaction
from dougong_flow import DefinitionVersion, make_effective
from dougong_flow.workflows import approve, submit

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "ip-compliance.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"[ ({]", text.split(None, 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
UNIT = """mutation { createUnit(input: {code: "lab", name: "Laboratory"}) { unit { id } } }"""
MANUAL = """mutation($program: ID!) { createSystemDocument(input: {program: $program, number: "M",
  title: "Manual", kind: MANUAL, secrecy: CONFIDENTIAL}) { systemDocument { id } } }"""


@pytest.fixture
def served(live_world):
    return live_world("ip_compliance")


def release(served):
    """The ten steps, effective."""
    served.person(
        *(
            f"ip_compliance.{one}"
            for one in ("top_manager", "manager", "advisor", "writer", "unit_contact", "auditor")
        )
    )
    chiefs = [served.person("dougong.administrator").principal for _ in range(2)]

    def run(work, who):
        def ours(ctx):
            found = ctx.find(DefinitionVersion)
            (version,) = (one for one in found if one.definition.key == "ip_compliance.program")
            return work(version, ctx)

        in_transaction(served.engine, served.runtime.generation, who, ours)

    run(submit, chiefs[0])
    run(approve, chiefs[1])
    run(lambda version, ctx: make_effective(version, ctx, reason="X"), chiefs[0])


def test_the_documents_about_certification_do_what_the_page_says(served):
    boss = served.person("dougong.administrator")
    manager = served.person("ip_compliance.manager", "flow.worker", name="Mia")
    top = served.person("ip_compliance.top_manager", "flow.worker")
    advisor = served.person("ip_compliance.advisor", "flow.worker", name="Al")

    def user(one):
        return f"User:{one.principal.user_id}"

    def sent(name, who, **variables):
        answers = served.ask(DOCUMENTS[name], who, **variables)
        assert all(one["userErrors"] == [] for one in answers.values()), answers
        return next(iter(answers.values()))

    assert sent("Bring", boss) == {"brought": 2, "userErrors": []}
    release(served)
    editions = served.ask("{ standardEditions { nodes { id code } } }", manager)
    (edition,) = (
        one["id"] for one in editions["standardEditions"]["nodes"] if one["code"].endswith("2023")
    )
    people = {"leader": user(top), "owner": user(manager), "advisor": user(advisor)}
    entered = sent("Enter", manager, edition=edition, **people)["complianceProgram"]
    started = sent("Start", manager, **entered)["complianceProgram"]
    assert started["assessments"]["totalCount"] == 27
    steps = {one["key"]: one["id"] for one in started["checklist"]["steps"]["nodes"]}
    assert len(steps) == 10
    given = sent("Assign", manager, step=steps["start"], assignee=user(top))["checklistStep"]
    (action,) = served.ask(DOCUMENTS["Lacks"], top, step=given["id"])["checklistStep"]["actions"]
    assert [one["code"] for one in action["reasons"]] == ["evidence_missing", "evidence_missing"]

    asked = "{ clauseAssessments(first: 1) { nodes { id version } } }"
    (assessment,) = served.ask(asked, advisor)["clauseAssessments"]["nodes"]
    sent("Assess", advisor, **assessment)
    sent("Gap", advisor, assessment=assessment["id"])
    report = sent("Diagnose", advisor, program=started["id"])["diagnosisReport"]
    assert (report["partlyKept"], report["gaps"]) == (1, 1)
    assert report["files"]["nodes"][0]["name"] == "diagnosis.json"

    asked = """{ clauses(first: 1) { nodes { id } } }"""
    (clause,) = served.ask(asked, manager)["clauses"]["nodes"]
    unit = served.ask(UNIT, boss)["createUnit"]["unit"]["id"]
    here = {"owner": user(manager), "unit": unit}
    kept = sent("Oblige", manager, clause=clause["id"], **here)["complianceObligation"]
    soon = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    seen = sent("AssessObligation", manager, obligation=kept["id"], review=soon)
    assert seen["complianceObligation"]["assessedBy"] == {"name": "Mia"}
    risk = sent("Risk", manager, **here)["ipRisk"]
    assert risk.pop("score") == 15
    assert sent("Tolerate", top, until=soon, **risk)["ipRisk"]["acceptedUntil"] == soon
    written = served.ask(MANUAL, manager, program=started["id"])["createSystemDocument"]
    sent("Show", manager, manual=written["systemDocument"]["id"], advisor=user(advisor))
    shown = served.ask("{ systemDocuments { nodes { title } } }", advisor)
    assert shown["systemDocuments"]["nodes"] == [{"title": "Manual"}]

    due = served.ask(DOCUMENTS["Due"], manager)
    assert due["complianceProgress"][0]["over"] == 0


def test_every_document_of_the_page_fits_the_api(served):
    schema = served.runtime.generation.schema
    faults = {name: validate(schema, parse(text)) for name, text in DOCUMENTS.items()}

    assert {name: found for name, found in faults.items() if found} == {}
    assert "Submit" in faults
