"""Steps that nobody does: an effect of an add-on, waits for others, and subprocesses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from live_flow import ERRORS, step

from dougong_flow import ChecklistStep
from dougong_flow.automatic import due_steps, go_on_with
from dougong_flow.definition_body import faults_of

LETTER = {"type": "object", "required": ["letter"], "properties": {"letter": {"type": "string"}}}
WELCOME = {"effect": {"name": "flow_effects.welcome", "settings": {"name": "Ann"}}, "form": LETTER}
RETRY = f"mutation($step: ID!) {{ retryStep(step: $step) {{ {ERRORS} }} }}"
CANCEL = ', reason: "No need"'


def welcoming(*others, **said):
    return (step("ask"), step("welcome", "ask", kind="SYSTEM", **{**WELCOME, **said}), *others)


def pass_time(live, days=1.0):
    """So much later everything that is due by itself is asked for, and done."""
    live.run(live.paul, lambda ctx: as_job(ctx, due_steps, days))
    live.do_jobs()


def as_job(ctx, work, days):
    with ctx.acting_as("flow"):
        steps = work(ctx)
        for one in steps:
            go_on_with(one, ctx)


# Effects --------------------------------------------------------------------------------------


def test_S0_15_a_system_step_completes_with_no_users_task_and_counts_as_automatic(
    live_with_effects, effects
):
    live = live_with_effects
    version = live.released("welcome", *welcoming(step("end", "welcome")))
    checklist = live.start(version)
    rate = "{ automationRate { definition completed automatic rate } }"
    live.do(checklist, "ask")
    before = live.ask(rate, live.paul)
    assert before == [
        {"definition": "The welcome", "completed": 1, "automatic": 0, "rate": "0.0000"}
    ]
    assert live.states(checklist) == ["COMPLETED", "READY", "WAITING"]

    assert "flow.go_on" in live.do_jobs()

    shown = live.steps(checklist)
    assert live.states(checklist) == ["COMPLETED", "COMPLETED", "READY"]
    assert shown["welcome"]["completedAs"] == "system:flow_effects.welcome"
    assert shown["welcome"]["assignee"] is None
    assert shown["welcome"]["forms"]["nodes"] == [{"values": {"letter": "Dear Ann"}}]
    number = shown["welcome"]["id"].split(":")[1]
    assert [(f"{number}:1", {"name": "Ann"})] == effects.DONE
    after = live.ask(rate, live.paul)
    assert after == [
        {"definition": "The welcome", "completed": 2, "automatic": 1, "rate": "0.5000"}
    ]


def test_S0_15_an_effect_is_done_once_however_often_it_is_asked_for(live_with_effects, effects):
    live = live_with_effects
    checklist = live.start(live.released("welcome", *welcoming()))
    live.do(checklist, "ask")
    number = int(live.steps(checklist)["welcome"]["id"].split(":")[1])

    def twice(ctx):
        with ctx.acting_as("flow"):
            for _ in range(2):
                go_on_with(ctx.get(ChecklistStep, number), ctx)

    live.run(live.paul, twice)
    live.do_jobs()
    pass_time(live)

    assert len(effects.DONE) == 1
    assert live.steps(checklist)[""] == "COMPLETED"


def test_S0_15_of_two_workers_at_once_one_does_it(live_with_effects, effects):
    live = live_with_effects
    checklist = live.start(live.released("welcome", *welcoming()))
    live.do(checklist, "ask")
    number = int(live.steps(checklist)["welcome"]["id"].split(":")[1])

    def work(ctx):
        with ctx.acting_as("flow"):
            go_on_with(ctx.get(ChecklistStep, number), ctx)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: live.run(live.paul, work), range(2)))

    assert len(effects.DONE) == 1
    assert live.states(checklist) == ["COMPLETED", "COMPLETED"]


def test_S0_15_a_step_that_is_returned_does_it_again_in_its_next_round(live_with_effects, effects):
    live = live_with_effects
    checklist = live.start(live.released("welcome", *welcoming(step("end", "welcome"))))
    live.do(checklist, "ask")
    live.do_jobs()
    assign = f"""mutation($step: ID!, $user: ID!) {{
      assign(step: $step, assignee: $user) {{ {ERRORS} }} }}"""
    me = f"User:{live.olga.principal.user_id}"
    live.ask(assign, live.olga, step=live.steps(checklist)["end"]["id"], user=me)
    back = ', to: "welcome", reason: "A wrong name"'
    live.step("handBackChecklistStep", live.steps(checklist)["end"], live.olga, back)
    assert live.states(checklist) == ["COMPLETED", "READY", "WAITING"]

    live.do_jobs()

    assert live.states(checklist) == ["COMPLETED", "COMPLETED", "READY"]
    assert [key.split(":")[1] for key, _ in effects.DONE] == ["1", "2"]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("refused", "Say why: this is kept and shown to those who look at it later."),
        ("broken", "An error (KeyError); the log has it."),
    ],
)
def test_S0_15_a_failure_is_seen_tried_again_and_then_somebodys_task(
    live_with_effects, effects, way, said
):
    live = live_with_effects
    checklist = live.start(live.released("welcome", *welcoming()))
    live.do(checklist, "ask")
    effects.FAILING.append(way)

    live.do_jobs()

    failed = live.steps(checklist)["welcome"]
    assert (failed["state"], failed["attempts"], failed["failure"]) == ("READY", 1, said)
    assert failed["pauseReason"] is None
    assert live.items(live.olga) == []
    for attempt in range(4):
        look_now(live)
        live.run(live.paul, lambda ctx: as_job(ctx, due_steps, 0))
        assert live.steps(checklist)["welcome"]["attempts"] == attempt + 2
    (alarm,) = live.items(live.olga)
    assert (alarm["kind"], alarm["alarm"], alarm["assignee"]) == (
        "ALARM",
        "FAILED",
        {"name": "Olga"},
    )
    assert said in alarm["about"]

    effects.FAILING.clear()
    failed = live.steps(checklist)["welcome"]["id"]
    live.ask(RETRY, live.olga, step=failed)
    live.do_jobs()

    assert live.states(checklist) == ["COMPLETED", "COMPLETED"]
    (alarm,) = live.items(live.olga)
    assert alarm["state"] == "DROPPED"
    assert live.codes(RETRY, live.olga, step=failed) == ["checklist_is_over"]


def look_now(live):
    """The next look at each step is due."""

    def work(ctx):
        with ctx.acting_as("flow"):
            for one in ctx.find(ChecklistStep, ChecklistStep.look_at.is_not(None)):
                one.look_at = datetime(2020, 1, 1, tzinfo=UTC)

    live.run(live.paul, work)


def test_S0_15_what_an_effect_answers_must_fit_the_form(live_with_effects):
    live = live_with_effects
    form = {"type": "object", "properties": {"number": {"type": "integer"}}}
    checklist = live.start(live.released("welcome", *welcoming(form=form)))
    live.do(checklist, "ask")

    live.do_jobs()

    assert "letter" in live.steps(checklist)["welcome"]["failure"]
    assert live.steps(checklist)["welcome"]["forms"]["nodes"] == []


def test_S0_15_nobody_completes_a_system_step_by_hand(live_with_effects):
    live = live_with_effects
    checklist = live.start(live.released("welcome", *welcoming()))
    live.do(checklist, "ask")
    welcome = live.steps(checklist)["welcome"]
    complete = f"""mutation($id: ID!, $version: Int!) {{
      completeChecklistStep(id: $id, version: $version) {{ {ERRORS} }} }}"""
    names = {"id": welcome["id"], "version": welcome["version"]}
    assert live.codes(complete, live.paul, **names) == ["needs_permission"]
    assert live.codes(complete, live.olga, **names) == ["goes_on_by_itself"]
    settle = complete.replace("complete", "settle")
    assert live.codes(settle, live.olga, **names) == ["follows_by_itself"]


def test_S0_15_an_effect_that_nobody_has_is_refused_before_review(live):
    version = live.drafted("welcome", *welcoming())
    submit = f"""mutation($id: ID!) {{
      submitDefinitionVersion(id: $id, version: 1) {{ {ERRORS} }} }}"""

    (answer,) = live.served.ask(submit, live.dora, id=version).values()

    assert answer["userErrors"] == [
        {
            "path": ["body", "steps", "1", "effect", "name"],
            "code": "unknown_effect",
            "message": "No installed add-on has an effect “flow_effects.welcome”. There are: —.",
        }
    ]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"kind": "SYSTEM"}, "kind_and_word"),
        ({"effect": {"name": "crm.call"}}, "kind_and_word"),
        ({"kind": "WAIT", "wait": {"definition": "x", "states": ["Y"]}}, "waits_for_one_thing"),
        ({"kind": "WAIT", "wait": {"record": "a.order"}}, "waits_for_one_thing"),
        (
            {"kind": "SUBPROCESS", "subprocess": {"definition": "x"}, "skills": ["Y"]},
            "nobody_does_it",
        ),
    ],
)
def test_what_a_step_says_that_nobody_does_is_checked(said, code):
    assert [one.code for one in faults_of({"steps": [step("a", **said)]})] == [code]


# Waits ----------------------------------------------------------------------------------------


def waiting(**wait):
    return step("wait", kind="WAIT", wait=wait), step("end", "wait")


def test_S0_46_an_order_waits_for_its_delivery(live):
    delivery = live.released("delivery", step("deliver"))
    order = live.start(live.released("order", *waiting(definition="delivery")), "Order 7")
    other = live.start(delivery, "Order 8")
    live.do(other, "deliver")
    live.do_jobs()
    assert live.states(order) == ["READY", "WAITING"]
    mine = live.start(delivery, "Order 7")

    live.do(mine, "deliver")
    live.do_jobs()

    assert live.states(order) == ["COMPLETED", "READY"]
    assert live.steps(order)["wait"]["completedAs"] == "system:wait"
    assert live.items(live.olga) == []


def test_S0_46_a_wait_that_nothing_can_fulfil_raises_one_alarm(live):
    delivery = live.released("delivery", step("deliver"))
    order = live.start(live.released("order", *waiting(definition="delivery")), "Order 7")
    live.do_jobs()
    assert live.items(live.olga) == []
    mine = live.start(delivery, "Order 7")
    shown = live.ask("query($id: ID!) { checklist(id: $id) { id version } }", live.olga, id=mine)
    live.step("cancelChecklist", shown, live.olga, CANCEL)

    live.do_jobs()
    look_now(live)
    pass_time(live)

    (alarm,) = live.items(live.olga)
    assert (alarm["alarm"], alarm["state"], alarm["step"]) == (
        "NEVER_COMES",
        "OPEN",
        {"key": "wait"},
    )
    assert "was cancelled" in alarm["about"]
    another = live.start(delivery, "Order 7")
    look_now(live)
    pass_time(live)
    assert [one["state"] for one in live.items(live.olga)] == ["DROPPED"]
    assert live.steps(order)["wait"]["failure"] is None
    live.do(another, "deliver")
    live.do_jobs()
    assert live.states(order) == ["COMPLETED", "READY"]


def test_S0_46_what_never_starts_is_no_reason_to_wait(live):
    order = live.start(live.released("order", *waiting(definition="delivery")))

    live.do_jobs()

    (alarm,) = live.items(live.olga)
    assert alarm["alarm"] == "NEVER_COMES"
    assert "No version of “delivery” holds" in live.steps(order)["wait"]["failure"]


def test_S0_46_a_step_waits_until_a_record_has_come_to_a_state(live):
    planner = live.served.person("flow.planner", "flow.worker", name="Pam")
    made = live.ask(
        f"""mutation {{ createDeadline(input: {{ name: "Papers", anchorOn: "2027-01-15",
          rule: {{days: 1}} }}) {{ deadline {{ id version }} {ERRORS} }} }}""",
        planner,
    )["deadline"]
    version = live.released("order", *waiting(states=["MET"]))
    hidden = f"""mutation($version: ID!, $record: ID!) {{
      startChecklist(version: $version, about: "X", record: $record) {{ {ERRORS} }} }}"""
    assert live.codes(hidden, live.olga, version=version, record=made["id"]) == ["not_found"]
    assert live.codes(hidden, live.olga, version=version, record="Deadline:x") == ["no_record_id"]
    live.olga = planner
    checklist = live.start(version, record=made["id"])
    live.do_jobs()
    assert live.states(checklist) == ["READY", "WAITING"]

    live.step("meetDeadline", made, planner)
    look_now(live)
    pass_time(live)

    assert live.states(checklist) == ["COMPLETED", "READY"]


def test_S0_46_a_record_that_is_in_another_final_state_raises_the_alarm(live):
    planner = live.served.person("flow.planner", "flow.worker", name="Pam")
    made = live.ask(
        f"""mutation {{ createDeadline(input: {{ name: "Papers", anchorOn: "2027-01-15",
          rule: {{days: 1}} }}) {{ deadline {{ id version }} {ERRORS} }} }}""",
        planner,
    )["deadline"]
    live.olga = planner
    version = live.released("order", *waiting(states=["MET"]))
    checklist = live.start(version, record=made["id"])
    live.step("waiveDeadline", made, planner, CANCEL)

    live.do_jobs()

    assert live.states(checklist) == ["READY", "WAITING"]
    assert [one["alarm"] for one in live.items(planner)] == ["NEVER_COMES"]
