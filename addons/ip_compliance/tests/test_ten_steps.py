"""A programme goes through its ten steps, with another person for every role."""

from dougong_flow import StepRound
from dougong_ip_compliance.entities import (
    CertificationApplication,
    CertificationBody,
    ComplianceProgram,
    ProgramState,
)


def test_a_programme_goes_through_all_ten_steps_and_back_from_eight_to_six(company):
    company.until("review")
    step = company.act("boss", lambda ctx: company.step("review", ctx))
    back = {"to": "operate", "reason": "It must", "resume": "BACK_TO_RETURNER"}
    refused = company.codes("top_manager", "handBackChecklistStep", step, **back)
    assert refused == ["resumes_otherwise"]
    company.hand_back("review", "operate")
    assert company.states()["operate"] == "READY"
    assert company.states()["audit"] == company.states()["review"] == "WAITING"

    company.later(hours=1)
    company.record("4.1", "4.2")
    company.complete("operate")
    assert company.completes("audit") == ["no_audit_reported"]  # the one before does not count
    for key in ("audit", "review", "mock_audit", "apply"):
        getattr(company, f"ready_to_{key}")()
        company.complete(key)

    assert set(company.states().values()) == {"COMPLETED"}
    assert company.last(ComplianceProgram).state is ProgramState.COMPLETED
    people, returned = company.act("boss", done_by)
    assert people == {"top_manager", "manager", "auditor", "writer", "unit_contact", "advisor"}
    assert returned == [("review", "operate", "It must")]

    # A certified system lives on: it is audited every year, and applied for again.
    program = company.id_of(company.last(ComplianceProgram))
    day = company.now.date().isoformat()
    audit = {"program": program, "kind": "SURVEILLANCE", "criteria": "All", "plannedOn": day}
    assert company.codes("auditor", "createComplianceAudit", input=audit) == []
    company.later(hours=1)
    company.record("4.1")
    first = company.last(CertificationApplication)
    again = {"program": program, "body": company.id_of(company.last(CertificationBody))}
    withdrawn = company.codes(
        "manager", "withdrawCertificationApplication", first, reason="Another body"
    )
    assert withdrawn == []
    assert company.codes("manager", "createCertificationApplication", input=again) == []
    second = company.last(CertificationApplication)
    assert second.id != first.id
    assert company.codes("manager", "packApplication", second) == []
    assert company.codes("manager", "submitCertificationApplication", second) == []


def done_by(ctx):
    """Who did the steps, and which of them were returned to which, why."""
    rounds = ctx.find(StepRound)
    people = {one.ended_by.name for one in rounds if one.ended_by}
    return people, [(one.key, one.returned_to, one.reason) for one in rounds if one.returned_to]
