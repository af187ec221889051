"""What a partner's link does not get round: roles, separate duties, and what changed since it was given."""

import pytest
from live_flow import ERRORS, step
from sqlalchemy import text

from dougong_flow.definition_body import faults_of

INVITE = f"""mutation($step: ID!) {{ invitePartner(step: $step, partner: "Acme") {{
  invitationId token {ERRORS} }} }}"""
COMPLETE = f"""mutation($token: String!, $links: JSON) {{ completePartnerStep(
  token: $token, links: $links) {{ completed {ERRORS} }} }}"""
MIGRATE = f"""mutation($id: ID!, $to: ID!) {{ migrateChecklist(checklist: $id, to: $to,
  steps: {{a: "a", b: "b"}}, reason: "The law") {{ {ERRORS} }} }}"""
MIGRATE_B = MIGRATE.replace('a: "a", ', "")
ASSIGN = f"""mutation($step: ID!, $user: ID!) {{
  assign(step: $step, assignee: $user) {{ {ERRORS} }} }}"""
DONE = f"""mutation($id: ID!, $version: Int!) {{
  completeChecklistStep(id: $id, version: $version) {{ {ERRORS} }} }}"""


def invited(live, checklist, key="a"):
    return live.ask(INVITE, live.olga, step=live.steps(checklist)[key]["id"])["token"]


def test_S2_24_whoever_may_not_do_a_step_cannot_give_it_away(live):
    live.served.person("flow.controller")
    legal = step("a", responsible=["flow.controller"])
    checklist = live.start(live.released("buy", legal, step("b", "a")))
    one = live.steps(checklist)["a"]["id"]
    me = f"User:{live.olga.principal.user_id}"
    live.ask(ASSIGN, live.olga, step=one, user=me)

    assert live.codes(INVITE, live.olga, step=one) == ["not_responsible"]


def test_S2_24_a_step_that_another_unit_must_not_share_is_not_given_away(live):
    version = live.released("buy", step("a"), step("b", "a", not_same_unit_as=["a"]))
    one = live.steps(live.start(version))["a"]["id"]

    assert live.codes(INVITE, live.olga, step=one) == ["not_for_partners"]


def test_S2_24_whoever_invited_counts_as_who_did_it_where_duties_are_separate_later(live):
    old = live.released("buy", step("a"), step("b", "a"))
    checklist = live.start(old)
    live.ask(COMPLETE, None, token=invited(live, checklist))
    new = live.follower(old, step("a"), step("b", "a", not_same_as=["a"]))
    live.ask(MIGRATE_B, live.paul, id=checklist, to=new)
    second = live.steps(checklist)["b"]
    me = f"User:{live.olga.principal.user_id}"

    live.served.ask(ASSIGN, live.olga, step=second["id"], user=me)
    second = live.steps(checklist)["b"]

    names = {"id": second["id"], "version": second["version"]}
    assert "duties_are_separate" in live.codes(DONE, live.olga, **names)


@pytest.mark.parametrize(
    "said",
    [
        [step("a", skills=["Welding"]), step("b", "a")],
        [step("a"), step("b", "a", not_same_as=["a"])],
        [step("a", responsible=["flow.controller"]), step("b", "a")],
    ],
)
def test_S2_24_a_link_works_no_more_once_the_step_is_not_for_partners(live, said):
    live.served.person("flow.controller")
    old = live.released("buy", step("a"), step("b", "a"))
    checklist = live.start(old)
    token = invited(live, checklist)

    live.ask(MIGRATE, live.paul, id=checklist, to=live.follower(old, *said))

    assert live.codes(COMPLETE, None, token=token) == ["bad_invitation"]
    assert live.states(checklist) == ["READY", "WAITING"]


def test_S2_24_a_link_works_no_more_once_who_sent_it_has_left(live):
    checklist = live.start(live.released("buy", step("a"), step("b", "a")))
    token = invited(live, checklist)
    leave = text('update dougong."user" set active = false where id = :id')
    with live.served.engine.begin() as connection:
        connection.execute(leave, {"id": live.olga.principal.user_id})

    assert live.codes(COMPLETE, None, token=token) == ["bad_invitation"]


def test_S2_24_a_proof_that_is_asked_for_twice_is_given_as_a_list_and_never_cut(live):
    twice = step("a", evidence=[{"kind": "LINK", "name": "Offer", "min": 2}])
    checklist = live.start(live.released("buy", twice, step("b", "a")))
    token = invited(live, checklist)
    addresses = ["https://acme.example/1", "https://acme.example/2"]
    assert live.codes(COMPLETE, None, token=token, links={"Offer": addresses[0]}) == [
        "evidence_missing"
    ]
    long = {"Offer": [*addresses, "https://acme.example/" + "x" * 2000]}
    assert live.codes(COMPLETE, None, token=token, links=long) == ["address_too_long"]

    live.ask(COMPLETE, None, token=token, links={"Offer": addresses})

    found = live.ask("{ evidences { nodes { url } } }", live.paul)["nodes"]
    assert [one["url"] for one in found] == addresses


def test_S2_24_a_record_as_proof_is_not_asked_of_partners(live):
    proof = step("a", evidence=[{"kind": "RECORD", "name": "Offer"}])
    checklist = live.start(live.released("buy", proof, step("b", "a")))

    one = live.steps(checklist)["a"]["id"]
    assert live.codes(INVITE, live.olga, step=one) == ["not_for_partners"]


# What is separate from a subprocess ------------------------------------------------------------

SUB = step("sub", "s", kind="SUBPROCESS", subprocess={"definition": "x"})


def with_subprocess(live, *others):
    live.released("x", step("a"))
    checklist = live.start(live.released("w", step("s"), SUB, *others))
    live.do(checklist, "s")
    live.do_jobs()
    return checklist, live.steps(checklist)["sub"]["subprocess"]["id"]


def tried(live, checklist, key):
    """Why Olga cannot do a step."""
    one = live.steps(checklist)[key]["id"]
    live.ask(ASSIGN, live.olga, step=one, user=f"User:{live.olga.principal.user_id}")
    one = live.steps(checklist)[key]
    return live.codes(DONE, live.olga, id=one["id"], version=one["version"])


def test_S2_12_whoever_did_a_subprocess_does_not_check_it(live):
    checklist, started = with_subprocess(live, step("check", "sub", not_same_as=["sub"]))
    live.do(started, "a")
    live.do_jobs()
    assert live.states(checklist) == ["COMPLETED", "COMPLETED", "READY"]

    assert tried(live, checklist, "check") == ["duties_are_separate"]
    live.do(checklist, "check", live.served.person("flow.worker"))


def test_S2_12_whoever_checks_beside_a_subprocess_does_nothing_in_it(live):
    checklist, started = with_subprocess(live, step("check", "s", not_same_as=["sub"]))
    live.do(checklist, "check")

    assert tried(live, started, "a") == ["duties_are_separate"]
    live.do(started, "a", live.served.person("flow.worker"))


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        ("WAIT", {"not_same_as": ["auto"]}, ("not_same_as", 0)),
        ("WAIT", {"not_same_unit_as": ["auto"]}, ("not_same_unit_as", 0)),
        ("WAIT", {"assignee": {"performer": "auto"}}, ("assignee", "performer")),
        ("SUBPROCESS", {"assignee": {"performer": "auto"}}, ("assignee", "performer")),
        ("WAIT", {"node": {"not_same_as": ["auto"]}}, ("not_same_as", 0)),
        ("SUBPROCESS", {"node": {"performer": "auto"}}, ("approvers", 0, "performer")),
    ],
)
def test_nothing_is_separate_from_what_nobody_does(first, second, place):
    how = {"WAIT": {"wait": {"definition": "x"}}, "SUBPROCESS": {"subprocess": {"definition": "x"}}}
    node = second.pop("node", None)
    at = ("body", "steps", 2)
    if node is not None:
        who = {"performer": node.pop("performer")} if "performer" in node else {"manager": True}
        said = {"key": "boss", "name": "Boss", "approvers": [who], **node}
        second = {"kind": "APPROVAL", "approval": {"nodes": [said]}}
        at = (*at, "approval", "nodes", 0)
    auto = step("auto", "s", kind=first, **how[first])

    found = faults_of({"steps": [step("s"), auto, step("check", "auto", **second)]})

    assert [(one.code, one.at) for one in found] == [("nobody_did_it", (*at, *place))]
