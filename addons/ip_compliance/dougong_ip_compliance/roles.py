"""Who does what in compliance programmes."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from dougong import Role, all_rows, change, create, own, read, rows_where, unit, update
from dougong_flow import Checklist, ChecklistStep
from dougong_ip_compliance.entities import (
    Advisor,
    AuditFinding,
    CertificationApplication,
    CertificationBody,
    ClauseAssessment,
    ClauseMapping,
    ClauseResponsibility,
    ComplianceAudit,
    ComplianceAuditKind,
    ComplianceCertificate,
    ComplianceGap,
    ComplianceObligation,
    ComplianceProgram,
    ComplianceReminder,
    ConfidentialDisclosure,
    DiagnosisReport,
    DocumentState,
    IpAsset,
    IpIncident,
    IpObjective,
    IpPenalty,
    IpPolicy,
    IpRisk,
    IssueOrder,
    ManagementReview,
    OperationRecord,
    Secrecy,
    StandardEdition,
    SystemDocument,
    SystemDocumentVersion,
    SystemTraining,
)
from dougong_ip_compliance.permissions import (
    APPROVE,
    ASSESS,
    AUDIT,
    CORRECT,
    DIAGNOSE,
    DIRECT,
    KEEP_ASSETS,
    MANAGE,
    REVIEW,
    SEE_FEES,
    SEE_PROGRESS,
    VERIFY,
    WRITE,
)
from dougong_party import Party

STANDARDS = (StandardEdition, ClauseMapping)
FOUND = (ClauseAssessment, ComplianceGap, DiagnosisReport)
BUILT = (IpPolicy, IpObjective, ClauseResponsibility, IssueOrder)
DOCUMENTS = (SystemDocument, SystemDocumentVersion)
AUDITS = (ComplianceAudit, AuditFinding)
CERTIFIED = (CertificationBody, CertificationApplication, ComplianceCertificate)
PARTS = (*FOUND, *BUILT, *DOCUMENTS, *AUDITS, SystemTraining, OperationRecord, ManagementReview)
EVERYTHING = (*STANDARDS, ComplianceProgram, *PARTS, *CERTIFIED)
REGISTERS = (ComplianceObligation, IpRisk, IpIncident, IpPenalty)
"""What is the company's, whatever its programmes."""
OF_UNITS = (ComplianceObligation, IpRisk, IpIncident)
KEPT_BY_MANAGER = (
    *(*STANDARDS, ComplianceProgram, IpAsset, CertificationBody, CertificationApplication),
    *REGISTERS,
    *(one for one in PARTS if one not in (DiagnosisReport, IssueOrder, AuditFinding)),
)


def key(record: Any, link: str) -> Any:
    """The key column of a link."""
    return getattr(record, f"{link}_id")


def is_advised(number: Any, me: Any) -> ColumnElement[bool]:
    """Whether the asker advises the programme of a number."""
    advisor = aliased(Advisor)
    mine = and_(key(advisor, "program") == number, key(advisor, "user") == me.id, advisor.active)
    return select(advisor.id).where(mine).exists()


def is_of_advised(record: Any, me: Any) -> ColumnElement[bool]:
    """Whether something is part of a programme that the asker advises."""
    return is_advised(key(record, "program"), me)


def is_advised_gap(gap: Any, me: Any) -> ColumnElement[bool]:
    """Whether a gap is one of a programme that the asker advises."""
    one = aliased(ClauseAssessment)
    here = and_(one.id == key(gap, "assessment"), is_of_advised(one, me))
    return select(one.id).where(here).exists()


def is_advised_version(version: Any, me: Any) -> ColumnElement[bool]:
    """Whether a version is of such a document."""
    one = aliased(SystemDocument)
    here = and_(one.id == key(version, "document"), is_advised_document(one, me))
    return select(one.id).where(here).exists()


def is_advised_audit(audit: Any, me: Any) -> ColumnElement[bool]:
    """Whether an audit is a mock one of a programme that the asker advises (S4-115)."""
    return and_(audit.kind == ComplianceAuditKind.MOCK, is_of_advised(audit, me))


def is_advised_finding(finding: Any, me: Any) -> ColumnElement[bool]:
    """Whether a finding is of such an audit."""
    one = aliased(ComplianceAudit)
    here = and_(one.id == key(finding, "audit"), is_advised_audit(one, me))
    return select(one.id).where(here).exists()


def is_for_all(document: Any, me: Any) -> ColumnElement[bool]:
    """Whether a document is not secret."""
    found: ColumnElement[bool] = document.secrecy.in_((Secrecy.OPEN, Secrecy.INTERNAL))
    return found


def is_issued_for_all(version: Any, me: Any) -> ColumnElement[bool]:
    """Whether a version is issued, or was, of a document that is not secret."""
    one = aliased(SystemDocument)
    here = and_(one.id == key(version, "document"), is_for_all(one, me))
    out = version.state.in_((DocumentState.ISSUED, DocumentState.OBSOLETE))
    return and_(out, select(one.id).where(here).exists())


def is_of_program(checklist: Any, me: Any) -> ColumnElement[bool]:
    """Whether a checklist is that of a programme."""
    return _program_with(checklist.id)


def is_step_of_program(step: Any, me: Any) -> ColumnElement[bool]:
    """Whether a step is one of the ten of a programme."""
    return _program_with(key(step, "checklist"))


def _program_with(number: Any) -> ColumnElement[bool]:
    program = aliased(ComplianceProgram)
    return select(program.id).where(key(program, "checklist") == number).exists()


def is_own_reminder(reminder: Any, me: Any) -> ColumnElement[bool]:
    """Whether a reminder is the asker's, or nobody's."""
    whose = key(reminder, "assignee")
    return or_(whose == me.id, whose.is_(None))


def is_of_compliance(party: Any, me: Any) -> ColumnElement[bool]:
    """Whether somebody certifies, advises a programme, or holds a right."""
    body, advisor, asset = aliased(CertificationBody), aliased(Advisor), aliased(IpAsset)
    links = ((body, "party"), (advisor, "firm"), (asset, "holder"))
    return or_(*(select(one.id).where(key(one, link) == party.id).exists() for one, link in links))


def is_advised_document(document: Any, me: Any) -> ColumnElement[bool]:
    """Whether a document is of an advised programme, and not secret or shown to the asker."""
    shown = aliased(ConfidentialDisclosure)
    to_me = and_(key(shown, "document") == document.id, key(shown, "user") == me.id)
    open_ = or_(is_for_all(document, me), select(shown.id).where(to_me).exists())
    return and_(is_of_advised(document, me), open_)


READ_ALL = [read(one) for one in (*EVERYTHING, Checklist, ChecklistStep, Party)]
ALL = [
    *(all_rows(one) for one in EVERYTHING),
    rows_where(Party, is_of_compliance, "of_compliance"),
    rows_where(Checklist, is_of_program, "of_program"),
    rows_where(ChecklistStep, is_step_of_program, "of_program"),
]
"""What whoever sees a whole programme sees, with its steps and no others."""

VIEWER = Role(
    "ip_compliance.viewer",
    "Sees programmes, what belongs to them, and how they stand.",
    grants=[SEE_PROGRESS, *READ_ALL],
    rows=ALL,
)
TOP_MANAGER = Role(
    "ip_compliance.top_manager",
    "Acts for the top management: adopts the policy, issues documents, leads reviews, accepts risks.",
    grants=[
        *(DIRECT, APPROVE, SEE_PROGRESS, SEE_FEES),
        *(*READ_ALL, read(IpAsset), *map(read, REGISTERS), update(ComplianceProgram)),
        *(*change(IpPolicy), *change(ManagementReview)),
    ],
    rows=[*ALL, all_rows(IpAsset), *map(all_rows, REGISTERS)],
)
MANAGER = Role(
    "ip_compliance.manager",
    "Runs programmes from day to day, keeps the register of rights, and applies for certificates.",
    grants=[
        *(MANAGE, DIAGNOSE, WRITE, REVIEW, APPROVE, CORRECT, VERIFY, ASSESS, KEEP_ASSETS),
        *(SEE_PROGRESS, SEE_FEES),
        *READ_ALL,
        *(grant for one in KEPT_BY_MANAGER for grant in change(one)),
        *(update(AuditFinding), update(ComplianceCertificate), read(ComplianceReminder)),
    ],
    rows=[*ALL, *(all_rows(one) for one in (Party, IpAsset, ComplianceReminder, *REGISTERS))],
)
AUDITOR = Role(
    "ip_compliance.auditor",
    "Audits units other than their own, and verifies what is done about findings.",
    grants=[
        *(AUDIT, VERIFY, SEE_PROGRESS),
        *(*READ_ALL, *map(read, REGISTERS), *change(ComplianceAudit), *change(AuditFinding)),
    ],
    rows=[*ALL, *map(all_rows, REGISTERS)],
)
WRITER = Role(
    "ip_compliance.writer",
    "Writes documents and reviews what others have written.",
    grants=[
        *(WRITE, REVIEW, read(ComplianceReminder)),
        *(*change(SystemDocument), *change(SystemDocumentVersion)),
        *(read(one) for one in (*STANDARDS, ComplianceProgram, *FOUND, *BUILT)),
    ],
    rows=[
        *(all_rows(one) for one in (*STANDARDS, ComplianceProgram, *FOUND, *BUILT, *DOCUMENTS)),
        rows_where(ComplianceReminder, is_own_reminder, "own_reminder"),
    ],
)
UNIT_CONTACT = Role(
    "ip_compliance.unit_contact",
    "Records what a unit does by the system, and sees to findings, risks and incidents there.",
    grants=[
        *(CORRECT, ASSESS, read(ComplianceReminder), read(ComplianceObligation)),
        *(grant(one) for one in (IpRisk, IpIncident) for grant in (read, create, update)),
        *(*change(OperationRecord), read(AuditFinding), update(AuditFinding)),
        *(read(one) for one in (*STANDARDS, ComplianceProgram, *BUILT, *DOCUMENTS)),
    ],
    rows=[
        *(all_rows(one) for one in (*STANDARDS, ComplianceProgram, *BUILT)),
        rows_where(SystemDocument, is_for_all, "not_confidential"),
        rows_where(SystemDocumentVersion, is_issued_for_all, "issued"),
        *(unit(OperationRecord.unit), unit(AuditFinding.unit)),
        *(rule for one in OF_UNITS for rule in (unit(one.unit), own(one.owner))),
        rows_where(ComplianceReminder, is_own_reminder, "own_reminder"),
    ],
)
ADVISOR = Role(
    "ip_compliance.advisor",
    "Advises programmes from outside: assesses clauses, writes the diagnosis, does mock audits; never approves.",
    grants=[
        *(DIAGNOSE, AUDIT),
        *(read(ComplianceProgram), read(DiagnosisReport)),
        *(*change(ClauseAssessment), *change(ComplianceGap)),
        *(*change(ComplianceAudit), *change(AuditFinding)),
        *(read(one) for one in (*STANDARDS, *BUILT, *DOCUMENTS)),
    ],
    rows=[
        *(all_rows(one) for one in STANDARDS),
        rows_where(ComplianceProgram, lambda one, me: is_advised(one.id, me), "advised"),
        *(
            rows_where(one, is_of_advised, "advised")
            for one in (ClauseAssessment, DiagnosisReport, *BUILT)
        ),
        rows_where(SystemDocument, is_advised_document, "advised"),
        rows_where(ComplianceGap, is_advised_gap, "advised"),
        rows_where(SystemDocumentVersion, is_advised_version, "advised"),
        rows_where(ComplianceAudit, is_advised_audit, "advised"),
        rows_where(AuditFinding, is_advised_finding, "advised"),
    ],
)
