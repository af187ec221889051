"""What the core and flow do together: limits of authority, forced steps, and what things are called."""

from live_flow import ERRORS, TEXTS, step

OPEN = f"""mutation($version: ID!, $amount: Int!) {{ openApproval(version: $version,
  about: "A printer", content: {{amount: $amount}}) {{ approval {{ id state }} {ERRORS} }} }}"""


def test_S1_32_under_the_limit_whoever_does_it_decides_and_a_changed_limit_says_why(live):
    def body(limit):
        node = {"key": "boss", "name": "Boss", "approvers": [{"role": "flow.approver"}]}
        node["auto"] = {"amount": {"lte": limit}}
        return {**step("ask"), **TEXTS, "kind": "APPROVAL", "approval": {"nodes": [node]}}

    bob = live.served.person("flow.approver", name="Bob")
    version = live.released("buy", body(100))

    states = {
        amount: live.ask(OPEN, live.olga, version=version, amount=amount)["approval"]["state"]
        for amount in (100, 101)
    }

    assert states == {100: "APPROVED", 101: "RUNNING"}
    votes = "{ approvalTasks(where: {kind: {eq: VOTE}}) { nodes { id version } } }"
    (task,) = live.ask(votes, bob)["nodes"]
    claim = f"mutation($task: ID!) {{ claim(task: $task) {{ {ERRORS} }} }}"
    live.ask(claim, bob, task=task["id"])
    (task,) = live.ask(votes, bob)["nodes"]
    live.step("decideApprovalTask", task, bob, ", decision: NO")
    found = live.ask("{ decisionDistance { definition approvals undelayed distance } }", live.paul)
    assert found == [
        {"definition": "The buy", "approvals": 2, "undelayed": 1, "distance": "0.5000"}
    ]
    revise = f"""mutation($version: ID!) {{ revise(version: $version) {{
      definitionVersion {{ id version }} {ERRORS} }} }}"""
    draft = live.ask(revise, live.dora, version=version)["definitionVersion"]
    patch = f"""mutation($id: ID!, $version: Int!, $patch: DefinitionVersionPatch!) {{
      updateDefinitionVersion(id: $id, version: $version, patch: $patch) {{
        definitionVersion {{ id version }} {ERRORS} }} }}"""
    new = {"body": {"steps": [body(200)]}}
    draft = live.ask(patch, live.dora, patch=new, **draft)["definitionVersion"]
    submit = f"""mutation($id: ID!, $version: Int!) {{
      submitDefinitionVersion(id: $id, version: $version) {{ {ERRORS} }} }}"""
    assert live.codes(submit, live.dora, **draft) == ["change_without_reason"]


def test_S2_17_forcing_takes_a_permission_a_reason_and_a_third_person_and_is_a_deviation(live):
    version = live.released("order", step("do"), step("check", "do", not_same_as=["do"]))
    checklist = live.start(version)
    live.do(checklist, "do")
    carl = live.served.person("flow.controller", name="Carl")
    force = f"""mutation($step: ID!, $user: ID!, $why: String!) {{
      overrideDuties(step: $step, assignee: $user, reason: $why) {{ {ERRORS} }} }}"""
    names = {
        "step": live.steps(checklist)["check"]["id"],
        "user": f"User:{live.olga.principal.user_id}",
        "why": "Everybody else is ill",
    }
    assert live.codes(force, live.olga, **names) == ["needs_permission"]
    assert live.codes(force, carl, **{**names, "why": " "}) == ["say_why"]
    own = {**names, "user": f"User:{carl.principal.user_id}"}
    assert live.codes(force, carl, **own) == ["third_person_needed"]

    live.ask(force, carl, **names)

    live.step("completeChecklistStep", live.steps(checklist)["check"], live.olga)
    rounds = live.ask("{ stepRounds { nodes { key deviation endedBy { name } } } }", live.paul)
    assert rounds["nodes"][-1] == {
        "key": "check",
        "deviation": "Everybody else is ill",
        "endedBy": {"name": "Olga"},
    }


def test_S1_51_a_front_end_learns_fields_actions_and_forms_in_both_languages(live):
    live.do(live.start(live.released("order", step("a"), step("b", "a"))), "a")
    asked = """query($language: String!) {
      entityTypes(names: ["ChecklistStep"], language: $language) {
        label fields { name label kind values { name label } } } }"""

    said = {one: live.ask(asked, live.olga, language=one)[0] for one in ("en", "zh-CN")}

    assert [said[one]["label"] for one in said] == ["Checklist step", "清单步骤"]
    fields = {one: {f["name"]: f for f in said[one]["fields"]} for one in said}
    assert fields["en"]["assignee"]["kind"] == "User"
    assert fields["zh-CN"]["state"]["label"] == "状态"
    values = {one["name"]: one["label"] for one in fields["zh-CN"]["state"]["values"]}
    assert values["READY"] == "可执行"
    actions = """{ checklistSteps(where: {key: {eq: "b"}}) { nodes {
      actions(names: ["skipChecklistStep", "assign"]) {
        name label enabled reasons { code } form { name label required } } } } }"""
    skip, assign = live.ask(actions, live.olga)["nodes"][0]["actions"]
    assert (skip["enabled"], skip["reasons"]) == (False, [{"code": "step_is_needed"}])
    assert skip["form"] == [{"name": "reason", "label": "Reason", "required": True}]
    assert (assign["enabled"], assign["form"][0]["name"]) == (True, "assignee")
