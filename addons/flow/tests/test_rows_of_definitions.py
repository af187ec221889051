"""The sources' requirements of definitions: what they are for, who does what, what is looked at, over the API."""

import pytest
from live_flow import ERRORS, step
from well_defined import KEY_STEP, MEANT

CREATE = f"""mutation($input: DefinitionCreate!) {{ createDefinition(input: $input) {{
  definition {{ id version versions {{ nodes {{ id version }} }} }} {ERRORS} }} }}"""
SUBMIT = f"""mutation($id: ID!, $version: Int!) {{
  submitDefinitionVersion(id: $id, version: $version) {{ definitionVersion {{ id version }} {ERRORS} }} }}"""
APPROVE = """mutation($id: ID!, $version: Int!) { approveDefinitionVersion(id: $id, version: $version) {
  definitionVersion { id version } userErrors { path code message params } } }"""
MEANS = {
    "key": "order",
    "name": "Order",
    "purpose": "It is delivered",
    "serves": "EXTERNAL",
    **{
        {"value_for": "valueFor", "success_metric": "successMetric"}.get(word, word): said
        for word, said in MEANT.items()
    },
}


def handed_in(live, *steps, **said):
    """The draft of a definition that Dora has handed in, and its definition."""
    given = {**MEANS, **said, "versions": [{"body": {"steps": list(steps)}}]}
    made = live.ask(CREATE, live.dora, input=given)["definition"]
    (draft,) = made["versions"]["nodes"]
    return live.ask(SUBMIT, live.dora, **draft)["definitionVersion"], made


def lacks(live, *steps, **said):
    """What keeps a version of these steps from being approved: code, and what it is about."""
    version, _ = handed_in(live, *steps, **said)
    (answer,) = live.served.ask(APPROVE, live.rita, **version).values()
    return [
        (one["code"], one["params"].get("what") or one["params"].get("role"))
        for one in answer["userErrors"]
    ]


def without(word, **said):
    """A step that does not say something."""
    one = step("do", **said)
    del one[word]
    return one


def test_S0_07_nothing_is_approved_without_goals_and_what_matters_in_each_step(live):
    key = {word: said for word, said in step("do").items() if word != "key_points"}
    bare = {"key": "end", "name": "End", "after": ["do"]}

    found = lacks(live, key, bare, goals=" ")

    assert ("definition_lacks", "goals") in found
    assert found.count(("step_lacks", "key_points")) == 2
    assert ("nobody_responsible", None) in found
    assert lacks(live, step("do"), key="other") == []


@pytest.mark.parametrize(
    ("field", "what"), [("purpose", "purpose"), ("successMetric", "success_metric")]
)
def test_S0_21_a_definition_says_what_it_is_for_and_by_which_figure_one_sees_it(live, field, what):
    assert lacks(live, step("do"), **{field: ""}) == [("definition_lacks", what)]


def test_S1_07_a_definition_says_what_those_get_whom_it_serves_and_can_say_it_afterwards(live):
    version, whole = handed_in(live, step("do"), valueFor=None)
    assert live.codes(APPROVE, live.rita, **version) == ["definition_lacks"]
    update = f"""mutation($id: ID!, $version: Int!) {{ updateDefinition(id: $id, version: $version,
      patch: {{ valueFor: "A whole order" }}) {{ definition {{ valueFor }} {ERRORS} }} }}"""

    now = live.ask(
        "query($id: ID!) { definition(id: $id) { id version } }", live.dora, id=whole["id"]
    )
    live.ask(update, live.dora, **now)

    assert live.codes(APPROVE, live.rita, **version) == []


def test_S1_04_who_does_a_step_sees_its_duties_its_standard_and_the_rules_it_carries_out(live):
    said = {"policies": ["Four eyes from 1,000 EUR"], "consulted": ["flow.controller"]}
    assert lacks(live, without("standard"), step("b", "do", responsible=[]), key="bad") == [
        ("step_lacks", "standard"),
        ("nobody_responsible", None),
    ]
    checklist = live.start(live.released("order", step("do", **said)))

    asked = """{ checklistSteps { nodes { instructions { standard goal keyPoints assessment policies
      responsible accountable consulted informed } } } }"""
    (one,) = live.ask(asked, live.olga)["nodes"]

    assert checklist.startswith("Checklist:")
    assert one["instructions"] == {
        "standard": "As always",
        "goal": KEY_STEP["goal"],
        "keyPoints": ["Take care"],
        "assessment": KEY_STEP["assessment"],
        "policies": ["Four eyes from 1,000 EUR"],
        "responsible": ["flow.worker"],
        "accountable": ["flow.planner"],
        "consulted": ["flow.controller"],
        "informed": [],
    }


def test_S2_05_a_definition_says_whether_it_serves_customers_or_colleagues(live):
    given = {**MEANS, "versions": []}
    del given["serves"]
    refused = live.served.errors(CREATE, live.dora, input=given)
    assert "serves" in refused[0]["message"]

    _, made = handed_in(live, step("do"))

    found = "{ definitions(where: {serves: {eq: EXTERNAL}}) { nodes { id serves } } }"
    assert live.ask(found, live.dora)["nodes"] == [{"id": made["id"], "serves": "EXTERNAL"}]


def test_S2_06_each_step_has_something_that_comes_out_of_it(live):
    assert lacks(live, without("outputs"), step("b", "do", outputs=[])) == [
        ("step_lacks", "outputs"),
        ("step_lacks", "outputs"),
    ]


def test_S2_10_nobody_approves_what_nobody_is_there_to_do_or_answer_for(live):
    version, _ = handed_in(live, step("do", accountable=["flow.controller"]))
    (answer,) = live.served.ask(APPROVE, live.rita, **version).values()
    (fault,) = answer["userErrors"]
    assert (fault["code"], fault["params"]["role"]) == ("nobody_holds_role", "flow.controller")
    assert "Fix:" in fault["message"]

    live.served.person("flow.controller")

    assert live.codes(APPROVE, live.rita, **version) == []


def test_S2_16_a_key_step_has_a_goal_a_control_point_and_says_how_it_is_assessed(live):
    bare = {word: said for word, said in step("do").items() if word not in KEY_STEP}
    bare |= {"is_key": True, "key_points": ["Take care"]}

    assert lacks(
        live, bare, {**bare, "key": "b", "name": "B", "after": ["do"], "is_key": False}
    ) == [
        ("step_lacks", "goal"),
        ("step_lacks", "control_points"),
        ("step_lacks", "assessment"),
    ]


def test_S3_17_one_step_begins_one_at_least_ends_and_one_at_least_is_a_key_step(live):
    assert lacks(live, step("do", is_key=False)) == [("no_key_step", None)]
    several = {**MEANS, "key": "two", "versions": [{"body": {"steps": [step("a"), step("b")]}}]}
    circle = [step("a"), step("b", "a", "c"), step("c", "b")]
    turning = {**MEANS, "key": "turns", "versions": [{"body": {"steps": circle}}]}

    codes = []
    for given in (several, turning):
        (draft,) = live.ask(CREATE, live.dora, input=given)["definition"]["versions"]["nodes"]
        codes.append(live.codes(SUBMIT, live.dora, **draft))

    assert codes == [["several_starts"], ["cycle"]]


def starts(key):
    return step("sub", "s", kind="SUBPROCESS", subprocess={"definition": key})


def test_S4_49_what_a_definition_starts_is_looked_at_level_by_level_and_never_in_a_circle(live):
    pack = live.released("pack", step("s"))
    deliver = live.released("deliver", step("s"), starts("pack"))
    order = live.drafted("order", step("s"), starts("deliver"))
    asked = """query($of: ID!) { startedDefinitions(of: $of) { level path key name version } }"""

    found = live.ask(asked, live.dora, of=order)

    assert [(one["level"], one["path"], one["key"], one["version"]) for one in found] == [
        (1, ["sub"], "deliver", deliver),
        (2, ["sub", "sub"], "pack", pack),
    ]
    assert live.codes(SUBMIT, live.dora, id=order, version=1) == []
    new = {
        "definition": live.ask(
            "query($id: ID!) { definitionVersion(id: $id) { definition { id } } }",
            live.dora,
            id=pack,
        )["definition"]["id"],
        "body": {"steps": [step("s"), starts("order")]},
    }
    create = f"""mutation($input: DefinitionVersionCreate!) {{
      createDefinitionVersion(input: $input) {{ definitionVersion {{ id version }} {ERRORS} }} }}"""
    draft = live.ask(create, live.dora, input={**new, "changeReason": "X"})["definitionVersion"]
    (answer,) = live.served.ask(SUBMIT, live.dora, **draft).values()
    (fault,) = answer["userErrors"]
    assert fault["code"] == "subprocess_circle"
    assert "pack → order → deliver → pack" in fault["message"]


def test_S4_50_a_version_is_drawn_from_its_beginning_to_its_end_in_the_lanes_of_those_who_do_it(
    live,
):
    live.served.person("flow.controller")
    look = step("look", "do", name='Look "twice"', responsible=["flow.controller"])
    version = live.released("order", step("do"), look)

    asked = "query($id: ID!) { definitionVersion(id: $id) { diagram } }"

    assert live.ask(asked, live.dora, id=version)["diagram"].splitlines() == [
        "flowchart TD",
        "    begin((●))",
        '    subgraph lane0["flow.worker"]',
        '    n0["Do"]',
        "    end",
        '    subgraph lane1["flow.controller"]',
        '    n1["Look #quot;twice#quot;"]',
        "    end",
        "    done(((●)))",
        "    begin --> n0",
        "    n0 --> n1",
        "    n1 --> done",
    ]


# People ---------------------------------------------------------------------------------------


PROPOSE = f"""mutation($body: JSON!, $key: String!) {{ proposeDefinition(key: $key, name: "Claims", body: $body,
  purpose: "Nobody waits for money", serves: INTERNAL) {{
    definitionVersion {{ id version state definition {{ proposedBy {{ name }} }} }} {ERRORS} }} }}"""


def test_S1_64_whoever_has_signed_in_proposes_a_draft_and_cannot_publish_it(live):
    ann = live.served.person(name="Ann")
    eve = live.served.person(name="Eve")

    draft = live.ask(PROPOSE, ann, key="claims", body={"steps": [{"key": "ask", "name": "Ask"}]})[
        "definitionVersion"
    ]

    assert (draft["state"], draft["definition"]["proposedBy"]) == ("DRAFT", {"name": "Ann"})
    ids = {"id": draft["id"], "version": draft["version"]}
    assert live.codes(SUBMIT, ann, **ids) == ["needs_permission"]
    seen = "{ definitions { nodes { key } } }"
    assert live.ask(seen, ann)["nodes"] == [{"key": "claims"}]
    assert live.ask(seen, eve)["nodes"] == []
    assert live.codes(PROPOSE, eve, key="claims", body={}) == ["definition_is_there"]
    assert live.codes(PROPOSE, None, key="others", body={}) == ["needs_permission"]
    live.ask(SUBMIT, live.dora, **ids)


def test_S2_11_where_it_is_asked_for_nobody_does_a_step_before_they_have_read_the_version(live):
    version, whole = handed_in(live, step("do"), needsReading=True, needsTrial=False)
    read = f"""mutation($version: ID!) {{ confirmReading(version: $version) {{
      versionReading {{ user {{ name }} }} {ERRORS} }} }}"""
    assert live.codes(read, live.olga, version=version["id"]) == ["nothing_to_read"]
    live.ask(APPROVE, live.rita, **version)
    live.run(live.paul, lambda ctx: live.hold(version["id"], ctx))
    checklist = live.start(version["id"])
    live.served.ask(
        """mutation($step: ID!, $user: ID!) { assign(step: $step, assignee: $user) { userErrors { code } } }""",
        live.olga,
        step=live.steps(checklist)["do"]["id"],
        user=f"User:{live.olga.principal.user_id}",
    )
    complete = f"""mutation($id: ID!, $version: Int!) {{
      completeChecklistStep(id: $id, version: $version) {{ {ERRORS} }} }}"""
    one = live.steps(checklist)["do"]
    ids = {"id": one["id"], "version": one["version"]}
    assert live.codes(complete, live.olga, **ids) == ["not_read_yet"]

    live.ask(read, live.olga, version=version["id"])

    assert live.codes(read, live.olga, version=version["id"]) == ["already_read"]
    by_role = "query($of: ID!) { readingsByRole(of: $of) { role holders read } }"
    assert live.ask(by_role, live.dora, of=version["id"]) == [
        {"role": "flow.worker", "holders": 1, "read": 1}
    ]
    assert live.codes(complete, live.olga, **ids) == []
    assert whole["id"].startswith("Definition:")


def test_S1_41_what_begins_with_a_need_ends_with_how_content_the_customer_is(live):
    form = {
        "type": "object",
        "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 5}},
    }
    asks = step("ask", "do", form={**form, "required": ["score"]}, satisfaction="score")
    no_score = {**asks, "form": form}
    versions = {}
    for key, last in (("asks", asks), ("deaf", step("end", "do"))):
        version, _ = handed_in(
            live, step("do"), last, key=key, name=key, trigger="CUSTOMER_NEED", needsTrial=False
        )
        live.ask(APPROVE, live.rita, **version)
        live.run(live.paul, lambda ctx, version=version: live.hold(version["id"], ctx))
        versions[key] = version["id"]
    checklist = live.start(versions["asks"])
    live.do(checklist, "do")
    asked = "query($id: ID!) { checklist(id: $id) { state satisfaction } }"
    assert live.ask(asked, live.olga, id=checklist)["satisfaction"] is None

    live.do(checklist, "ask", score=4)

    assert live.ask(asked, live.olga, id=checklist) == {"state": "COMPLETED", "satisfaction": 4.0}
    report = "{ needsWithoutSatisfaction { definition major minor } }"
    assert live.ask(report, live.paul) == [{"definition": "deaf", "major": 1, "minor": 0}]
    draft = live.drafted("vague", step("do"), no_score)
    assert live.codes(SUBMIT, live.dora, id=draft, version=1) == ["no_score"]
