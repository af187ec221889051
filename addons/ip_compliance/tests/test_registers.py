"""Obligations, risks, incidents and penalties: what others relied on stays, and nobody decides alone."""

from datetime import date, timedelta

from dougong_ip_compliance.applying import before_applying, free_again
from dougong_ip_compliance.entities import (
    ComplianceObligation,
    ComplianceProgram,
    ComplianceReminder,
    IncidentState,
    IpIncident,
    IpPenalty,
    IpRisk,
    ObligationStatus,
    RiskState,
)
from dougong_ip_compliance.jobs import due


def user(company, role):
    return f"User:{company.who(role).principal.user_id}"


def day(company, **time):
    return (company.now + timedelta(**time)).date().isoformat()


def today(company):
    """From now on the clock of the tests shows what the API's does."""
    company.now = company.now.now(company.now.tzinfo)


def did(company, *jobs):
    """Do some jobs twice; what they reminded of that was not known before."""
    before = {one.id for one in company.act("boss", lambda ctx: ctx.find(ComplianceReminder))}

    def work(ctx):
        with ctx.acting_as("ip_compliance"):
            for one in jobs:
                one.rule(ctx)

    for _ in range(2):
        company.act("boss", work)
    found = company.act("boss", lambda ctx: ctx.find(ComplianceReminder))
    return [(one.kind.name, one.due_on) for one in found if one.id not in before]


def test_an_obligation_is_assessed_by_its_unit_and_looked_at_again(company):
    today(company)
    company.entered()
    clause = company.clause("4.1")
    entered = {
        "source": "LAW",
        "reference": "Patent Law, art. 15",
        "demand": "Inventors are paid",
        "owner": user(company, "unit_contact"),
        "unit": company.unit_id("lab"),
        "reviewOn": day(company, days=20),
        "clauses": [{"clause": clause}],
    }
    assert company.codes("manager", "createComplianceObligation", input=entered) == []
    elsewhere = entered | {"unit": company.unit_id("office"), "owner": user(company, "manager")}
    assert company.codes("manager", "createComplianceObligation", input=elsewhere) == []
    asked = "{ complianceObligations { nodes { demand clauses { nodes { clause { number } } } } } }"
    for who in ("manager", "auditor"):
        seen = company.world.ask(asked, company.who(who))["complianceObligations"]["nodes"]
        assert len(seen) == 2
    contact = company.who("unit_contact")
    (mine,) = company.world.ask(asked, contact)["complianceObligations"]["nodes"]
    assert mine["clauses"]["nodes"] == [{"clause": {"number": "4.1"}}]
    first = company.act("boss", lambda ctx: ctx.find(ComplianceObligation))[0]
    said = {"status": "KEPT", "assessment": "All were paid"}
    later = {"reviewOn": day(company, days=400)}
    assess = "assessObligation"
    assert company.codes("manager", assess, first, **said, reviewOn=day(company)) == [
        "review_in_the_past"
    ]
    nothing = said | {"status": "NOT_ASSESSED"}
    assert company.codes("manager", assess, first, **nothing, **later) == ["assessed_as_nothing"]
    blank = said | {"assessment": " "}
    assert company.codes("manager", assess, first, **blank, **later) == ["assessment_missing"]
    assert company.codes("auditor", assess, first, **said, **later) == ["needs_permission"]
    in_20_days = (company.now + timedelta(days=20)).date()
    assert did(company, due.remind_of_obligations) == [("OBLIGATION_REVIEW", in_20_days)] * 2

    assert company.codes("unit_contact", assess, first, **said, **later) == []

    first = company.act("boss", lambda ctx: ctx.get(ComplianceObligation, first.id))
    who = company.who("unit_contact").principal.user_id
    assert (first.status, first.assessed_by_id) == (ObligationStatus.KEPT, who)
    assert first.assessed_at is not None
    company.later(days=300)
    assert did(company, due.remind_of_obligations) == []
    gone = company.codes("manager", "deleteComplianceObligation", first)
    assert gone == ["obligation_was_assessed"]
    ended = company.codes("manager", "endComplianceObligation", first, reason="Repealed")
    assert ended == []
    late = company.codes("unit_contact", assess, first, **said, **later)
    assert late == ["obligation_has_ended"]
    patch = {"demand": "Nothing"}
    late = company.codes("manager", "updateComplianceObligation", first, patch=patch)
    assert late == ["obligation_has_ended"]


def risky(company, **said):
    """A risk of the laboratory, which its contact sees to."""
    entered = {
        "what": "A leaver takes the recipe along",
        "unit": company.unit_id("lab"),
        "owner": user(company, "unit_contact"),
        "likelihood": 3,
        "impact": 5,
        **said,
    }
    assert company.codes("unit_contact", "createIpRisk", input=entered) == []
    return company.last(IpRisk)


def test_a_risk_is_treated_with_a_plan_and_closed_by_somebody_else(company):
    today(company)
    elsewhere = {
        "what": "Fire",
        "unit": company.unit_id("office"),
        "owner": user(company, "manager"),
        "likelihood": 1,
        "impact": 5,
    }
    assert company.codes("unit_contact", "createIpRisk", input=elsewhere) == ["outside_rows"]
    (wrong,) = company.sent("unit_contact", "createIpRisk", input=elsewhere | {"impact": 6})[
        "userErrors"
    ]
    assert wrong["path"] == ["input", "impact"]
    risk = risky(company)
    assert risk.score == 15
    assert company.codes("unit_contact", "treatIpRisk", risk) == ["treatment_missing"]
    plan = {"measures": "Lock it away", "dueOn": day(company, days=10)}
    assert company.codes("unit_contact", "updateIpRisk", risk, patch=plan) == []
    accepts = {"treatment": "ACCEPT"}
    assert company.codes("unit_contact", "updateIpRisk", risk, patch=accepts) == []
    assert company.codes("unit_contact", "treatIpRisk", risk) == ["treatment_is_accept"]
    assert company.codes("unit_contact", "updateIpRisk", risk, patch={"treatment": "REDUCE"}) == []
    assert company.codes("unit_contact", "treatIpRisk", risk) == []
    in_10_days = (company.now + timedelta(days=10)).date()
    assert did(company, due.remind_of_risks) == [("RISK_DUE", in_10_days)]

    closed = {"reason": "The safe is there"}
    assert company.codes("unit_contact", "resolveIpRisk", risk, **closed) == ["needs_permission"]
    mine = {"owner": user(company, "manager")}
    assert company.codes("manager", "updateIpRisk", risk, patch=mine) == []
    assert company.codes("manager", "resolveIpRisk", risk, **closed) == ["owner_does_not_decide"]
    theirs = {"owner": user(company, "auditor")}
    given = company.codes("manager", "updateIpRisk", risk, patch=theirs)
    assert given == ["owner_does_not_decide"]
    unplanned = company.codes("manager", "updateIpRisk", risk, patch={"measures": " "})
    assert unplanned == ["treatment_missing"]
    assert company.codes("auditor", "resolveIpRisk", risk, **closed) == []
    assert company.codes("manager", "deleteIpRisk", risk) == ["risk_is_fixed"]


def test_an_accepted_risk_has_an_approver_and_an_end_and_is_open_again_after_it(company):
    today(company)
    risk = risky(company, owner=user(company, "top_manager"))
    until = {"reason": "It is hardly worth a safe", "until": day(company, days=20)}
    assert company.codes("manager", "tolerateIpRisk", risk, **until) == ["needs_permission"]
    assert company.codes("top_manager", "tolerateIpRisk", risk, **until) == [
        "owner_does_not_decide"
    ]
    patch = {"owner": user(company, "unit_contact")}
    assert company.codes("manager", "updateIpRisk", risk, patch=patch) == []
    past = until | {"until": day(company)}
    assert company.codes("top_manager", "tolerateIpRisk", risk, **past) == ["accepted_in_the_past"]

    assert company.codes("top_manager", "tolerateIpRisk", risk, **until) == []

    assert company.codes("manager", "updateIpRisk", risk, patch={"impact": 1}) == ["risk_is_fixed"]
    last = (company.now + timedelta(days=20)).date()
    assert did(company, due.remind_of_risks) == [("ACCEPTANCE_ENDS", last)]
    for days, state in ((20, RiskState.ACCEPTED), (1, RiskState.OPEN)):
        company.later(days=days)
        did(company, due.end_what_is_over)
        assert company.last(IpRisk).state is state
    risk = company.last(IpRisk)
    assert (risk.accepted_by_id, risk.accepted_until) == (None, None)
    assert risk.reason == f"It was accepted until {last}."


def test_whoever_advises_a_programme_accepts_no_risk_whatever_other_roles_they_hold(company):
    today(company)
    company.entered()
    program = company.last(ComplianceProgram)
    advisor = {"program": company.id_of(program), "user": user(company, "boss")}
    assert company.codes("manager", "createAdvisor", input=advisor) == []
    risk = risky(company)
    until = {"reason": "Hardly", "until": day(company, days=20)}

    assert company.codes("boss", "tolerateIpRisk", risk, **until) == ["advisors_only_advise"]
    assert company.codes("other_boss", "tolerateIpRisk", risk, **until) == []


def test_an_incident_is_closed_with_cause_and_action_by_another_person(company):
    today(company)
    entered = {
        "kind": "SECRET_DISCLOSED",
        "what": "The recipe was on the web site",
        "foundOn": day(company, days=1),
        "unit": company.unit_id("lab"),
        "owner": user(company, "unit_contact"),
        "done": "Taken down",
    }
    early = company.codes("unit_contact", "createIpIncident", input=entered)
    assert early == ["done_in_the_future"]
    entered["foundOn"] = day(company)
    assert company.codes("unit_contact", "createIpIncident", input=entered) == []
    incident = company.last(IpIncident)
    assert incident.found_by_id == company.who("unit_contact").principal.user_id
    assert company.codes("auditor", "concludeIpIncident", incident) == ["wrong_state"]
    said = {"cause": "Nobody looked", "action": "Two people release pages"}
    blank = said | {"cause": " "}
    (refused,) = company.sent("manager", "dealWithIpIncident", incident, **blank)["userErrors"]
    assert (refused["code"], refused["path"]) == ("cause_or_action_missing", ["cause"])

    assert company.codes("manager", "dealWithIpIncident", incident, **said) == []

    fixed = company.codes("manager", "updateIpIncident", incident, patch={"done": "Nothing"})
    assert fixed == ["incident_is_fixed"]
    assert company.codes("manager", "concludeIpIncident", incident) == ["same_person"]
    again = company.codes("auditor", "giveBackIpIncident", incident, reason="Who are the two?")
    assert again == []
    assert company.codes("unit_contact", "dealWithIpIncident", incident, **said) == []
    assert company.codes("manager", "concludeIpIncident", incident) == ["same_person"]
    assert company.codes("auditor", "concludeIpIncident", incident) == []
    closed = company.last(IpIncident)
    assert closed.state is IncidentState.CLOSED
    assert closed.closed_by_id == company.who("auditor").principal.user_id
    assert company.codes("manager", "deleteIpIncident", incident) == ["incident_is_fixed"]


def test_a_penalty_of_the_last_twelve_calendar_months_keeps_from_applying(company):
    today(company)
    company.entered()
    decided = company.now.date() - timedelta(days=200)
    entered = {
        "authority": "Market regulation office",
        "decidedOn": decided.isoformat(),
        "amount": {"amount": "5000", "currency": "CNY"},
        "reason": "A mark of others on a label",
    }
    soon = entered | {"decidedOn": day(company, days=1)}
    assert company.codes("manager", "createIpPenalty", input=soon) == ["done_in_the_future"]
    assert company.codes("unit_contact", "createIpPenalty", input=entered) == ["needs_grant"]
    assert company.codes("manager", "createIpPenalty", input=entered) == []
    penalty = company.last(IpPenalty)

    def codes(ctx):
        faults = before_applying(company.program(ctx), ctx)
        return {one.code: one.params for one in faults}

    first = free_again(decided)
    assert company.act("manager", codes)["penalty_stands"] == {"first": first}
    company.now += first - company.now.date()
    assert "penalty_stands" not in company.act("manager", codes)
    company.later(days=-1)
    assert "penalty_stands" in company.act("manager", codes)

    earlier = {"decidedOn": "2020-01-01"}
    moved = company.codes("manager", "updateIpPenalty", penalty, patch=earlier)
    assert moved == ["penalty_is_fixed"]
    assert company.codes("manager", "deleteIpPenalty", penalty) == ["penalty_is_fixed"]
    served = company.codes("manager", "serveIpPenalty", penalty, on="2020-01-01")
    assert served == ["served_before_decided"]
    assert company.codes("manager", "serveIpPenalty", penalty, on=decided.isoformat()) == []
    assert "penalty_stands" in company.act("manager", codes)
    revoked = {"reason": "Set aside by the court"}
    assert company.codes("manager", "annulIpPenalty", penalty, **revoked) == ["needs_permission"]
    assert company.codes("top_manager", "annulIpPenalty", penalty, **revoked) == []
    assert "penalty_stands" not in company.act("manager", codes)


def test_twelve_months_are_counted_back_from_the_day_of_the_application():
    assert free_again(date(2025, 11, 23)) == date(2026, 11, 23)
    assert free_again(date(2024, 2, 29)) == date(2025, 3, 1)
    assert free_again(date(2023, 2, 28)) == date(2024, 2, 28)


def test_whoever_entered_a_penalty_does_not_annul_it(company):
    today(company)
    entered = {"authority": "A court", "decidedOn": day(company), "reason": "A copied text"}
    assert company.codes("boss", "createIpPenalty", input=entered) == []
    penalty = company.last(IpPenalty)

    refused = company.codes("boss", "annulIpPenalty", penalty, reason="I did not mean it")

    assert refused == ["same_person"]
    revoked = company.codes("other_boss", "annulIpPenalty", penalty, reason="A mistake")
    assert revoked == []


def test_S4_116_a_manager_must_have_passed_a_training_unless_the_programme_says_otherwise(company):
    company.until("operate")

    def codes(ctx):
        return [one.code for one in before_applying(company.program(ctx), ctx)]

    assert "no_trained_manager" not in company.act("manager", codes)
    asked = "{ trainingAttendances { nodes { id version user { name } } } }"
    found = company.world.ask(asked, company.who("manager"))["trainingAttendances"]["nodes"]
    (mine,) = (one for one in found if one["user"]["name"] == "manager")
    failed = """mutation($id: ID!, $version: Int!) {
        updateTrainingAttendance(id: $id, version: $version, patch: {score: "59.9"}) {
            userErrors { code } } }"""
    company.world.ask(failed, company.who("manager"), id=mine["id"], version=mine["version"])
    assert "no_trained_manager" in company.act("manager", codes)

    program = company.last(ComplianceProgram)
    patch = {"needsTrainedManager": False}
    for one in (patch, {"needsCleanRecord": False}):
        fixed = company.codes("manager", "updateComplianceProgram", program, patch=one)
        assert fixed == ["fixed_once_started"]

    company.entered()
    other = company.last(ComplianceProgram)
    assert "no_trained_manager" in company.act("manager", codes)
    assert company.codes("manager", "updateComplianceProgram", other, patch=patch) == []
    assert "no_trained_manager" not in company.act("manager", codes)
