"""What keeps documents as they were handed in, and people apart who write, review and approve."""

from typing import Any

from dougong import Context, File, Forbidden, Invalid, Refused, WrongState, before, guard
from dougong_ip_compliance.actions.programs import issue_documents
from dougong_ip_compliance.entities import (
    Advisor,
    ApplicationState,
    AuditState,
    CertificationApplication,
    ComplianceAudit,
    ComplianceProgram,
    ConfidentialDisclosure,
    DiagnosisReport,
    DocumentState,
    IssueOrder,
    ManagementReview,
    ProgramState,
    ReviewState,
    Secrecy,
    SystemDocument,
    SystemDocumentVersion,
)
from dougong_ip_compliance.hooks.programs import check_part, open_program, stays
from dougong_ip_compliance.people import actors, advises
from dougong_ip_compliance.permissions import MANAGE
from dougong_ip_compliance.presence import is_ready, is_there
from dougong_ip_compliance.workflows.documents import (
    approve,
    hand_in,
    issue,
    make_obsolete,
    review,
)


@before(SystemDocument.create)
def list_a_document(document: SystemDocument, ctx: Context) -> None:
    """A document is one of a programme that goes on."""
    check_part(document.program, None, ctx)


@before(SystemDocument.update, form=True)
def keep_a_document_where_it_is(document: SystemDocument, ctx: Context, **form: Any) -> None:
    """It stays with its programme; managers alone say that it is confidential no more."""
    stays(document, form, "program")
    kept = document.secrecy is Secrecy.CONFIDENTIAL
    if kept and form.get("secrecy", document.secrecy) is not Secrecy.CONFIDENTIAL:
        _check_manages(ctx)


@before(ConfidentialDisclosure.create)
def show_to_advisors_only(one: ConfidentialDisclosure, ctx: Context) -> None:
    """A manager shows a document to somebody who advises its programme, nobody else (S4-106)."""
    _check_disclosure(one, {}, ctx)


@before(ConfidentialDisclosure.update, form=True)
def show_to_another_advisor(one: ConfidentialDisclosure, ctx: Context, **form: Any) -> None:
    """The same for another person; it stays with its document."""
    stays(one, form, "document")
    _check_disclosure(one, form, ctx)


@before(ConfidentialDisclosure.delete)
def hide_as_manager(one: ConfidentialDisclosure, ctx: Context) -> None:
    """Managers alone say who sees what."""
    _check_manages(ctx)


def _check_disclosure(one: ConfidentialDisclosure, form: dict[str, Any], ctx: Context) -> None:
    _check_manages(ctx)
    who, program = form.get("user", one.user), one.document.program
    of_it = (Advisor.program == program, Advisor.user == who, Advisor.active.is_(True))
    if not is_there(ctx, Advisor, *of_it):
        raise Invalid("shown_to_advisors_only", at="user", name=who.name, program=program.name)


def _check_manages(ctx: Context) -> None:
    if not ctx.may(MANAGE):
        raise Forbidden("managers_show_documents")


@before(SystemDocumentVersion.create)
def write_what_goes_on(version: SystemDocumentVersion, ctx: Context) -> None:
    """Whoever writes a version is its author."""
    check_part(version.document.program, None, ctx)
    version.author = ctx.me


@guard(SystemDocumentVersion.update)
def change_drafts_only(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """What was handed in does not change."""
    return _fixed(version)


@guard(SystemDocumentVersion.delete)
def delete_drafts_only(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """What was handed in is kept."""
    return _fixed(version)


@before(SystemDocumentVersion.update, form=True)
def note_the_author(version: SystemDocumentVersion, ctx: Context, **form: Any) -> None:
    """Whoever last changed it is its author; it stays a version of its document."""
    stays(version, form, "document")
    version.author = ctx.me


@guard(hand_in)
def hand_in_what_says_something(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """There is a text, or a file."""
    own = File.record == f"SystemDocumentVersion:{version.id}"
    if (version.text or "").strip() or is_there(ctx, File, own):
        return None
    return Refused("nothing_written")


@guard(review)
def review_no_advice(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """An advisor never approves (S4-106)."""
    return _own_file(review, version, ctx) or advises(
        version.document.program, review, version, ctx
    )


@guard(approve)
def approve_no_advice(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """An advisor never approves (S4-106)."""
    return _own_file(approve, version, ctx) or advises(
        version.document.program, approve, version, ctx
    )


@guard(issue)
def issue_by_an_order(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """Nobody issues a version by hand: an order does."""
    return None if version.issue_order is not None else Refused("issued_by_an_order")


@guard(make_obsolete)
def make_way_for_another(version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """Nobody makes a version obsolete by hand: the next one does."""
    return None if version.obsolete_on is not None else Refused("replaced_by_another")


@guard(issue_documents)
def issue_what_goes_on(program: ComplianceProgram, ctx: Context) -> Refused | None:
    """First once it is that step's turn (S4-111), then as often as needed; by no advisor (S4-106)."""
    if program.state not in (ProgramState.RUNNING, ProgramState.COMPLETED):
        return open_program(program) or WrongState("program_not_started", name=program.name)
    before = is_there(ctx, IssueOrder, IssueOrder.program == program)
    if not before and not is_ready(program, "issue", ctx):
        return Refused("issued_too_early")
    return advises(program, issue_documents, program, ctx)


def _own_file(verb: Any, version: SystemDocumentVersion, ctx: Context) -> Refused | None:
    """Whoever uploaded the text wrote it (S4-110)."""
    own = File.record == f"SystemDocumentVersion:{version.id}"
    by = [one.created_by for one in ctx.find(File, own)]
    if any(one is not None and one.id in actors(verb, version, ctx) for one in by):
        return Forbidden("uploaded_it")
    return None


def _fixed(version: SystemDocumentVersion) -> Refused | None:
    if version.state is DocumentState.DRAFT:
        return None
    return WrongState("version_is_fixed", state=version.state)


# Files --------------------------------------------------------------------------------------


@before(File.create)
def add_files_to_drafts_only(file: File, ctx: Context) -> None:
    """What was handed in is what is reviewed, its files included."""
    _check_version(file, ctx)
    _check_proof(file, ctx)


@before(File.update)
def rename_files_of_drafts_only(file: File, ctx: Context) -> None:
    """The same for what files are called."""
    _check_version(file, ctx)
    _check_proof(file, ctx)


@before(File.delete)
def keep_what_others_rely_on(file: File, ctx: Context) -> None:
    """Files of versions that were handed in, of reported audits and of minutes stay, reports and packages too."""
    _check_version(file, ctx)
    _check_proof(file, ctx)
    if file.entity == "ip_compliance.diagnosis_report":
        found = DiagnosisReport.sha256 == file.sha256
        if ctx.find(DiagnosisReport, DiagnosisReport.id == file.number, found):
            raise Refused("file_is_kept", name=file.name)
    if file.entity == "ip_compliance.certification_application":
        sent = (
            CertificationApplication.package_sha256 == file.sha256,
            CertificationApplication.state != ApplicationState.DRAFT,
        )
        if ctx.find(CertificationApplication, CertificationApplication.id == file.number, *sent):
            raise Refused("file_is_kept", name=file.name)


def _check_version(file: File, ctx: Context) -> None:
    if file.entity != "ip_compliance.system_document_version":
        return
    for version in ctx.find(SystemDocumentVersion, SystemDocumentVersion.id == file.number):
        ctx.lock(version)
        if fixed := _fixed(version):
            raise Invalid(fixed.code, state=version.state)


def _check_proof(file: File, ctx: Context) -> None:
    """What a report or minutes rely on stays as it was."""
    open_ = (AuditState.PLANNED, AuditState.IN_PROGRESS)
    of_audit = (ComplianceAudit.id == file.number, ComplianceAudit.state.not_in(open_))
    held = (ManagementReview.id == file.number, ManagementReview.state == ReviewState.HELD)
    audits, reviews = "ip_compliance.compliance_audit", "ip_compliance.management_review"
    kept = file.entity == audits and bool(ctx.find(ComplianceAudit, *of_audit))
    if kept or (file.entity == reviews and ctx.find(ManagementReview, *held)):
        raise Refused("file_is_kept", name=file.name)
