"""Evidence that is a file or expires, trials that nobody decides, and what is late, over the API."""

import hashlib
from datetime import timedelta

import pytest
from live_flow import ERRORS, step

from dougong_flow.jobs import ask_whether_trials_hold

PROOF = f"""mutation($step: ID!, $until: Date, $sha: String, $corrects: ID) {{ createEvidence(input: {{
  step: $step, name: "Minutes", kind: FILE, validUntil: $until, sha256: $sha, corrects: $corrects
}}) {{ evidence {{ id version fileName sha256 }} {ERRORS} }} }}"""
BEGIN = """mutation($record: ID!, $size: Int!) { beginUpload(record: $record, name: "minutes.txt", size: $size,
  contentType: "text/plain") { url userErrors { code } } }"""
COMPLETE = f"""mutation($id: ID!, $version: Int!) {{
  completeChecklistStep(id: $id, version: $version) {{ {ERRORS} }} }}"""
SEEN = "query($id: ID!) { evidence(id: $id) { fileName sha256 validUntil files { nodes { id version } } } }"
BYTES = b"Three of four were for it."


@pytest.fixture
def checklist(live):
    """A checklist of one step that asks for minutes as a file, assigned to Olga."""
    asked = {"evidence": [{"kind": "FILE", "name": "Minutes"}]}
    checklist = live.start(live.released("order", step("do", **asked)))
    assign = """mutation($step: ID!, $user: ID!) { assign(step: $step, assignee: $user) {
      userErrors { code } } }"""
    ids = {"step": live.steps(checklist)["do"]["id"]}
    live.ask(assign, live.olga, user=f"User:{live.olga.principal.user_id}", **ids)
    return checklist


def uploaded(live, record, content=BYTES):
    """The status of sending bytes to where a file of a record goes."""
    answer = live.ask(BEGIN, live.olga, record=record, size=len(content))
    sent = live.served.client.put(
        answer["url"], content=content, headers={"authorization": f"Bearer {live.olga.token}"}
    )
    return sent.status_code, sent.json()


def completed(live, checklist):
    """Why Olga cannot complete the step."""
    one = live.steps(checklist)["do"]
    return live.codes(COMPLETE, live.olga, id=one["id"], version=one["version"])


def added(live, checklist, **said):
    """Evidence that Olga has added."""
    one = live.steps(checklist)["do"]["id"]
    return live.ask(PROOF, live.olga, step=one, **said)["evidence"]


def test_evidence_of_kind_file_counts_once_its_file_is_stored_and_has_the_hash_of_its_bytes(
    live, checklist
):
    one = live.steps(checklist)["do"]["id"]
    assert live.codes(PROOF, live.olga, step=one, sha="0" * 64) == ["file_says_its_hash"]
    made = added(live, checklist)
    assert (made["fileName"], made["sha256"]) == (None, None)
    assert completed(live, checklist) == ["evidence_missing"]

    assert uploaded(live, made["id"])[0] == 200

    seen = live.ask(SEEN, live.olga, id=made["id"])
    assert (seen["fileName"], seen["sha256"]) == ("minutes.txt", hashlib.sha256(BYTES).hexdigest())
    status, answer = uploaded(live, made["id"], b"Another")
    assert (status, answer["errors"][0]["extensions"]["code"]) == (403, "file_is_there")
    assert completed(live, checklist) == []


def test_the_file_of_a_completed_step_stays_and_is_corrected_by_a_further_revision(live, checklist):
    made = added(live, checklist)
    uploaded(live, made["id"])
    assert completed(live, checklist) == []
    (file,) = live.ask(SEEN, live.olga, id=made["id"])["files"]["nodes"]
    remove = f"""mutation($id: ID!, $version: Int!) {{ removeFile(file: $id, version: $version) {{
      deletedId {ERRORS} }} }}"""
    rename = f"""mutation($id: ID!, $version: Int!) {{ renameFile(file: $id, version: $version,
      name: "other.txt") {{ file {{ name }} {ERRORS} }} }}"""

    assert live.codes(remove, live.olga, **file) == ["evidence_is_frozen"]
    assert live.codes(rename, live.olga, **file) == ["evidence_is_frozen"]
    better = added(live, checklist, corrects=made["id"])
    assert uploaded(live, better["id"], b"Four of four")[0] == 200
    assert uploaded(live, better["id"], b"Five of five")[0] != 200
    assert live.ask(SEEN, live.olga, id=better["id"])["fileName"] == "minutes.txt"


def test_a_file_that_is_taken_away_proves_nothing(live, checklist):
    made = added(live, checklist)
    uploaded(live, made["id"])
    (file,) = live.ask(SEEN, live.olga, id=made["id"])["files"]["nodes"]
    remove = f"""mutation($id: ID!, $version: Int!) {{ removeFile(file: $id, version: $version) {{
      deletedId {ERRORS} }} }}"""

    live.ask(remove, live.olga, **file)

    assert live.ask(SEEN, live.olga, id=made["id"])["sha256"] is None
    assert completed(live, checklist) == ["evidence_missing"]


def test_evidence_counts_through_the_day_on_which_it_expires_and_no_longer(live, checklist):
    today = live.run(live.olga, lambda ctx: ctx.now.date())
    yesterday = str(today - timedelta(days=1))
    expired = added(live, checklist, until=yesterday)
    uploaded(live, expired["id"])
    one = live.steps(checklist)["do"]
    (answer,) = live.served.ask(COMPLETE, live.olga, id=one["id"], version=one["version"]).values()
    (fault,) = answer["userErrors"]
    assert (fault["code"], "Fix:" in fault["message"]) == ("evidence_expired", True)

    fresh = added(live, checklist, until=str(today), corrects=expired["id"])
    uploaded(live, fresh["id"])

    assert completed(live, checklist) == []


# Trials ---------------------------------------------------------------------------------------


def asked_for_decisions(live, days, where):
    """How many decisions Rita is asked for once the job has run, so many days from now."""

    def work(ctx):
        with ctx.acting_as("flow"):
            ask_whether_trials_hold.rule(ctx)

    live.run(live.paul, work, days=days)
    return len(live.items(live.rita, where))


def test_a_trial_that_is_over_is_told_once_to_whoever_answers_for_it_until_it_is_decided(live):
    draft = live.drafted("order", step("do"), trial=True)
    live.step("submitDefinitionVersion", {"id": draft, "version": 1}, live.dora)
    asked = "query($id: ID!) { definitionVersion(id: $id) { id version } }"
    live.step("approveDefinitionVersion", live.ask(asked, live.rita, id=draft), live.rita)
    live.step(
        "startTrialDefinitionVersion",
        live.ask(asked, live.paul, id=draft),
        live.paul,
        ", months: 6",
    )
    decide = "{rollOut: {eq: DECIDE}}"

    told = [asked_for_decisions(live, days, decide) for days in (150, 190, 191)]

    assert told == [0, 1, 1]
    (item,) = live.items(live.rita, decide)
    assert (item["about"], item["state"], item["assignee"]) == (
        "The order 1.0",
        "OPEN",
        {"name": "Rita"},
    )
    live.run(live.paul, lambda ctx: live.hold(draft, ctx), days=192)
    (item,) = live.items(live.rita, decide)
    assert (item["state"], item["result"]) == ("DROPPED", "It was decided.")


# What is late ---------------------------------------------------------------------------------


def test_S0_11_what_is_under_way_is_watched_with_what_is_late_and_what_soon_will_be(live):
    late = live.start(live.released("late", step("do", deadline={"days": 0}), step("b", "do")))
    live.start(live.released("soon", step("do", deadline={"days": 1})), about="A visit")
    live.start(live.released("calm", step("do")), about="A letter")
    board = """{ runningBoard { definition about steps over late atRisk nextDue } }"""

    def seen():
        return [
            (one["definition"], one["steps"], one["over"], one["late"], one["atRisk"])
            for one in live.ask(board, live.paul)
        ]

    assert seen() == [
        ("The late", 2, 0, 0, 1),
        ("The soon", 1, 0, 0, 1),
        ("The calm", 1, 0, 0, 0),
    ]
    with live.served.engine.begin() as connection:
        connection.exec_driver_sql("update flow.deadline set due_on = due_on - 1")
    assert seen() == [
        ("The late", 2, 0, 1, 0),
        ("The soon", 1, 0, 0, 1),
        ("The calm", 1, 0, 0, 0),
    ]
    live.do(late, "do")
    assert seen()[0][:2] == ("The late", 2)
    assert sorted(seen())[1] == ("The late", 2, 1, 0, 0)
