"""What each of the ten steps of a programme must have before it is over (S4-107 … S4-116)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from dougong import Context, Refused
from dougong_flow import ChecklistStep
from dougong_ip_compliance.applying import LAST, before_applying
from dougong_ip_compliance.clauses import applicable, assessments_of, numbers
from dougong_ip_compliance.diagnosing import sha256_of
from dougong_ip_compliance.entities import (
    ApplicationState,
    AuditState,
    CertificationApplication,
    ClauseAssessment,
    ClauseResponsibility,
    ClauseStatus,
    ComplianceAudit,
    ComplianceAuditKind,
    ComplianceGap,
    ComplianceProgram,
    DiagnosisReport,
    DocumentKind,
    DocumentState,
    IpObjective,
    IpPolicy,
    ManagementReview,
    OperationRecord,
    PolicyState,
    ProgramResource,
    ResourceKind,
    ReviewState,
    SystemDocument,
    SystemDocumentVersion,
)
from dougong_ip_compliance.people import is_top_manager
from dougong_ip_compliance.run_period import began_for, too_short
from dougong_ip_compliance.training import trained_percent

DEFINITION = "ip_compliance.program"
REPORTED = (AuditState.REPORTED, AuditState.FOLLOW_UP, AuditState.CLOSED)
WRITTEN = (DocumentState.APPROVED, DocumentState.ISSUED)

Faults = Iterator[Refused]


def started(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """1: there is a working group, led by the top management, and what it draws on (S4-107, S4-105)."""
    yield from unprovided(program, ctx)
    if not program.members:
        yield Refused("no_working_group", name=program.name)
    if not is_top_manager(program.leader, ctx):
        yield Refused("leader_is_no_top_manager", name=program.leader.name)


def diagnosed(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """2: each clause that applies is assessed, what is not kept has a gap, and a report says so (S4-108)."""
    assessed = assessments_of(program, ctx)
    open_ = [
        clause
        for clause in applicable(program, ctx)
        if clause not in assessed or assessed[clause].status is ClauseStatus.NOT_ASSESSED
    ]
    if open_:
        yield Refused("clauses_not_assessed", count=len(open_), clauses=numbers(open_))
    gaps = {one.assessment for one in gaps_of(program, ctx)}
    without = [
        clause
        for clause, one in assessed.items()
        if one.applicable
        and one.status in (ClauseStatus.PARTLY_KEPT, ClauseStatus.NOT_KEPT)
        and one not in gaps
    ]
    if without:
        yield Refused("clauses_without_gap", clauses=numbers(without))
    reports = ctx.find(DiagnosisReport, DiagnosisReport.program == program)
    if not reports or reports[-1].sha256 != sha256_of(program, ctx):
        yield Refused("no_diagnosis_report")


def built(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """3: each gap is mapped to an action; policy, objectives, responsibilities and documents are there (S4-109)."""
    unmapped = [one for one in gaps_of(program, ctx) if not (one.action and one.owner)]
    if unmapped:
        clauses = [one.assessment.clause for one in unmapped]
        yield Refused("gaps_unmapped", count=len(unmapped), clauses=numbers(clauses))
    adopted = IpPolicy.state == PolicyState.ADOPTED
    if not ctx.find(IpPolicy, IpPolicy.program == program, adopted):
        yield Refused("no_policy")
    if not ctx.find(IpObjective, IpObjective.program == program):
        yield Refused("no_objective")
    found = ctx.find(ClauseResponsibility, ClauseResponsibility.program == program)
    answered = {one.clause for one in found}
    if nobodys := [one for one in applicable(program, ctx) if one not in answered]:
        yield Refused("clauses_without_unit", clauses=numbers(nobodys))
    yield from _no_manual(documents_of(program, ctx))


def written(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """4: each document of our own has a version that was approved (S4-110)."""
    yield from _without_version(program, WRITTEN, "documents_not_approved", ctx)


def issued(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """5: an order has issued the documents, and enough people were trained (S4-111)."""
    if began_for(program, ctx) is None:
        yield Refused("nothing_issued")
    yield from _without_version(program, (DocumentState.ISSUED,), "documents_not_issued", ctx)
    percent = trained_percent(program, ctx)
    if percent < program.trained_percent:
        yield Refused("too_few_trained", percent=percent, wanted=program.trained_percent)


def operated(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """6: it was in operation long enough, with a record for each clause that applies (S4-112)."""
    yield from too_short(program, ctx)
    first = began_for(program, ctx)
    if first is None:
        return
    of_it = (OperationRecord.program == program, OperationRecord.done_on >= first)
    recorded = {one.clause for one in ctx.find(OperationRecord, *of_it)}
    if without := [one for one in applicable(program, ctx) if one not in recorded]:
        yield Refused("clauses_without_record", clauses=numbers(without))


def audited(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """7: an internal audit since the step began has looked at each clause that applies (S4-113)."""
    audits = audits_since(program, ComplianceAuditKind.INTERNAL, step.ready_at, ctx)
    if not audits:
        yield Refused("no_audit_reported", kind=ComplianceAuditKind.INTERNAL)
        return
    seen = {item.clause for audit in audits for item in audit.items}
    if unseen := [one for one in applicable(program, ctx) if one not in seen]:
        yield Refused("clauses_not_audited", clauses=numbers(unseen))


def reviewed(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """8: the top management has held a review since the step began (S4-114)."""
    held = ctx.find(
        ManagementReview,
        ManagementReview.program == program,
        ManagementReview.state == ReviewState.HELD,
        ManagementReview.held_at >= step.ready_at,
    )
    if not held:
        yield Refused("no_review_held")


def rehearsed(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """9: a mock audit on site was reported since the step began (S4-115)."""
    audits = audits_since(program, ComplianceAuditKind.MOCK, step.ready_at, ctx)
    if not any(one.on_site for one in audits):
        yield Refused("no_audit_reported", kind=ComplianceAuditKind.MOCK)


def applied(program: ComplianceProgram, step: ChecklistStep, ctx: Context) -> Faults:
    """10: the application was submitted, and all that it needs still holds (S4-116)."""
    states = (ApplicationState.DRAFT, ApplicationState.REFUSED, ApplicationState.WITHDRAWN)
    of_it = CertificationApplication.program == program
    if ctx.find(CertificationApplication, of_it, CertificationApplication.state.not_in(states)):
        yield from no_longer_right(program, ctx)
    else:
        yield Refused("not_applied")
        yield from missing_for_application(program, ctx)


CHECKS: dict[str, Callable[[ComplianceProgram, ChecklistStep, Context], Faults]] = {
    "start": started,
    "diagnose": diagnosed,
    "build": built,
    "write": written,
    "issue": issued,
    "operate": operated,
    "audit": audited,
    "review": reviewed,
    "mock_audit": rehearsed,
    "apply": applied,
}
"""By the keys of the steps in the definition, in their order."""


def no_longer_right(program: ComplianceProgram, ctx: Context) -> Faults:
    """What the first nine steps lack today: what they relied on, and the edition, may have changed since."""
    of_it = ChecklistStep.checklist == program.checklist
    steps = {one.key: one for one in ctx.find(ChecklistStep, of_it)}
    for key, check in CHECKS.items():
        if key != LAST:
            yield from check(program, steps[key], ctx)


def missing_for_application(program: ComplianceProgram, ctx: Context) -> Faults:
    """Why a programme cannot apply today, whatever the body."""
    yield from no_longer_right(program, ctx)
    yield from before_applying(program, ctx)


def unlike_the_ten(steps: list[dict[str, Any]]) -> Refused | None:
    """Why a version of the definition cannot be gone by: each of the ten is in it, must be done, in their order."""
    said = {one["key"]: one for one in steps}
    if missing := [key for key in CHECKS if key not in said]:
        return Refused("steps_unknown", steps=", ".join(missing))
    loose = [key for key in CHECKS if said[key].get("optional") or "condition" in said[key]]
    for earlier, later in pairwise(CHECKS):
        if earlier not in said[later].get("after", ()):
            loose.append(later)
    return Refused("steps_loosened", steps=", ".join(loose)) if loose else None


def unprovided(program: ComplianceProgram, ctx: Context) -> Faults:
    """In which of the four respects nothing is provided for (S4-105)."""
    found = ctx.find(ProgramResource, ProgramResource.program == program)
    there = {one.kind for one in found if one.plan.strip()}
    for kind in ResourceKind:
        if kind not in there:
            yield Refused("resource_missing", kind=kind)


def gaps_of(program: ComplianceProgram, ctx: Context) -> list[ComplianceGap]:
    """What is missing in a programme, by the clauses of its edition that apply."""
    assessed = {one for one in assessments_of(program, ctx).values() if one.applicable}
    of_it = ComplianceGap.assessment.has(ClauseAssessment.program == program)
    return [one for one in ctx.find(ComplianceGap, of_it) if one.assessment in assessed]


def documents_of(program: ComplianceProgram, ctx: Context) -> list[SystemDocument]:
    """The documents of a programme's system."""
    return ctx.find(SystemDocument, SystemDocument.program == program)


def audits_since(
    program: ComplianceProgram, kind: ComplianceAuditKind, since: datetime | None, ctx: Context
) -> list[ComplianceAudit]:
    """The audits of a kind that were reported since a moment, with what they looked at."""
    return ctx.find(
        ComplianceAudit,
        ComplianceAudit.program == program,
        ComplianceAudit.kind == kind,
        ComplianceAudit.state.in_(REPORTED),
        ComplianceAudit.reported_at >= since,
    )


def _no_manual(documents: list[SystemDocument]) -> Faults:
    if not any(one.kind is DocumentKind.MANUAL for one in documents):
        yield Refused("no_manual")


def _without_version(
    program: ComplianceProgram, states: tuple[DocumentState, ...], code: str, ctx: Context
) -> Faults:
    own = [one for one in documents_of(program, ctx) if one.kind is not DocumentKind.EXTERNAL]
    yield from _no_manual(own)
    of_it = SystemDocumentVersion.document.has(SystemDocument.program == program)
    found = ctx.find(SystemDocumentVersion, of_it, SystemDocumentVersion.state.in_(states))
    there = {one.document for one in found}
    if without := sum(one not in there for one in own):
        yield Refused(code, count=without)
