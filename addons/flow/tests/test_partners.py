"""Partners outside, who do one step by a link with a secret."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from live_flow import ERRORS, step

from dougong_flow import StepInvitation

FORM = {"type": "object", "required": ["price"], "properties": {"price": {"type": "integer"}}}
PROOF = [{"kind": "LINK", "name": "Offer"}]
INVITE = f"""mutation($step: ID!, $days: Int) {{ invitePartner(step: $step, partner: "Acme",
  email: "sales@acme.example", days: $days) {{ invitationId token {ERRORS} }} }}"""
SHOWN = "name partner guide form links filledIn completed"
VIEW = f"mutation($token: String!) {{ viewPartnerStep(token: $token) {{ {SHOWN} {ERRORS} }} }}"
COMPLETE = f"""mutation($token: String!, $values: JSON, $links: JSON) {{ completePartnerStep(
  token: $token, values: $values, links: $links) {{ {SHOWN} {ERRORS} }} }}"""
WITHDRAW = f"""mutation($id: ID!) {{ withdrawInvitation(invitation: $id) {{ {ERRORS} }} }}"""
ALL = {"values": {"price": 7}, "links": {"Offer": "https://acme.example/offer"}}


@pytest.fixture
def offered(live):
    """A checklist whose first step a partner is to do."""
    first = step("offer", form=FORM, evidence=PROOF, name="Make an offer")
    live.checklist = live.start(live.released("buy", first, step("end", "offer")), "Secret order")
    return live


def invited(live, **said):
    one = live.steps(live.checklist)["offer"]["id"]
    return live.ask(INVITE, live.olga, step=one, **said)


def test_S2_24_a_partner_sees_one_step_and_completes_it(offered):
    token = invited(offered)["token"]

    seen = offered.ask(VIEW, None, token=token)

    assert (seen["name"], seen["partner"], seen["links"]) == ("Make an offer", "Acme", "Offer")
    assert (seen["filledIn"], seen["completed"]) == ("{}", False)
    assert "Secret order" not in str(seen)
    assert offered.codes(COMPLETE, None, token=token) == ["form_invalid", "evidence_missing"]
    wrong = {"values": {"price": "much"}}
    assert offered.codes(COMPLETE, None, token=token, **wrong) == ["form_invalid"]
    other = {**ALL, "links": {"Passport": "https://acme.example"}}
    assert offered.codes(COMPLETE, None, token=token, **other) == ["no_such_proof"]
    assert offered.states(offered.checklist) == ["READY", "WAITING"]

    done = offered.ask(COMPLETE, None, token=token, **ALL)

    assert done["completed"] is True
    assert offered.states(offered.checklist) == ["COMPLETED", "READY"]
    shown = offered.steps(offered.checklist)["offer"]
    assert shown["completedAs"] == "partner:Acme"
    assert shown["forms"]["nodes"] == [{"values": {"price": 7}}]
    assert offered.codes(COMPLETE, None, token=token, **ALL) == ["invitation_is_used"]
    nothing = offered.served.ask("{ checklists { totalCount } stepInvitations { totalCount } }")
    assert nothing == {"checklists": {"totalCount": 0}, "stepInvitations": {"totalCount": 0}}


def test_S2_24_the_secret_is_kept_nowhere(offered):
    answer = invited(offered)

    hashed = hashlib.sha256(answer["token"].encode()).hexdigest()
    found = offered.ask("{ stepInvitations { nodes { id tokenHash } } }", offered.olga)["nodes"]
    assert found == [{"id": answer["invitationId"], "tokenHash": hashed}]
    with offered.served.engine.connect() as connection:
        for table in ("dougong.event", "dougong.audit_entry", "flow.step_invitation"):
            rows = connection.exec_driver_sql(f"select * from {table}").all()
            assert answer["token"] not in str(rows)
            assert rows
    stranger = offered.served.person("flow.worker")
    assert offered.ask("{ stepInvitations { totalCount } }", stranger) == {"totalCount": 0}


def test_S2_24_a_link_expires_is_taken_back_and_belongs_to_one_round(offered):
    assert offered.codes(VIEW, None, token="guessed") == ["bad_invitation"]
    taken_back = invited(offered)
    stranger = offered.served.person("flow.worker")
    names = {"id": taken_back["invitationId"]}
    assert offered.codes(WITHDRAW, stranger, **names) == ["not_found"]
    offered.ask(WITHDRAW, offered.olga, **names)
    assert offered.codes(WITHDRAW, offered.olga, **names) == ["invitation_is_over"]
    assert offered.codes(VIEW, None, token=taken_back["token"]) == ["bad_invitation"]
    expired = invited(offered, days=1)

    def age(ctx):
        with ctx.acting_as("flow"):
            ctx.find(StepInvitation)[-1].expires_at = ctx.now

    offered.run(offered.olga, age)
    assert offered.codes(COMPLETE, None, token=expired["token"], **ALL) == ["bad_invitation"]
    late = invited(offered)
    used = invited(offered)["token"]
    offered.ask(COMPLETE, None, token=used, **ALL)
    assert offered.ask(VIEW, None, token=used)["filledIn"] == '{"price":7}'
    assign = f"""mutation($step: ID!, $user: ID!) {{
      assign(step: $step, assignee: $user) {{ {ERRORS} }} }}"""
    end = offered.steps(offered.checklist)["end"]
    me = f"User:{offered.olga.principal.user_id}"
    offered.ask(assign, offered.olga, step=end["id"], user=me)
    back = ', to: "offer", reason: "Too dear"'
    end = offered.steps(offered.checklist)["end"]
    offered.step("handBackChecklistStep", end, offered.olga, back)
    for old in (used, late["token"]):
        assert offered.codes(VIEW, None, token=old) == ["bad_invitation"]
    late = invited(offered)
    offered.ask(COMPLETE, None, token=invited(offered)["token"], **ALL)
    offered.do(offered.checklist, "end")
    assert offered.codes(COMPLETE, None, token=late["token"], **ALL) == ["bad_invitation"]


def test_S2_24_of_two_who_use_a_link_at_once_one_completes_the_step(offered):
    token = invited(offered)["token"]

    with ThreadPoolExecutor(2) as pool:
        codes = [*pool.map(lambda _: offered.codes(COMPLETE, None, token=token, **ALL), range(2))]

    assert sorted(codes) == [[], ["invitation_is_used"]]
    assert offered.states(offered.checklist) == ["COMPLETED", "READY"]


def test_S2_24_whoever_invites_is_in_charge_and_no_control_or_duty_is_given_away(live):
    point = {"key": "seen", "risk": "X", "objective": "ASSETS", "check": "Y", "mandatory": True}
    strict = {"a": {"control_points": [point]}, "b": {"skills": ["Y"]}, "c": {"not_same_as": ["d"]}}
    version = live.released("buy", step("s"), *(step(k, "s", **strict.get(k, {})) for k in "abcde"))
    live.checklist = live.start(version)
    live.do(live.checklist, "s")
    steps = live.steps(live.checklist)

    def codes(key, who=live.olga, **said):
        return live.codes(INVITE, who, step=steps[key]["id"], **said)

    assert [codes(key) for key in "abcd"] == [["not_for_partners"]] * 4
    assert codes("e", live.served.person("flow.worker")) == ["not_found"]
    assert codes("e", days=91) == codes("e", days=0) == ["invitation_days"]
    assert codes("e") == []
