"""Issues, recurring tasks, roll-outs and decisions of rules, as clients of the API meet them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from live_flow import ERRORS, TEXTS, step

from dougong_flow.entities import Period, RecurringTask
from dougong_flow.jobs import generate_tasks
from dougong_flow.work import day_after

FORM = {"type": "object", "properties": {"amount": {"type": "integer"}}}
RAISE = f"""mutation($step: ID!, $owner: ID!, $due: Date!) {{
  raiseIssue(step: $step, about: "The amount is wrong", owner: $owner, dueOn: $due) {{
    workItem {{ id version }} {ERRORS} }} }}"""
ITEM = f"mutation($id: ID!, $version: Int!) {{ %sWorkItem(id: $id, version: $version %s) {{ {ERRORS} }} }}"


def user(person):
    return f"User:{person.principal.user_id}"


def tomorrow():
    return (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011 - the server's is UTC, too


# Forms and issues -----------------------------------------------------------------------------


def test_S0_52_forms_are_listed_to_those_who_may_see_them(live):
    checklist = live.start(live.released("order", step("a", form=FORM)))
    will = live.served.person("flow.worker", name="Will")
    live.do(checklist, "a", will, amount=7)
    forms = "{ stepForms { nodes { values } } }"
    stranger = live.served.person("flow.worker")

    found = {
        name: [one["values"] for one in live.ask(forms, who)["nodes"]]
        for name, who in (("Will", will), ("Olga", live.olga), ("Paul", live.paul), ("S", stranger))
    }

    assert found == {
        "Will": [{"amount": 7}],
        "Olga": [{"amount": 7}],
        "Paul": [{"amount": 7}],
        "S": [],
    }


def test_S0_52_a_manager_sees_the_forms_of_the_unit_and_no_others(live):
    ada = live.served.person("dougong.administrator")
    mona, will, else_ = (
        live.served.person("flow.worker", name=n) for n in ("Mona", "Will", "Else")
    )
    unit = live.ask(
        f'mutation {{ createUnit(input: {{code: "shop", name: "Shop"}}) {{ unit {{ id }} {ERRORS} }} }}',
        ada,
    )["unit"]["id"]
    member = f"""mutation($user: ID!, $unit: ID!) {{
      createMembership(input: {{user: $user, unit: $unit}}) {{ {ERRORS} }} }}"""
    live.ask(member, ada, user=user(will), unit=unit)
    lead = f"""mutation($user: ID!, $unit: ID!) {{ createRoleAssignment(
      input: {{user: $user, role: "flow.manager", unit: $unit}}) {{ {ERRORS} }} }}"""
    live.ask(lead, ada, user=user(mona), unit=unit)
    version = live.released("order", step("a", form=FORM))
    for number, who in enumerate((will, else_)):
        live.do(live.start(version, f"Order {number}"), "a", who, amount=number)

    found = live.ask("{ stepForms { nodes { values step { checklist { about } } } } }", mona)

    assert found["nodes"] == [
        {"values": {"amount": 0}, "step": {"checklist": {"about": "Order 0"}}}
    ]
    (seen,) = live.ask("{ checklistSteps { nodes { id } } }", mona)["nodes"]
    live.ask(RAISE, mona, step=seen["id"], owner=user(will), due=tomorrow())
    assert [one["about"] for one in live.items(will)] == ["The amount is wrong"]


def test_S0_52_an_issue_at_a_step_is_its_owners_task(live):
    checklist = live.start(live.released("order", step("a", form=FORM)))
    one = live.steps(checklist)["a"]["id"]
    ina = live.served.person("flow.worker", name="Ina")

    issue = live.ask(RAISE, live.paul, step=one, owner=user(ina), due=tomorrow())["workItem"]

    (task,) = live.mine(ina)
    assert task["kind"] == "ISSUE"
    assert (task["about"], task["dueOn"]) == ("The amount is wrong", tomorrow())
    assert task["step"] is None  # Ina does not see the step itself
    assert live.mine(live.paul) == []
    fulfil = ITEM % ("fulfil", ', result: "It was 8"')
    assert live.codes(fulfil, live.olga, **issue) == ["not_your_item"]
    live.ask(fulfil, ina, **issue)
    assert live.mine(ina) == []
    (done,) = live.items(live.paul)
    assert (done["state"], done["result"], done["step"]) == ("DONE", "It was 8", {"key": "a"})


def test_S0_52_an_issue_has_an_owner_and_a_day_and_is_raised_by_who_sees_the_step(live):
    one = live.steps(live.start(live.released("order", step("a"))))["a"]["id"]
    stranger = live.served.person("flow.worker")
    names = {"step": one, "owner": user(live.olga)}

    assert live.codes(RAISE, stranger, due=tomorrow(), **names) == ["not_found"]
    assert live.codes(RAISE, live.olga, due="2020-01-01", **names) == ["due_in_the_past"]
    blank = RAISE.replace("The amount is wrong", " ")
    assert live.codes(blank, live.olga, due=tomorrow(), **names) == ["say_why"]
    issue = live.ask(RAISE, live.olga, due=tomorrow(), **names)["workItem"]
    to = f"mutation($item: ID!, $to: ID!) {{ reassign(item: $item, to: $to) {{ {ERRORS} }} }}"
    live.ask(to, live.olga, item=issue["id"], to=user(stranger))
    assert [one["about"] for one in live.mine(stranger)] == ["The amount is wrong"]
    (item,) = live.items(live.olga)
    drop = ITEM % ("drop", ', reason: "It was right"')
    given = {"id": item["id"], "version": item["version"]}
    assert live.codes(drop, stranger, **given) == ["not_raised_by_you"]
    live.ask(drop, live.olga, **given)
    assert live.mine(stranger) == []


# Recurring tasks ------------------------------------------------------------------------------


@pytest.fixture
def planned(live):
    """Will visits a customer every week from today on, and another one."""
    live.will = live.served.person("flow.worker", name="Will")
    live.planner = live.served.person("flow.planner", name="Pam")
    create = f"""mutation($key: String!, $user: ID!, $from: Date!) {{ createRecurringTask(input: {{
      key: $key, name: $key, assignee: $user, period: WEEK, startsOn: $from, dueDays: 2
    }}) {{ recurringTask {{ id version nextOn }} {ERRORS} }} }}"""
    today = live.run(live.paul, lambda ctx: ctx.now.date())
    for key in ("visit.acme", "visit.zeta"):
        made = live.ask(create, live.planner, key=key, user=user(live.will), **{"from": f"{today}"})
        assert made["recurringTask"]["nextOn"] == f"{today}"
    return live


def generate(live, days):
    def work(ctx):
        with ctx.acting_as("flow"):
            generate_tasks.rule(ctx)

    live.run(live.paul, work, days=days)


def test_S2_39_there_is_one_open_task_for_each_key(planned):
    for _ in range(2):
        generate(planned, 0)

    found = planned.mine(planned.will)

    assert [(one["about"], one["carryOver"]) for one in found] == [
        ("visit.acme", 0),
        ("visit.zeta", 0),
    ]
    due = planned.run(planned.paul, lambda ctx: ctx.now.date() + timedelta(days=2))
    assert {one["dueOn"] for one in found} == {f"{due}"}
    assert planned.ask("{ recurringTasks { totalCount } }", planned.will) == {"totalCount": 0}


def test_S2_39_a_missed_task_returns_and_is_the_first_in_the_list(planned):
    generate(planned, 0)
    acme, zeta = planned.mine(planned.will)
    names = {name: acme[name] for name in ("id", "version")}
    planned.ask(ITEM % ("fulfil", ""), planned.will, **names)
    assert planned.codes(ITEM % ("miss", ""), planned.will, **{**names, "id": zeta["id"]})

    generate(planned, 6)
    assert len(planned.mine(planned.will)) == 1
    generate(planned, 8)

    found = planned.mine(planned.will)
    assert [(one["about"], one["carryOver"]) for one in found] == [
        ("visit.zeta", 1),
        ("visit.acme", 0),
    ]
    generate(planned, 30)
    found = planned.mine(planned.will)
    assert [one["carryOver"] for one in found] == [2, 1]
    states = [one["state"] for one in planned.items(planned.planner)]
    assert states == ["DONE", "MISSED", "MISSED", "MISSED", "OPEN", "OPEN"]


def test_S2_39_two_jobs_at_once_open_one_task(planned):
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: generate(planned, 0), range(2)))

    assert [one["carryOver"] for one in planned.mine(planned.will)] == [0, 0]


def test_S2_39_a_planner_gives_an_open_task_to_somebody_else(planned):
    generate(planned, 0)
    (item, _) = planned.mine(planned.will)
    to = f"mutation($item: ID!, $to: ID!) {{ reassign(item: $item, to: $to) {{ {ERRORS} }} }}"

    planned.ask(to, planned.planner, item=item["id"], to=user(planned.olga))

    assert [one["id"] for one in planned.mine(planned.olga)] == [item["id"]]
    assert planned.codes(to, planned.will, item=item["id"], to=user(planned.will)) == ["not_found"]
    remove = f"mutation($id: ID!) {{ deleteRecurringTask(id: $id, version: 1) {{ {ERRORS} }} }}"
    task = planned.ask("{ recurringTasks { nodes { id version } } }", planned.planner)["nodes"][0]
    remove = remove.replace("version: 1", f"version: {task['version']}")
    assert planned.codes(remove, planned.planner, id=task["id"]) != []


def test_S2_39_what_is_not_active_makes_no_tasks_and_a_new_rule_repeats_no_day(planned):
    generate(planned, 0)
    (one, two) = planned.ask("{ recurringTasks { nodes { id version nextOn } } }", planned.planner)[
        "nodes"
    ]
    update = f"""mutation($id: ID!, $version: Int!, $patch: RecurringTaskPatch!) {{
      updateRecurringTask(id: $id, version: $version, patch: $patch) {{
        recurringTask {{ nextOn }} {ERRORS} }} }}"""

    def changed(task, **patch):
        names = {"id": task["id"], "version": task["version"]}
        return planned.ask(update, planned.planner, patch=patch, **names)["recurringTask"]["nextOn"]

    changed(one, active=False)
    today = planned.run(planned.paul, lambda ctx: ctx.now.date())
    assert changed(two, period="DAY") == f"{today + timedelta(days=1)}"
    generate(planned, 1)

    found = planned.mine(planned.will)
    assert [(one["about"], one["carryOver"]) for one in found] == [
        ("visit.zeta", 1),
        ("visit.acme", 0),
    ]


@pytest.mark.parametrize(
    ("period", "every", "start", "day", "following"),
    [
        ("DAY", 1, "2026-01-01", "2026-01-01", "2026-01-02"),
        ("WEEK", 2, "2026-01-01", "2026-01-14", "2026-01-15"),
        ("WEEK", 2, "2026-01-01", "2026-01-15", "2026-01-29"),
        ("MONTH", 1, "2026-01-31", "2026-01-31", "2026-02-28"),
        ("MONTH", 1, "2026-01-31", "2026-02-28", "2026-03-31"),
        ("MONTH", 3, "2025-11-30", "2026-07-01", "2026-08-30"),
        ("DAY", 5, "2026-06-01", "2026-01-01", "2026-06-01"),
        ("MONTH", 1, "2026-06-01", "2026-01-01", "2026-06-01"),
    ],
)
def test_S2_39_days_are_counted_from_the_first_and_never_drift(
    period, every, start, day, following
):
    first = date.fromisoformat(start)
    task = RecurringTask(key="x", name="X", period=Period[period], every=every, starts_on=first)

    assert day_after(task, date.fromisoformat(day)) == date.fromisoformat(following)


# Decisions of rules ---------------------------------------------------------------------------


def approving(**said):
    node = {"key": "boss", "name": "Boss", "approvers": [{"role": "flow.approver", "each": True}]}
    nodes = [{**node, "auto": {"amount": {"lt": 100}}, **said}]
    return {**step("ask"), **TEXTS, "kind": "APPROVAL", "approval": {"nodes": nodes}}


OPEN = f"""mutation($version: ID!, $amount: Int!, $record: ID) {{ openApproval(version: $version,
  about: "A printer", content: {{amount: $amount}}, record: $record) {{
    approval {{ id state nodes {{ nodes {{ outcome decidedBy decidedAs }} }} }} {ERRORS} }} }}"""


def test_S2_60_under_the_limit_the_system_decides_and_tells_those_it_did_not_ask(live):
    bob = live.served.person("flow.approver", name="Bob")
    version = live.released("buy", approving())

    small = live.ask(OPEN, live.olga, version=version, amount=99)["approval"]

    assert small["state"] == "APPROVED"
    assert small["nodes"]["nodes"] == [
        {"outcome": "APPROVED", "decidedBy": "RULE", "decidedAs": "system:rule"}
    ]
    told = """{ approvalTasks { nodes { kind state comment decision decidedBy { name }
      approval { about } } } }"""
    copy = {"kind": "COPY", "state": "DECIDED", "comment": "system:rule", "decision": None}
    copy |= {"decidedBy": None, "approval": {"about": "A printer"}}
    assert live.ask(told, bob)["nodes"] == [copy, copy]  # Bob's own, and the initiator's
    assert live.mine(bob) == []
    large = live.ask(OPEN, live.olga, version=version, amount=100)["approval"]
    assert large["state"] == "RUNNING"
    assert [one["kind"] for one in live.mine(bob)] == ["VOTE"]


def test_S2_60_no_rule_decides_where_there_is_a_mandatory_control_point(live):
    control = {"key": "seen", "risk": "X", "objective": "ASSETS", "check": "Y", "mandatory": True}
    version = live.drafted("buy", approving(control_points=[control]))
    submit = f"mutation($id: ID!) {{ submitDefinitionVersion(id: $id, version: 1) {{ {ERRORS} }} }}"

    assert live.codes(submit, live.dora, id=version) == ["control_forbids"]


# Roll-outs ------------------------------------------------------------------------------------


def test_S4_62_what_is_released_is_tried_out_and_is_to_be_rolled_out(live):
    submit, approve = (
        f"""mutation($id: ID!, $version: Int!) {{ {name}DefinitionVersion(id: $id,
          version: $version) {{ definitionVersion {{ id version }} {ERRORS} }} }}"""
        for name in ("submit", "approve")
    )
    versions = [live.drafted(key, step("a"), trial=True) for key in ("buy", "sell")]
    release = f"""mutation($versions: [ID!]!) {{ releaseVersions(versions: $versions, months: 6) {{
      versions tasks {ERRORS} }} }}"""
    assert live.codes(release, live.paul, versions=versions) == ["wrong_state"]
    for one in versions:
        at = live.ask(submit, live.dora, id=one, version=1)["definitionVersion"]
        live.ask(approve, live.rita, **at)

    done = live.ask(release, live.paul, versions=versions)

    assert (done["versions"], done["tasks"]) == (2, 6)
    found = live.ask("{ definitionVersions { nodes { state trialUntil } } }", live.paul)["nodes"]
    assert [one["state"] for one in found] == ["TRIAL", "TRIAL"]
    tasks = live.items(live.paul)
    assert [one["rollOut"] for one in tasks[:3]] == ["ANNOUNCE", "TRAIN", "COLLECT"]
    assert tasks[0]["about"] == "The buy 1.0"
    assert {one["assignee"]["name"] for one in tasks} == {"Paul"}
    assert tasks[2]["dueOn"] == found[0]["trialUntil"]
    assert len(live.mine(live.paul)) == 6
    shown = live.ask("{ definitionVersions { nodes { id version } } }", live.paul)["nodes"][0]
    live.step("retireDefinitionVersion", shown, live.paul, ', reason: "No need"')
    assert [one["state"] for one in live.items(live.paul)][:3] == ["DROPPED"] * 3
    assert live.codes(release, live.dora, versions=versions) == ["needs_permission"]
    assert live.codes(release, live.paul, versions=[]) == ["nothing_to_release"]
