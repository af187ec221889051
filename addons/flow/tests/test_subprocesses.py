"""Steps that start another checklist, and are over with it."""

from live_flow import ERRORS, step
from test_automatic_steps import CANCEL, RETRY, look_now, pass_time


def with_subprocess(live):
    live.released("delivery", step("deliver"))
    sub = step("ship", "ask", kind="SUBPROCESS", subprocess={"definition": "delivery"})
    checklist = live.start(live.released("order", step("ask"), sub, step("end", "ship")), "Order 7")
    live.do(checklist, "ask")
    live.do_jobs()
    return checklist


def test_S0_46_a_subprocess_is_started_and_its_end_completes_the_step(live):
    checklist = with_subprocess(live)
    started = live.steps(checklist)["ship"]["subprocess"]
    assert started["state"] == "RUNNING"
    live.do_jobs()
    look_now(live)
    pass_time(live)
    assert live.states(checklist) == ["COMPLETED", "READY", "WAITING"]

    live.do(started["id"], "deliver")
    live.do_jobs()

    assert live.states(checklist) == ["COMPLETED", "COMPLETED", "READY"]
    number = started["id"].split(":")[1]
    assert live.steps(checklist)["ship"]["completedAs"] == f"system:subprocess:{number}"


def cancelled(live, checklist):
    shown = live.ask(
        "query($id: ID!) { checklist(id: $id) { id version } }", live.olga, id=checklist
    )
    live.step("cancelChecklist", shown, live.olga, CANCEL)
    live.do_jobs()


def test_S0_46_a_subprocess_that_was_cancelled_raises_an_alarm_and_is_started_anew(live):
    checklist = with_subprocess(live)
    first = live.steps(checklist)["ship"]["subprocess"]["id"]

    cancelled(live, first)

    assert [one["alarm"] for one in live.items(live.olga)] == ["NEVER_COMES"]
    live.ask(RETRY, live.olga, step=live.steps(checklist)["ship"]["id"])
    live.do_jobs()
    again = live.steps(checklist)["ship"]["subprocess"]
    assert again["state"] == "RUNNING"
    assert again["id"] != first
    assert [one["state"] for one in live.items(live.olga)] == ["DROPPED"]


def test_S0_46_what_is_cancelled_takes_its_subprocess_along(live):
    checklist = with_subprocess(live)

    cancelled(live, checklist)

    assert live.steps(checklist)["ship"]["subprocess"]["state"] == "CANCELLED"
    assert live.items(live.olga) == []


def subprocess_of(key):
    return step("again", "s", kind="SUBPROCESS", subprocess={"definition": key})


def test_S0_46_a_definition_that_starts_itself_or_what_is_not_there_is_refused_before_review(live):
    submit = f"""mutation($id: ID!) {{
      submitDefinitionVersion(id: $id, version: 1) {{ {ERRORS} }} }}"""
    itself = live.drafted("order", step("s"), subprocess_of("order"))
    nothing = live.drafted("visit", step("s"), subprocess_of("no.such.thing"))

    assert live.codes(submit, live.dora, id=itself) == ["subprocess_in_itself"]
    assert live.codes(submit, live.dora, id=nothing) == ["unknown_definition"]


def test_S0_46_what_would_start_what_has_started_it_is_somebodys_task_instead(live):
    delivery = live.released("delivery", step("s"))
    order = live.released("order", step("s"), subprocess_of("delivery"))
    checklist = live.start(order)
    live.follower(order, step("s"))  # what goes on by the version before still starts a delivery
    live.follower(delivery, step("s"), subprocess_of("order"))
    live.do(checklist, "s")
    live.do_jobs()
    started = live.steps(checklist)["again"]["subprocess"]["id"]

    live.do(started, "s")
    live.do_jobs()

    assert live.ask("{ checklists { totalCount } }", live.paul) == {"totalCount": 2}
    assert "stands above this already" in live.steps(started)["again"]["failure"]
