"""What the source documents ask of the ten steps, each in the API."""

import json
from datetime import timedelta

import pytest

from dougong import File, Refused, attach, open_file
from dougong.builtin.organisation.entities import Membership
from dougong_ip_compliance.entities import (
    INPUTS,
    OUTPUTS,
    Advisor,
    AuditFinding,
    AuditItem,
    CertificationApplication,
    ClauseAssessment,
    ComplianceAudit,
    ComplianceAuditKind,
    ComplianceGap,
    ComplianceProgram,
    CorrectiveAction,
    DiagnosisReport,
    ManagementReview,
    OperationRecord,
    ProgramResource,
    StandardEdition,
    SystemDocument,
    SystemDocumentVersion,
    TrainingAttendance,
    WorkingGroupMember,
)
from dougong_ip_compliance.ten_steps import CHECKS, unlike_the_ten


def test_S4_105_a_programme_starts_once_all_four_resources_are_there(company):
    company.entered(kinds=("PEOPLE", "MONEY", "TECHNOLOGY"))
    program = company.last(ComplianceProgram)

    (refused,) = company.sent("manager", "startComplianceProgram", program)["userErrors"]

    assert (refused["code"], refused["params"]) == (
        "resource_missing",
        {"kind": "INTELLECTUAL_PROPERTY"},
    )
    resource = {
        "program": company.id_of(program),
        "kind": "INTELLECTUAL_PROPERTY",
        "plan": "Two patents",
        "owner": f"User:{company.who('manager').principal.user_id}",
    }
    assert company.codes("manager", "createProgramResource", input=resource) == []
    assert company.codes("manager", "startComplianceProgram", program) == []
    asked = "{ compliancePrograms { nodes { checklist { steps { totalCount } } } } }"
    (node,) = company.world.ask(asked, company.who("viewer"))["compliancePrograms"]["nodes"]
    assert node["checklist"]["steps"]["totalCount"] == 10


def test_S4_106_an_advisor_sees_what_is_advised_and_never_approves(company):
    company.until("write")
    company.entered()
    company.act("boss", lambda ctx: ctx.delete(ctx.find(Advisor)[-1]))
    seen = company.world.ask(
        "{ compliancePrograms { totalCount } clauseAssessments { totalCount } }",
        company.who("advisor"),
    )
    assert (seen["compliancePrograms"], seen["clauseAssessments"]) == (
        {"totalCount": 1},
        {"totalCount": 2},
    )

    def handed_in(ctx):
        (manual,) = ctx.find(SystemDocument)
        version = SystemDocumentVersion(document=manual, label="A/0", text="Do it well")
        return ctx.create(version)

    version = company.act("writer", handed_in)
    assert company.codes("writer", "handInSystemDocumentVersion", version) == []
    assert company.codes("advisor", "reviewSystemDocumentVersion", version) == ["needs_permission"]

    def also_advises(ctx):
        reviewer = company.user(ctx, "reviewer")
        ctx.create(Advisor(program=ctx.find(ComplianceProgram)[0], user=reviewer))

    company.act("boss", also_advises)
    refused = company.codes("reviewer", "reviewSystemDocumentVersion", version)
    assert refused == ["advisors_only_advise"]
    advisor = company.last(Advisor)
    assert company.codes("manager", "deleteAdvisor", advisor) == ["advisor_stays"]
    moved = {"user": f"User:{company.who('viewer').principal.user_id}"}
    assert company.codes("manager", "updateAdvisor", advisor, patch=moved) == ["part_stays"]
    assert company.codes("manager", "updateAdvisor", advisor, patch={"active": False}) == []
    assert company.codes("manager", "reviewSystemDocumentVersion", version) == []
    refused = company.codes("reviewer", "approveSystemDocumentVersion", version)
    assert refused == ["advisors_only_advise"]
    assert company.codes("advisor", "approveSystemDocumentVersion", version) == ["needs_permission"]


def test_S4_107_without_working_group_order_and_minutes_the_start_is_not_over(company):
    company.started()
    company.act("boss", lambda ctx: ctx.delete(ctx.find(WorkingGroupMember)[0]))

    refused = company.completes("start")

    assert sorted(refused) == ["evidence_missing", "evidence_missing", "no_working_group"]
    program = company.last(ComplianceProgram)
    led = {"leader": f"User:{company.who('manager').principal.user_id}"}
    assert company.codes("manager", "updateComplianceProgram", program, patch=led) == []
    assert "leader_is_no_top_manager" in company.completes("start")


def test_S4_108_each_clause_is_assessed_and_the_report_says_what_was_found(company):
    company.until("diagnose")

    assert company.completes("diagnose") == ["clauses_not_assessed", "no_diagnosis_report"]
    first = company.act("boss", lambda ctx: ctx.find(ClauseAssessment))[0]
    company.codes("advisor", "updateClauseAssessment", first, patch={"status": "NOT_KEPT"})
    assert "clauses_without_gap" in company.completes("diagnose")

    for one, patch in zip(
        company.act("boss", lambda ctx: ctx.find(ClauseAssessment)),
        ({"status": "KEPT"}, {"applicable": False, "exclusionReason": "We make nothing"}),
        strict=True,
    ):
        assert company.codes("advisor", "updateClauseAssessment", one, patch=patch) == []
    program = company.last(ComplianceProgram)
    assert company.codes("advisor", "writeDiagnosis", program) == []
    asked = (
        "{ diagnosisReports { nodes { kept excluded gaps sha256 files { nodes { sha256 } } } } }"
    )
    (report,) = company.world.ask(asked, company.who("advisor"))["diagnosisReports"]["nodes"]
    assert (report["kept"], report["excluded"], report["gaps"]) == (1, 1, 0)
    assert report["files"]["nodes"] == [{"sha256": report["sha256"]}]
    assert company.completes("diagnose") == []
    excluded = company.last(ClauseAssessment)
    again = {"applicable": True}
    late = company.codes("advisor", "updateClauseAssessment", excluded, patch=again)
    assert late == ["applicability_is_fixed"]
    assert company.codes("manager", "deleteClauseAssessment", excluded) == late


def test_S4_108_a_report_that_says_something_else_than_the_assessment_does_not_do(company):
    company.until("diagnose")
    company.ready_to_diagnose()
    one = company.act("boss", lambda ctx: ctx.find(ClauseAssessment))[0]
    company.codes("advisor", "updateClauseAssessment", one, patch={"note": "Looked again"})

    assert company.completes("diagnose") == ["no_diagnosis_report"]
    file = company.act("boss", lambda ctx: ctx.find(File))[-1]
    with open_file(file) as opened:
        said = json.load(opened)
    assert [one["gaps"] for one in said["clauses"]] == [
        [],
        [{"severity": "MEDIUM", "what": "No procedure"}],
    ]
    assert company.codes("boss", "removeFile", file) == ["file_is_kept"]


def test_S4_109_a_gap_without_action_is_refused(company):
    company.until("build")
    company.ready_to_build()
    gap = company.last(ComplianceGap)
    company.act(
        "manager", lambda ctx: ComplianceGap.update(ctx.find(ComplianceGap)[0], ctx, action=None)
    )

    assert company.completes("build") == ["gaps_unmapped"]

    assert company.codes("manager", "updateComplianceGap", gap, patch={"action": "Write it"}) == []
    assert company.completes("build") == []


def test_S4_110_nobody_approves_or_reviews_their_own_version(company):
    company.until("write")

    def written(ctx):
        (manual,) = ctx.find(SystemDocument)
        return ctx.create(SystemDocumentVersion(document=manual, label="A/0", text="Do it well"))

    version = company.act("manager", written)
    assert company.codes("manager", "handInSystemDocumentVersion", version) == []
    assert company.codes("manager", "reviewSystemDocumentVersion", version) == ["same_person"] * 2
    assert company.codes("reviewer", "reviewSystemDocumentVersion", version) == []
    assert company.codes("manager", "approveSystemDocumentVersion", version) == ["same_person"] * 2
    assert company.codes("reviewer", "approveSystemDocumentVersion", version) == ["same_person"]
    assert company.completes("write") == ["documents_not_approved"]

    assert company.codes("top_manager", "approveSystemDocumentVersion", version) == []
    assert company.completes("write") == []


def test_S4_111_documents_are_issued_by_an_order_and_enough_people_are_trained(company):
    company.until("issue")
    company.now = company.now.now(company.now.tzinfo)
    program = company.last(ComplianceProgram)
    order = {"number": "2026-1", "title": "Issue of the manual"}
    refused = company.codes("manager", "issueDocuments", program, **order)
    assert refused == ["needs_permission"]
    assert company.completes("issue") == [
        "nothing_issued",
        "documents_not_issued",
        "too_few_trained",
    ]

    assert company.codes("top_manager", "issueDocuments", program, **order) == []
    tomorrow = (company.now + timedelta(days=1)).date().isoformat()
    training = {"program": company.id_of(program), "title": "Soon", "heldOn": tomorrow}
    refused = company.codes("manager", "createSystemTraining", input=training)
    assert refused == ["done_in_the_future"]
    company.train("unit_contact", failed=("writer",))
    assert company.completes("issue") == ["too_few_trained"]
    assert company.states()["issue"] == "READY"
    company.train("writer")
    assert company.completes("issue") == []


def test_S4_112_after_two_months_the_run_is_too_short_and_each_clause_needs_a_record(company):
    company.until("operate")
    company.now = company.now.now(company.now.tzinfo)
    company.move_orders(days=61)

    assert company.completes("operate") == ["run_period", "clauses_without_record"]

    company.move_orders(days=93)
    record = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "clause": company.clause("4.1"),
        "unit": company.unit_id("lab"),
        "doneOn": company.now.date().isoformat(),
        "what": "Searched for rights of others",
    }
    elsewhere = {**record, "unit": company.unit_id("office")}
    assert company.codes("unit_contact", "createOperationRecord", input=elsewhere) == [
        "outside_rows"
    ]
    assert company.codes("unit_contact", "createOperationRecord", input=record) == []
    assert company.completes("operate") == ["clauses_without_record"]
    record |= {"clause": company.clause("4.2")}
    assert company.codes("unit_contact", "createOperationRecord", input=record) == []
    assert company.completes("operate") == []


def test_S4_113_nobody_audits_their_own_unit_as_it_was_on_that_day(company):
    company.until("audit")
    company.now = company.now.now(company.now.tzinfo)
    audit = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "kind": "INTERNAL",
        "criteria": "The manual",
        "plannedOn": company.now.date().isoformat(),
    }
    assert company.codes("auditor", "createComplianceAudit", input=audit) == []
    there = company.last(ComplianceAudit)
    item = {
        "audit": company.id_of(there),
        "clause": company.clause("4.1"),
        "unit": company.unit_id("office"),
        "auditor": f"User:{company.who('auditor').principal.user_id}",
        "auditedOn": company.now.date().isoformat(),
        "conforms": True,
    }
    assert company.codes("auditor", "createAuditItem", input=item) == ["audits_own_unit"]

    # Moved yesterday: what counts is the day of the audit.
    yesterday = company.now.date() - timedelta(days=1)

    def moves(ctx):
        whose = Membership.user == company.user(ctx, "auditor")
        (office,) = ctx.find(Membership, whose)
        Membership.update(office, ctx, until=yesterday)
        lab = company.unit(ctx, "lab")
        ctx.create(
            Membership(user=company.user(ctx, "auditor"), unit=lab, since=company.now.date())
        )

    company.act("boss", moves)
    before = {**item, "auditedOn": yesterday.isoformat()}
    assert company.codes("auditor", "createAuditItem", input=before) == ["audits_own_unit"]
    lab = {**item, "unit": company.unit_id("lab")}
    assert company.codes("auditor", "createAuditItem", input=lab) == ["audits_own_unit"]
    assert company.codes("auditor", "createAuditItem", input=item) == []

    assert company.codes("auditor", "beginComplianceAudit", there) == []
    refused = company.codes("auditor", "reportComplianceAudit", there, summary="Well")
    assert refused == ["clauses_not_audited"]
    earlier = {**lab, "auditedOn": yesterday.isoformat()}  # a day that suits the auditor
    assert company.codes("auditor", "createAuditItem", input=earlier) == []
    refused = company.codes("auditor", "reportComplianceAudit", there, summary="Well")
    assert refused == ["audited_on_another_day", "clauses_not_audited"]
    assert company.codes("auditor", "deleteAuditItem", company.last(AuditItem)) == []
    by_others = company.codes("manager", "createAuditItem", input=item)
    assert by_others == ["auditor_says_it"]
    said = company.last(AuditItem)
    renamed = {"auditor": f"User:{company.who('advisor').principal.user_id}"}
    for who, patch in (("manager", {"conforms": False}), ("auditor", renamed)):
        refused = company.codes(who, "updateAuditItem", said, patch=patch)
        assert refused == ["auditor_says_it"]
    assert company.completes("audit") == ["no_audit_reported"]
    item |= {"clause": company.clause("4.2")}
    assert company.codes("auditor", "createAuditItem", input=item) == []
    assert company.codes("auditor", "reportComplianceAudit", there, summary="Well") == []
    late = company.codes("auditor", "updateAuditItem", company.last(AuditItem), patch={"seen": "X"})
    assert late == ["audit_is_fixed"]
    assert company.completes("audit") == []

    def proves(ctx):
        attach(ctx, ctx.get(ComplianceAudit, there.id), "a.txt", "text/plain", [b"Seen"])

    with pytest.raises(Refused) as refusal:
        company.act("auditor", proves)
    assert refusal.value.code == "file_is_kept"


def test_S4_114_a_review_is_led_by_the_top_management_and_looks_at_everything(company):
    company.until("review")
    company.now = company.now.now(company.now.tzinfo)
    planned = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "chair": f"User:{company.who('manager').principal.user_id}",
        "plannedOn": company.now.date().isoformat(),
    }
    refused = company.codes("manager", "createManagementReview", input=planned)
    assert refused == ["chair_is_no_top_manager"]
    planned["chair"] = f"User:{company.who('top_manager').principal.user_id}"
    assert company.codes("manager", "createManagementReview", input=planned) == []
    review = company.last(ManagementReview)

    refused = company.codes("top_manager", "holdManagementReview", review)
    assert refused == ["review_lacks"] * (len(INPUTS) + len(OUTPUTS))
    assert company.completes("review") == ["no_review_held"]

    def camel(name):
        first, *others = name.split("_")
        return first + "".join(one.capitalize() for one in others)

    said = {camel(name): "Looked at" for name in (*INPUTS, *OUTPUTS)}
    assert company.codes("manager", "updateManagementReview", review, patch=said) == []
    assert company.codes("boss", "holdManagementReview", review) == ["chair_holds_it"]
    assert company.codes("top_manager", "holdManagementReview", review) == []
    assert company.completes("review") == []


@pytest.fixture
def with_major(company):
    """A mock audit that found something grave; the last step is what is left."""
    company.until("mock_audit")

    def work(ctx):
        from dougong_ip_compliance.workflows.audits import begin, report

        (clause, other) = company.clauses(ctx)
        lab = company.unit(ctx, "lab")
        items = [
            AuditItem(
                clause=one,
                unit=lab,
                auditor=company.user(ctx, "advisor"),
                audited_on=company.now.date(),
                conforms=one is not clause,
            )
            for one in (clause, other)
        ]
        audit = ctx.create(
            ComplianceAudit(
                program=company.program(ctx),
                kind=ComplianceAuditKind.MOCK,
                criteria="All",
                planned_on=company.now.date(),
                items=items,
            )
        )
        begin(audit, ctx)
        found = {"grade": "MAJOR", "clause": clause, "unit": lab, "evidence": "No manual"}
        ctx.create(AuditFinding(audit=audit, **found))
        report(audit, ctx, summary="Not yet")

    company.later(hours=1)
    company.act("advisor", work)
    company.complete("mock_audit")
    return company


def test_S4_115_an_open_major_finding_blocks_the_application(with_major):
    company = with_major
    company.packed()
    application, finding = company.last(CertificationApplication), company.last(AuditFinding)

    refused = company.codes("manager", "submitCertificationApplication", application)
    assert refused == ["major_open"]
    assert company.completes("apply") == ["not_applied", "major_open"]

    assert company.codes("unit_contact", "planAuditFinding", finding) == ["no_action_planned"]
    action = {
        "finding": company.id_of(finding),
        **dict.fromkeys(("correction", "rootCause", "action"), "As it should"),
        "owner": f"User:{company.who('manager').principal.user_id}",
        "dueOn": company.now.date().isoformat(),
    }
    assert company.codes("unit_contact", "createCorrectiveAction", input=action) == []
    assert company.codes("unit_contact", "planAuditFinding", finding) == []
    planned = company.last(CorrectiveAction)
    gone = company.codes("unit_contact", "deleteCorrectiveAction", planned)
    assert gone == ["action_is_fixed"]
    other = {"owner": f"User:{company.who('auditor').principal.user_id}"}
    moved = company.codes("unit_contact", "updateCorrectiveAction", planned, patch=other)
    assert moved == ["part_stays"]
    assert company.codes("unit_contact", "implementAuditFinding", finding) == []
    fixed = company.codes(
        "unit_contact",
        "updateCorrectiveAction",
        company.last(CorrectiveAction),
        patch={"action": "X"},
    )
    assert fixed == ["action_is_fixed"]
    assert company.codes("manager", "verifyAuditFinding", finding) == ["verifies_own_action"]
    for step in ("verify", "close"):
        assert company.codes("auditor", f"{step}AuditFinding", finding) == []
    stale = company.codes("manager", "submitCertificationApplication", application)
    assert stale == ["package_outdated"]
    assert company.codes("manager", "packApplication", application) == []
    assert company.codes("manager", "submitCertificationApplication", application) == []
    assert company.completes("apply") == []


def test_S4_116_nobody_applies_under_the_edition_of_2013_any_more(company):
    assert company.sent("manager", "bringStandards")["userErrors"] == []
    company.until("apply")
    company.packed()
    program, old, new = company.act(
        "boss",
        lambda ctx: (
            company.program(ctx),
            ctx.find(StandardEdition, StandardEdition.code == "GB/T 29490-2013")[0],
            ctx.find(StandardEdition, StandardEdition.code == "GB/T 29490-2023")[0],
        ),
    )
    before = company.act("boss", lambda ctx: company.program(ctx).edition)
    changed = company.codes("manager", "changeEdition", program, edition=company.id_of(old))
    assert changed == []
    application = company.last(CertificationApplication)
    company.codes("manager", "packApplication", application)

    errors = company.sent("manager", "submitCertificationApplication", application)["userErrors"]
    (refused,) = [one for one in errors if one["code"] == "edition_no_longer"]
    assert refused["params"]["last"] == "2024-12-31"
    assert "edition_no_longer" in company.completes("apply")

    # Another edition asks for other clauses: what was done for those before proves nothing.
    assert company.codes("manager", "changeEdition", program, edition=company.id_of(new)) == []
    company.codes("manager", "packApplication", application)
    refused = company.codes("manager", "submitCertificationApplication", application)
    assert refused == [
        *("clauses_not_assessed", "no_diagnosis_report", "clauses_without_unit"),
        *("clauses_without_record", "clauses_not_audited"),
    ]
    assert company.completes("apply") == ["not_applied", *refused]
    assert company.codes("manager", "changeEdition", program, edition=company.id_of(before)) == []
    company.codes("manager", "packApplication", application)
    assert company.codes("manager", "submitCertificationApplication", application) == []
    assert company.codes("manager", "changeEdition", program, edition=company.id_of(new)) == []
    assert company.completes("apply") == refused  # nor between the application and the last step
    step = company.act("boss", lambda ctx: company.step("apply", ctx))
    back = {"to": "diagnose", "reason": "Another edition"}
    assert company.codes("manager", "handBackChecklistStep", step, **back) == []
    assert company.states()["diagnose"] == "READY"


def test_S4_116_what_was_proved_must_still_hold_when_somebody_applies(company):
    company.until("review")
    company.packed()
    application = company.last(CertificationApplication)
    early = company.codes("manager", "submitCertificationApplication", application)
    assert early == ["steps_are_left"]
    for key in ("review", "mock_audit"):
        getattr(company, f"ready_to_{key}")()
        company.complete(key)
    for entity in (OperationRecord, ProgramResource, TrainingAttendance):
        gone = company.codes("manager", f"delete{entity.__name__}", company.last(entity))
        assert gone == []
    gap = company.last(ComplianceGap)
    assert company.codes("manager", "updateComplianceGap", gap, patch={"action": None}) == []
    company.codes("manager", "packApplication", application)

    refused = company.codes("manager", "submitCertificationApplication", application)

    assert refused == ["resource_missing", "gaps_unmapped", "clauses_without_record"]
    step = company.act("boss", lambda ctx: company.step("apply", ctx))
    left_out = company.codes("manager", "skipChecklistStep", step, reason="We need none")
    assert "steps_loosened" in left_out


def test_S4_107_a_definition_that_leaves_out_or_loosens_one_of_the_ten_is_not_gone_by():
    def steps(**changed):
        made = [{"key": key, "after": [*before]} for key, before in order_of_keys]
        return [{**one, **changed.get(one["key"], {})} for one in made]

    keys = list(CHECKS)
    order_of_keys = list(zip(keys, [[], *([one] for one in keys)], strict=False))

    def refused(made):
        found = unlike_the_ten(made)
        return found and found.params

    assert refused(steps()) is None
    assert refused(steps()[:-1]) == {"steps": "apply"}
    loose = ({"optional": True}, {"condition": {"all": []}}, {"after": ["start"]})
    for one in loose:
        assert refused(steps(audit=one)) == {"steps": "audit"}


def test_reports_of_what_was_diagnosed_stay(company):
    company.until("diagnose")
    company.ready_to_diagnose()

    assert company.last(DiagnosisReport).gaps == 1
