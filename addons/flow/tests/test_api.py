"""A calendar, a clock, a deadline and a definition, as a client of the API lives through them."""

import pytest

ERRORS = "userErrors { path code message params }"


@pytest.fixture
def served(live_world):
    return live_world("flow")


@pytest.fixture
def planner(served):
    return served.person("flow.planner", name="Paul")


def done(served, document, who, **variables):
    """What a mutation answers that must not be refused."""
    (answer,) = served.ask(f"mutation {document}", who, **variables).values()
    assert answer["userErrors"] == []
    return answer


def test_a_clock_is_started_paused_and_stopped_by_whoever_works_on_it(served, planner):
    done(served, f"{{ bringCalendars {{ brought {ERRORS} }} }}", planner)
    calendars = served.ask(
        '{ calendars(where: {key: {eq: "CN-2026"}}) { nodes { id exceptions { totalCount } } } }',
        planner,
    )["calendars"]["nodes"]
    assert calendars[0]["exceptions"]["totalCount"] == 45
    level = done(
        served,
        f"""($calendar: ID!) {{ createServiceLevel(input: {{
              key: "ANSWER", name: "Answer", calendar: $calendar, targetMinutes: 240,
              warnPercent: 75, levels: [{{level: 1, percent: 150, tells: MANAGER}}]
            }}) {{ serviceLevel {{ id }} {ERRORS} }} }}""",
        planner,
        calendar=calendars[0]["id"],
    )["serviceLevel"]
    worker = served.person("flow.worker", name="Will")
    clock = done(
        served,
        f"""($level: ID!, $will: ID!) {{ startClock(serviceLevel: $level, about: "A letter",
              assignee: $will) {{ clock {{ id version state dueAt
                alarms {{ nodes {{ kind percent dueAt told {{ name }} }} }} }} {ERRORS} }} }}""",
        planner,
        level=level["id"],
        will=f"User:{worker.principal.user_id}",
    )["clock"]
    assert clock["dueAt"]
    assert [one["kind"] for one in clock["alarms"]["nodes"]] == ["BREACH", "WARNING", "ESCALATION"]

    mine = served.ask("{ clocks { nodes { id actions { name enabled } } } }", worker)
    assert {"name": "pauseClock", "enabled": True} in mine["clocks"]["nodes"][0]["actions"]
    stranger = served.person("flow.worker")
    assert served.ask("{ clocks { totalCount } }", stranger) == {"clocks": {"totalCount": 0}}

    step = f"""($id: ID!, $version: Int!) {{
      pauseClock(id: $id, version: $version, reason: "Wait") {{
        clock {{ version state dueAt pauseReason }} {ERRORS} }} }}"""
    paused = done(served, step, worker, id=clock["id"], version=clock["version"])["clock"]
    assert (paused["state"], paused["dueAt"], paused["pauseReason"]) == ("PAUSED", None, "Wait")
    again = served.ask(f"mutation {step}", worker, id=clock["id"], version=clock["version"])
    assert again["pauseClock"]["userErrors"][0]["code"] == "stale_version"


def test_a_deadline_says_where_its_rule_is_wrong(served, planner):
    create = f"""mutation($rule: JSON!) {{ createDeadline(input: {{
          name: "Papers", anchorOn: "2027-01-15", rule: $rule,
          facts: {{participants: 1500}} }}) {{ deadline {{ dueOn }} {ERRORS} }} }}"""
    large = {"participants": {"gte": 1000}}
    rule = {"cases": [{"when": large, "then": {"months": -3}}, {"then": {"fortnights": 1}}]}

    refused = served.ask(create, planner, rule=rule)["createDeadline"]
    assert refused["deadline"] is None
    assert refused["userErrors"] == [
        {
            "path": ["input", "rule", "cases", "1", "then", "fortnights"],
            "code": "unknown_word",
            "message": "A rule knows no “fortnights” here; it knows months, weeks, days, "
            "working_days, roll.",
            "params": {"word": "fortnights", "known": "months, weeks, days, working_days, roll"},
        }
    ]

    rule["cases"][1]["then"] = {"months": -2}
    made = served.ask(create, planner, rule=rule)["createDeadline"]
    assert made == {"deadline": {"dueOn": "2026-10-15"}, "userErrors": []}


def test_a_shipped_definition_is_approved_by_another_and_shows_why_it_cannot_be_released(served):
    designer, reviewer = served.person("flow.designer"), served.person("flow.reviewer")
    served.person("flow.process_owner")
    done(served, f"{{ bringDefinitions {{ brought {ERRORS} }} }}", designer)
    found = served.ask(
        "{ definitionVersions { nodes { id version definition { key shipped } } } }", designer
    )["definitionVersions"]["nodes"]
    assert [one["definition"]["shipped"] for one in found] == [True]
    version = found[0]

    def step(name, who):
        answer = done(
            served,
            f"""($id: ID!, $version: Int!) {{ {name}DefinitionVersion(id: $id, version: $version) {{
              definitionVersion {{ version state contentHash }} {ERRORS} }} }}""",
            who,
            id=version["id"],
            version=version["version"],
        )["definitionVersion"]
        version["version"] = answer["version"]
        return answer

    assert step("submit", designer)["state"] == "IN_REVIEW"
    assert step("approve", reviewer)["state"] == "APPROVED"
    patch = served.ask(
        f"""mutation($id: ID!, $version: Int!) {{
          updateDefinitionVersion(id: $id, version: $version, patch: {{body: {{}} }}) {{ {ERRORS} }}
        }}""",
        designer,
        id=version["id"],
        version=version["version"],
    )["updateDefinitionVersion"]
    assert [one["code"] for one in patch["userErrors"]] == ["version_is_fixed"]
