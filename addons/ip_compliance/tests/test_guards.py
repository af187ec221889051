"""What stays in the way of those who go round the ten steps, and what people see of them."""

import pytest

from dougong import File, Refused, attach
from dougong_flow import DefinitionVersion, make_effective
from dougong_flow.entities import ApprovalTask
from dougong_flow.workflows import approve as approve_definition
from dougong_flow.workflows import submit as submit_definition
from dougong_ip_compliance.entities import (
    INPUTS,
    OUTPUTS,
    Advisor,
    AuditItem,
    ComplianceAudit,
    ComplianceProgram,
    ComplianceReminder,
    ManagementReview,
    ReminderKind,
    SystemDocument,
    SystemDocumentVersion,
    WorkingGroupMember,
)
from dougong_ip_compliance.jobs import due
from dougong_ip_compliance.workflows.audits import hold

DRAFTS = "{ systemDocuments { totalCount } systemDocumentVersions { nodes { label text } } }"


def user(company, role):
    return f"User:{company.who(role).principal.user_id}"


def next_version(company, **changed):
    """A version of the ten steps that holds, where some of them say something else."""

    def drafted(ctx):
        found = ctx.find(DefinitionVersion, DefinitionVersion.major == 1)
        (first,) = (one for one in found if one.definition.key == "ip_compliance.program")
        steps = [{**one, **changed.get(one["key"], {})} for one in first.body["steps"]]
        body = {**first.body, "steps": steps}
        return ctx.create(
            DefinitionVersion(definition=first.definition, body=body, change_reason="Better")
        )

    made = company.act("boss", drafted).id
    company.act("boss", lambda ctx: submit_definition(ctx.get(DefinitionVersion, made), ctx))
    company.act("other_boss", lambda ctx: approve_definition(ctx.get(DefinitionVersion, made), ctx))
    company.act(
        "boss",
        lambda ctx: make_effective(ctx.get(DefinitionVersion, made), ctx, reason="It is better"),
    )
    return f"DefinitionVersion:{made}"


def test_a_step_that_is_approved_is_settled_only_with_what_the_standard_asks_for(company):
    company.people["approver"] = company.world.person("flow.approver", name="approver")
    email = company.act("boss", lambda ctx: company.user(ctx, "approver").email)
    node = {"key": "yes", "name": "Yes", "approvers": [{"user": email}]}
    next_version(company, start={"kind": "APPROVAL", "approval": {"nodes": [node]}})
    company.started()
    company.ready_to_start()
    company.act("boss", lambda ctx: ctx.delete(ctx.find(WorkingGroupMember)[0]))
    step = company.act("boss", lambda ctx: company.step("start", ctx))
    assert company.codes("top_manager", "requestApproval", step) == []
    task = company.last(ApprovalTask)

    refused = company.codes("approver", "decideApprovalTask", task, decision="YES")

    assert refused == ["program_lacks_something"]  # who has no part in it learns no more
    assert company.states()["start"] == "READY"
    member = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "user": user(company, "manager"),
        "task": "Runs it",
    }
    assert company.codes("manager", "createWorkingGroupMember", input=member) == []
    assert company.codes("approver", "decideApprovalTask", task, decision="YES") == []
    assert company.states()["start"] == "COMPLETED"


def test_none_of_the_ten_is_passed_over(company):
    company.started()
    step = company.act("boss", lambda ctx: company.step("diagnose", ctx))

    refused = company.codes("advisor", "passOverChecklistStep", step)

    assert "steps_loosened" in refused


def test_a_programme_is_carried_on_only_by_a_version_with_the_ten_each_as_itself(company):
    company.started()
    checklist = company.act("boss", lambda ctx: company.program(ctx).checklist)
    move = {"reason": "The law has changed", "steps": {one: one for one in company.states()}}

    def moved(to, **said):
        found = company.sent("boss", "migrateChecklist", checklist, to=to, **{**move, **said})
        return [(one["code"], one["params"].get("steps")) for one in found["userErrors"]]

    loose = next_version(company, audit={"optional": True})
    assert moved(loose) == [("steps_loosened", "audit")]
    good = next_version(company, audit={"guide": "Look twice"})
    swapped = move["steps"] | {"audit": "review", "review": "audit"}
    assert moved(good, steps=swapped) == [("steps_loosened", "audit, review")]

    assert moved(good) == []

    company.ready_to_start()
    assert company.completes("start") == []


def test_the_files_of_a_review_that_was_held_stay(company):
    company.until("review")

    def planned(ctx):
        chair = company.user(ctx, "top_manager")
        day = company.now.date()
        review = ManagementReview(program=company.program(ctx), chair=chair, planned_on=day)
        return ctx.create(review)

    def filed(ctx, name):
        there = ctx.get(ManagementReview, review.id)
        return attach(ctx, there, name, "text/plain", [name.encode()])

    review = company.act("top_manager", planned)
    first = company.act("top_manager", lambda ctx: filed(ctx, "draft.txt"))
    assert company.codes("top_manager", "removeFile", first) == []
    minutes = company.act("top_manager", lambda ctx: filed(ctx, "minutes.txt"))
    said = dict.fromkeys((*INPUTS, *OUTPUTS), "Looked at")

    def held(ctx):
        there = ctx.get(ManagementReview, review.id)
        hold(ManagementReview.update(there, ctx, **said), ctx)

    company.act("top_manager", held)

    assert company.codes("top_manager", "removeFile", minutes) == ["file_is_kept"]
    with pytest.raises(Refused) as refusal:
        company.act("top_manager", lambda ctx: filed(ctx, "more.txt"))
    assert refusal.value.code == "file_is_kept"
    kept = company.act("boss", lambda ctx: ctx.find(File, File.record == company.id_of(review)))
    assert [one.name for one in kept] == ["minutes.txt"]


def test_a_writer_is_reminded_of_what_they_wrote_and_of_nothing_else(company):
    company.until("operate")
    company.later(days=400)

    def work(ctx):
        with ctx.acting_as("ip_compliance"):
            due.remind_of_documents.rule(ctx)
            due.remind_of_records.rule(ctx)

    company.act("boss", work)
    raised = company.act("boss", lambda ctx: ctx.find(ComplianceReminder))
    assert {one.kind for one in raised} == {ReminderKind.DOCUMENT_REVIEW, ReminderKind.RECORD_GAP}
    asked = "{ complianceReminders { nodes { kind about assignee { name } } } }"

    (mine,) = company.world.ask(asked, company.who("writer"))["complianceReminders"]["nodes"]

    assert mine == {
        "kind": "DOCUMENT_REVIEW",
        "about": "IP-M-01 A/0",
        "assignee": {"name": "writer"},
    }
    other = company.world.ask(asked, company.world.person("ip_compliance.writer"))
    assert other == {"complianceReminders": {"nodes": []}}


def test_S4_113_nobody_is_named_as_auditor_who_may_not_audit(company):
    company.until("audit")
    company.now = company.now.now(company.now.tzinfo)
    audit = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "kind": "INTERNAL",
        "criteria": "The manual",
        "plannedOn": company.now.date().isoformat(),
    }
    assert company.codes("auditor", "createComplianceAudit", input=audit) == []
    item = {
        "audit": company.id_of(company.last(ComplianceAudit)),
        "clause": company.clause("4.1"),
        "unit": company.unit_id("lab"),
        "auditor": user(company, "viewer"),
        "auditedOn": company.now.date().isoformat(),
    }

    assert company.codes("auditor", "createAuditItem", input=item) == ["auditor_may_not_audit"]

    item |= {"auditor": user(company, "auditor")}
    assert company.codes("manager", "createAuditItem", input=item) == []
    planned = company.last(AuditItem)
    moved = company.codes(
        "manager", "updateAuditItem", planned, patch={"auditor": user(company, "manager")}
    )
    assert moved == ["auditor_may_not_audit"]
    moved = company.codes(
        "manager", "updateAuditItem", planned, patch={"auditor": user(company, "boss")}
    )
    assert moved == []  # an administrator may do everything
    theirs = {**audit, "kind": "STAGE1"}
    assert company.codes("auditor", "createComplianceAudit", input=theirs) == []
    item |= {
        "audit": company.id_of(company.last(ComplianceAudit)),
        "auditor": user(company, "viewer"),
    }
    assert company.codes("manager", "createAuditItem", input=item) == []  # the body's are not ours


def test_S4_106_a_manager_shows_a_confidential_document_to_an_advisor_of_the_programme(company):
    company.until("issue")
    manual = company.last(SystemDocument)
    advisor = company.who("advisor")
    secret = {"secrecy": "CONFIDENTIAL"}
    assert company.codes("manager", "updateSystemDocument", manual, patch=secret) == []
    hidden = {"systemDocuments": {"totalCount": 0}, "systemDocumentVersions": {"nodes": []}}
    assert company.world.ask(DRAFTS, advisor) == hidden
    shown = {
        "document": company.id_of(manual),
        "user": user(company, "advisor"),
        "why": "Under the agreement of 1 March",
    }
    stranger = shown | {"user": user(company, "viewer")}
    refused = company.codes("manager", "createConfidentialDisclosure", input=stranger)
    assert refused == ["shown_to_advisors_only"]
    refused = company.codes("writer", "createConfidentialDisclosure", input=shown)
    assert refused == ["managers_show_documents"]

    assert company.codes("manager", "createConfidentialDisclosure", input=shown) == []

    seen = company.world.ask(DRAFTS, advisor)
    assert seen["systemDocuments"] == {"totalCount": 1}
    assert seen["systemDocumentVersions"]["nodes"] == [{"label": "A/0", "text": "Do it well"}]
    version = company.last(SystemDocumentVersion)
    assert company.codes("advisor", "issueSystemDocumentVersion", version) == ["needs_permission"]
    assert company.world.ask(DRAFTS, company.who("unit_contact")) == hidden
    another = company.world.person("ip_compliance.advisor", name="another")
    company.people["another"] = another
    also = {
        "program": company.id_of(company.last(ComplianceProgram)),
        "user": user(company, "another"),
    }
    assert company.codes("manager", "createAdvisor", input=also) == []
    assert company.world.ask(DRAFTS, another) == hidden
    first = company.act("boss", lambda ctx: ctx.find(Advisor))[0]
    assert company.codes("manager", "updateAdvisor", first, patch={"active": False}) == []
    assert company.world.ask(DRAFTS, advisor) == hidden
