"""Definitions carried out for a unit, by whoever goes on with them, and what they say of each step."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong import Refused
from dougong.db.session import in_transaction
from dougong_flow import (
    DefinitionVersion,
    Evidence,
    EvidenceKind,
    VersionState,
    complete,
    make_effective,
    start_checklist,
)
from dougong_flow.actions import carry_out, copy_definition
from dougong_flow.definition_body import faults_of, hash_of
from dougong_flow.entities import Definition, ServedParty
from dougong_flow.graphql.versions import version_difference
from dougong_flow.workflows import approve, submit

ERRORS = "userErrors { path code message params }"
CONTROL = {"key": "seen", "risk": "Nobody looked", "objective": "ASSETS", "check": "It was seen"}


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def test_S1_35_one_person_goes_on_with_the_whole_unless_duties_are_separate(office, lists):
    theirs = {"assignee": {"performer": "a"}}
    checklist = lists.carried_out(
        step("a", assignee={"owner": True}),
        step("b", "a", **theirs),
        step("c", "b", not_same_as=["a"], **theirs),
    )
    assert lists.of(checklist)["a"].assignee.name == "Olga"
    lists.do(lists.of(checklist)["a"], "Will")
    b = lists.of(checklist)["b"]
    assert b.assignee.name == "Will"
    complete(b, office.by("worker", "Will"))

    assert lists.of(checklist)["c"].assignee is None


def test_S0_47_a_unit_gets_its_own_variant_and_all_others_the_general_one(office, lists):
    company = office.unit("company")
    shop, works = office.unit("shop", company), office.unit("works", company)
    stall = office.unit("stall", shop)
    general = lists.version(step("a"))
    definition = general.definition
    designer = office.by("designer")
    special = DefinitionVersion(definition=definition, body={"steps": [step("b")]}, unit=shop)
    designer.create(special)
    submit(special, designer)
    approve(special, office.by("reviewer"))
    make_effective(special, office.by("process_owner"), reason="Shops are different")
    for name, unit in (("Olga", stall), ("Will", works)):
        office.belongs(office.by("worker", name).me, unit)

    started = {
        name: carry_out(definition, office.by("worker", name), about="An order")
        for name in ("Olga", "Will", "Ann")
    }

    assert {name: one.definition_version for name, one in started.items()} == {
        "Olga": special,
        "Will": general,
        "Ann": general,
    }
    chosen = carry_out(definition, office.by("worker", "Will"), about="Theirs", unit=stall)
    assert chosen.definition_version is special


def test_what_holds_nowhere_is_not_carried_out(office):
    definition = office.definition({"steps": [step("a")]})

    with pytest.raises(Refused, match="nothing_holds_there"):
        carry_out(definition, office.by("worker"), about="An order")


def test_a_copy_is_a_draft_that_says_the_same(office, lists):
    version = lists.version(step("a"), step("b", "a"))

    copied = copy_definition(version, office.by("designer"), key="own.copy", name="Ours")

    assert copied.state is VersionState.DRAFT
    assert hash_of(copied.body) == version.content_hash
    assert copied.change_source == f"{version.definition.key} 1.0"


def test_S0_06_two_versions_say_what_is_different(office, lists):
    one = lists.version(step("a"), step("b", "a"), step("c", "b"))
    other = lists.version(
        step("a"), step("b", "a", guide="Another way"), step("d", "b"), definition=one.definition
    )

    found = version_difference(office.by("designer"), earlier=one, later=other)

    assert (found.added, found.removed, found.changed) == (["d"], ["c"], ["b.guide"])


def test_S4_39_a_control_point_says_which_of_four_objectives_it_serves():
    def faults(objective):
        point = {**CONTROL, "objective": objective}
        return [one.code for one in faults_of({"steps": [step("a", control_points=[point])]})]

    assert faults("PROFIT") == ["bad_shape"]
    for objective in ("REPORTING", "ASSETS", "DECISION", "COMPLIANCE"):
        assert faults(objective) == []


def test_a_control_point_says_how_grave_it_is_and_by_which_evidence_it_is_proved():
    point = {**CONTROL, "severity": "HIGH", "evidence": "Photo"}
    proof = {"evidence": [{"kind": "LINK", "name": "Photo"}]}

    def codes(**said):
        return [one.code for one in faults_of({"steps": [step("a", **said)]})]

    assert codes(control_points=[point], **proof) == []
    assert codes(control_points=[point]) == ["no_such_evidence"]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ({"returns_to": ["c"]}, ("returns_to", 0)),
        ({"anchor": {"step": "b"}}, ("anchor", "step")),
        ({"assignee": {"performer": "c"}}, ("assignee", "performer")),
        ({"not_before": {"fortnights": 1}}, ("not_before", "fortnights")),
        ({"protected": ["amount"]}, ("protected", 0)),
    ],
)
def test_what_a_step_says_of_earlier_ones_is_checked(said, at):
    body = {"steps": [step("a"), step("b", "a", **said), step("c", "b")]}

    (fault,) = faults_of(body)

    assert fault.at == ("body", "steps", 1, *at)


def test_S2_20_a_step_is_not_over_without_the_record_that_it_gives(office, lists):
    checklist = lists.carried_out(
        step("a", evidence=[{"kind": "RECORD", "name": "Receipt"}]), step("b", "a")
    )
    a = lists.of(checklist)["a"]
    with pytest.raises(Refused, match="evidence_missing"):
        lists.do(a)
    olga = office.by("worker", "Olga")
    olga.create(Evidence(step=a, kind=EvidenceKind.RECORD, name="Receipt", record="R-1"))

    lists.do(a)

    assert lists.states(checklist) == {"a": "COMPLETED", "b": "READY"}


# In the API -----------------------------------------------------------------------------------


FORM = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}}
FIRST = step("a", name='A "it"', guide='Look at "it"', form=FORM, assignee={"owner": True})
FIRST |= {"evidence": [{"kind": "RECORD", "name": "Receipt"}], "control_points": [CONTROL]}
FIRST |= {"deadline": {"days": 5}}


@pytest.fixture
def served(live_world):
    return live_world("flow")


@pytest.fixture
def begun(served):
    """A checklist of Olga's with two steps, and a further version of what it carries out."""
    olga = served.person("flow.worker", "flow.designer", "flow.process_owner", name="Olga")
    rea = served.person("flow.reviewer")
    served.person("flow.planner")

    def run(who, work):
        return in_transaction(served.engine, served.runtime.generation, who.principal, work)

    def draft(ctx, *steps):
        found = ctx.find(Definition)
        said: dict[str, Any] = {
            "key": "test.one",
            "name": "Test",
            "purpose": "To be done well",
            **MEANT,
        }
        definition = found[0] if found else Definition(serves=ServedParty.INTERNAL, **said)
        if not found:
            definition.needs_trial = False
            ctx.create(definition)
        body = {"steps": list(steps)}
        version = DefinitionVersion(definition=definition, body=body, change_reason="Better")
        submit(ctx.create(version), ctx)

    def effective(ctx):
        make_effective(ctx.find(DefinitionVersion)[-1], ctx, reason="It works")

    for steps in (
        [FIRST, step("b", "a")],
        [step("a", assignee={"owner": True}), step("z", "a")],
    ):
        run(olga, lambda ctx, steps=steps: draft(ctx, *steps))
        run(rea, lambda ctx: approve(ctx.find(DefinitionVersion)[-1], ctx))
        run(olga, effective)
        if steps[1]["key"] == "b":
            run(olga, lambda ctx: start_checklist(ctx.find(DefinitionVersion)[0], ctx, about="X"))
    return olga


LOOK = """{ checklists { nodes { id picture svg definitionVersion { id major }
    steps { nodes { id version key state round readyAt assignee { name } deadline { dueOn }
      instructions { description guide standard outputs form evidence { name kind least }
        controls { key objective check mandatory } } } } } } }"""


@pytest.fixture
def shown(served, begun):
    (checklist,) = served.ask(LOOK, begun)["checklists"]["nodes"]
    return checklist


def test_S0_44_a_task_tells_what_it_asks_for(shown):
    a, b = shown["steps"]["nodes"]

    assert a["instructions"]["standard"] == "As always"
    assert json.loads(a["instructions"]["form"])["required"] == ["amount"]
    assert b["instructions"]["form"] is None
    assert a["instructions"]["evidence"] == [{"name": "Receipt", "kind": "RECORD", "least": 1}]
    seen = {"key": "seen", "objective": "ASSETS", "check": "It was seen", "mandatory": False}
    assert a["instructions"]["controls"] == [seen]
    assert a["deadline"]["dueOn"] > a["readyAt"][:10]
    assert b["deadline"] is None


def test_S2_08_a_task_tells_how_it_is_done(shown):
    assert shown["steps"]["nodes"][0]["instructions"]["guide"] == 'Look at "it"'


def test_S2_14_a_task_tells_what_is_done_and_how_are_two_things(shown):
    told = shown["steps"]["nodes"][0]["instructions"]

    assert (told["description"], told["guide"]) == ("As always", 'Look at "it"')


def test_S0_50_a_checklist_shows_how_each_step_stands_since_when_and_whose_it_is(shown):
    a, b = shown["steps"]["nodes"]

    assert (a["state"], a["assignee"], b["state"]) == ("READY", {"name": "Olga"}, "WAITING")
    assert a["readyAt"] is not None
    assert shown["picture"].splitlines()[:2] == ["flowchart TD", '    n0["A #quot;it#quot;"]']
    assert "    style n0 fill:#fff3c4,stroke:#b7791f,stroke-width:3px" in shown["picture"]
    assert "    n0 --> n1" in shown["picture"]
    image = ET.fromstring(shown["svg"])
    boxes = [one.get("class") for one in image.iter("{http://www.w3.org/2000/svg}rect")]
    texts = [one.text for one in image.iter("{http://www.w3.org/2000/svg}text")]
    assert boxes == ["state", "state current", "state", "state final"]
    assert [one for one in texts if one in ('A "it"', "B")] == ['A "it"', "B"]


def test_a_migration_is_tried_first_and_then_done(served, begun):
    (checklist,) = served.ask(LOOK, begun)["checklists"]["nodes"]
    (new,) = served.ask("{ definitionVersions(where: {major: {eq: 2}}) { nodes { id } } }", begun)[
        "definitionVersions"
    ]["nodes"]
    migrate = f"""mutation($id: ID!, $to: ID!, $steps: JSON!) %s {{
      migrateChecklist(checklist: $id, to: $to, steps: $steps, reason: "The law") {{
        checklist {{ definitionVersion {{ major }} }} {ERRORS} }} }}"""
    names = {"id": checklist["id"], "to": new["id"]}

    refused = served.ask(migrate % "@dryRun", begun, steps={"a": "q"}, **names)["migrateChecklist"]
    assert [one["code"] for one in refused["userErrors"]] == ["gap_no_step", "gap_unknown"]
    assert refused["userErrors"][1]["path"] == ["steps", "a"]
    steps = {"a": "a", "b": "z"}
    tried = served.ask(migrate % "@dryRun", begun, steps=steps, **names)["migrateChecklist"]
    assert tried["checklist"]["definitionVersion"]["major"] == 2
    (same,) = served.ask(LOOK, begun)["checklists"]["nodes"]
    assert same == checklist

    served.ask(migrate % "", begun, steps=steps, **names)
    (moved,) = served.ask(LOOK, begun)["checklists"]["nodes"]
    assert moved["definitionVersion"]["major"] == 2
    assert [one["key"] for one in moved["steps"]["nodes"]] == ["a", "z"]
