"""Steps that go on by themselves keep to dates, to rights, to rounds, and are told of when they cannot."""

import pytest
from live_flow import ERRORS, step
from sqlalchemy.exc import OperationalError
from test_automatic_steps import as_job, look_now, pass_time, waiting, welcoming

from dougong_flow.automatic import due_steps, passes_by_itself

ASSIGN = f"""mutation($step: ID!, $user: ID!) {{
  assign(step: $step, assignee: $user) {{ {ERRORS} }} }}"""
DONE = f"""mutation($id: ID!, $version: Int!) {{
  completeChecklistStep(id: $id, version: $version) {{ {ERRORS} }} }}"""
FORM = {"type": "object", "properties": {"record": {"type": "string"}}}
NAMES = step("s", form=FORM)
WAITS = step("wait", "s", kind="WAIT", wait={"record": "s.record", "states": ["COMPLETED"]})


def assigned(live, checklist, key, who=None):
    """A step that is somebody's from now on, to be completed: its id and version."""
    person = who or live.olga
    one = live.steps(checklist)[key]["id"]
    live.ask(ASSIGN, live.olga, step=one, user=f"User:{person.principal.user_id}")
    one = live.steps(checklist)[key]
    return {"id": one["id"], "version": one["version"]}


# Records that forms name ----------------------------------------------------------------------


def test_S0_46_nobody_learns_by_a_wait_about_a_record_that_they_do_not_see(live):
    secret = live.start(live.released("x", step("a")), "Secret")
    version = live.released("w", NAMES, WAITS)
    live.olga = live.served.person("flow.worker", name="Zed")
    checklist = live.start(version)
    fill = f"""mutation($step: ID!, $values: JSON!) {{
      createStepForm(input: {{ step: $step, values: $values }}) {{ {ERRORS} }} }}"""
    names = assigned(live, checklist, "s")
    live.ask(fill, live.olga, step=names["id"], values={"record": secret})

    assert live.codes(DONE, live.olga, **names) == ["not_found"]

    live.do_jobs()
    assert live.states(checklist) == ["READY", "WAITING"]


def test_S0_46_a_record_that_its_namer_sees_is_waited_for(live):
    other = live.start(live.released("x", step("a")), "Mine")
    checklist = live.start(live.released("w", NAMES, WAITS))
    live.do(checklist, "s", record=other)
    live.do_jobs()
    assert live.states(checklist) == ["COMPLETED", "READY"]

    live.do(other, "a")
    look_now(live)
    pass_time(live)

    assert live.states(checklist) == ["COMPLETED", "COMPLETED"]


def test_S0_46_a_form_of_the_wait_itself_names_nothing(live):
    secret = live.start(live.released("x", step("a")), "Secret")
    live.do(secret, "a")
    own = step("wait", "s", kind="WAIT", wait={"record": "wait.record", "states": ["COMPLETED"]})
    checklist = live.start(live.released("w", step("s"), own))
    live.do(checklist, "s")
    fill = f"""mutation($step: ID!, $values: JSON!) {{
      createStepForm(input: {{ step: $step, values: $values }}) {{ {ERRORS} }} }}"""
    wait = live.steps(checklist)["wait"]["id"]
    live.ask(fill, live.olga, step=wait, values={"record": secret})

    live.do_jobs()

    assert live.states(checklist) == ["COMPLETED", "READY"]


# Days -----------------------------------------------------------------------------------------


def test_S0_15_an_effect_is_not_done_before_its_first_day(live_with_effects, effects):
    live = live_with_effects
    checklist = live.start(live.released("w", *welcoming(not_before={"days": 3})))
    live.do(checklist, "ask")

    live.do_jobs()
    pass_time(live, days=2)
    assert effects.DONE == []

    live.run(live.paul, lambda ctx: as_job(ctx, due_steps, 3), days=4)
    assert len(effects.DONE) == 1
    assert live.states(checklist) == ["COMPLETED", "COMPLETED"]


def test_S0_15_an_effect_whose_hard_deadline_is_over_is_somebodys_task(live_with_effects, effects):
    live = live_with_effects
    hard = {"deadline": {"days": 1}, "hard": True, "not_before": {"days": 3}}
    checklist = live.start(live.released("w", *welcoming(**hard)))
    live.do(checklist, "ask")
    live.do_jobs()

    live.run(live.paul, lambda ctx: as_job(ctx, due_steps, 0), days=4)

    assert effects.DONE == []
    assert live.states(checklist) == ["COMPLETED", "READY"]
    assert [one["alarm"] for one in live.items(live.olga)] == ["FAILED"]


# Failures -------------------------------------------------------------------------------------


class Cancelled(Exception):
    """What the driver raises, with the code of PostgreSQL."""

    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def test_S0_15_a_statement_that_takes_too_long_is_counted_like_any_failure(
    live_with_effects, effects, monkeypatch
):
    live = live_with_effects
    checklist = live.start(live.released("w", *welcoming()))
    live.do(checklist, "ask")
    effects.FAILING.append("slow")

    def slow(said):
        return OperationalError("select", {}, Cancelled("57014"))

    monkeypatch.setattr(effects, "KeyError", slow, raising=False)
    live.do_jobs()
    for _ in range(4):
        look_now(live)
        live.run(live.paul, lambda ctx: as_job(ctx, due_steps, 0))

    assert live.steps(checklist)["welcome"]["attempts"] == 5
    assert [one["alarm"] for one in live.items(live.olga)] == ["FAILED"]


@pytest.mark.parametrize(
    ("sqlstate", "again"), [("40P01", True), ("40001", True), ("57014", False)]
)
def test_only_where_two_transactions_met_the_queue_tries_again(sqlstate, again):
    assert passes_by_itself(OperationalError("select", {}, Cancelled(sqlstate))) is again


# Checklists that are waited for ---------------------------------------------------------------


def test_S0_46_what_was_over_before_the_order_began_does_not_fulfil_its_wait(live):
    delivery = live.released("delivery", step("deliver"))
    old = live.start(delivery, "Order 7")
    live.do(old, "deliver")
    order = live.start(live.released("order", *waiting(definition="delivery")), "Order 7")

    live.do_jobs()

    assert live.states(order) == ["READY", "WAITING"]


def test_S0_46_a_wait_that_was_returned_is_not_fulfilled_by_the_old_delivery(live):
    delivery = live.released("delivery", step("deliver"))
    order = live.start(live.released("order", *waiting(definition="delivery")), "Order 7")
    live.do(live.start(delivery, "Order 7"), "deliver")
    live.do_jobs()
    assert live.states(order) == ["COMPLETED", "READY"]
    assigned(live, order, "end")
    back = ', to: "wait", reason: "Deliver again"'
    live.step("handBackChecklistStep", live.steps(order)["end"], live.olga, back)

    live.do_jobs()
    assert live.states(order) == ["READY", "WAITING"]

    live.do(live.start(delivery, "Order 7"), "deliver")
    live.do_jobs()
    assert live.states(order) == ["COMPLETED", "READY"]


def test_S0_46_the_end_of_a_checklist_wakes_only_who_waits_for_what_it_is_about(live):
    delivery = live.released("delivery", step("deliver"))
    order = live.released("order", *waiting(definition="delivery"))
    for number in range(3):
        live.start(order, f"Order {number}")
    live.do_jobs()

    live.do(live.start(delivery, "Order 1"), "deliver")

    assert live.do_jobs().count("flow.go_on") == 1
