"""Work items of somebody who has left: others see to them."""

import pytest
from live_flow import ERRORS, step
from sqlalchemy import text
from test_automatic_steps import CANCEL, RETRY

REASSIGN = f"""mutation($item: ID!, $to: ID!) {{
  reassign(item: $item, to: $to) {{ {ERRORS} }} }}"""
DROP = f"""mutation($id: ID!, $version: Int!) {{
  dropWorkItem(id: $id, version: $version, reason: "No need") {{ {ERRORS} }} }}"""


@pytest.fixture
def stuck(live):
    """A wait that nothing fulfils, whose alarm is Olga's, who has left."""
    wait = step("wait", "s", kind="WAIT", wait={"definition": "nothing"})
    live.checklist = live.start(live.released("w", step("s"), wait))
    live.do(live.checklist, "s")
    live.do_jobs()
    (live.alarm,) = live.items(live.olga)
    return live


def leave(live):
    said = text('update dougong."user" set active = false where id = :id')
    with live.served.engine.begin() as connection:
        connection.execute(said, {"id": live.olga.principal.user_id})


def test_S0_15_an_alarm_of_somebody_who_has_left_is_reassigned_and_tried_again(stuck):
    me = f"User:{stuck.paul.principal.user_id}"
    names = {"item": stuck.alarm["id"], "to": me}
    failed = stuck.steps(stuck.checklist)["wait"]["id"]
    assert stuck.codes(REASSIGN, stuck.paul, **names) == ["not_your_item"]
    leave(stuck)
    assert stuck.codes(RETRY, stuck.paul, step=failed) == ["not_in_charge"]

    stuck.ask(REASSIGN, stuck.paul, **names)

    stuck.ask(RETRY, stuck.paul, step=failed)
    assert stuck.steps(stuck.checklist)["wait"]["failure"] is None


def test_S0_15_an_alarm_of_somebody_who_has_left_is_dropped_by_a_process_owner_only(stuck):
    names = {"id": stuck.alarm["id"], "version": stuck.alarm["version"]}
    assert stuck.codes(DROP, stuck.paul, **names) == ["not_raised_by_you"]
    leave(stuck)

    stuck.step("dropWorkItem", stuck.alarm, stuck.paul, CANCEL)

    assert [one["state"] for one in stuck.items(stuck.paul)] == ["DROPPED"]
