"""What is done in a programme: the diagnosis report is written, documents are issued, a package is made."""

from collections import defaultdict

from dougong import Context, Refused, action, attach
from dougong_ip_compliance.diagnosing import counts_of, report_on
from dougong_ip_compliance.entities import (
    CertificationApplication,
    ComplianceProgram,
    DiagnosisReport,
    DocumentState,
    IssueOrder,
    SystemDocument,
    SystemDocumentVersion,
)
from dougong_ip_compliance.package import LARGEST, contents_for, packed
from dougong_ip_compliance.permissions import DIAGNOSE, DIRECT, MANAGE
from dougong_ip_compliance.workflows.documents import issue, make_obsolete

JSON, ZIP = "application/json", "application/zip"
KEPT = (DocumentState.APPROVED, DocumentState.ISSUED)


@action(needs=DIAGNOSE)
def write_diagnosis(program: ComplianceProgram, ctx: Context) -> DiagnosisReport:
    """Write the diagnosis report of what was assessed, as a file of it (S4-108)."""
    said = report_on(program, ctx)
    counts = counts_of(program, ctx)
    report = ctx.create(
        DiagnosisReport(program=program, written_on=ctx.now.date(), sha256="", **counts)
    )
    report.sha256 = attach(ctx, report, "diagnosis.json", JSON, [said]).sha256
    return report


@action(needs=DIRECT)
def issue_documents(
    program: ComplianceProgram, ctx: Context, *, number: str, title: str
) -> IssueOrder:
    """Issue all approved versions by an order; those that held before are obsolete the same instant (S4-111).

    number: The number of the order.
    title: What is ordered.
    """
    of_it = SystemDocument.program == program
    ctx.hold(SystemDocument, of_it)
    found = SystemDocumentVersion.document.has(of_it)
    versions: dict[DocumentState, list[SystemDocumentVersion]] = defaultdict(list)
    for one in ctx.hold(SystemDocumentVersion, found, SystemDocumentVersion.state.in_(KEPT)):
        versions[one.state].append(one)
    new = versions[DocumentState.APPROVED]
    if not new:
        raise Refused("nothing_to_issue", name=program.name)
    newest = {one.document: one for one in new}
    order = ctx.create(
        IssueOrder(
            program=program,
            number=number,
            title=title,
            issued_on=ctx.now.date(),
            issued_by=ctx.me,
            scope=program.scope,
        )
    )
    for one in [*versions[DocumentState.ISSUED], *new]:
        if one.document in newest and newest[one.document] is not one:
            one.obsolete_on = ctx.now.date()
            _make_way(one, order, ctx)
    for one in newest.values():
        one.issue_order = order
        issue(one, ctx)
    return order


def _make_way(version: SystemDocumentVersion, order: IssueOrder, ctx: Context) -> None:
    """A version is obsolete; one that was approved and never issued is issued for no moment."""
    if version.state is DocumentState.APPROVED:
        version.issue_order = order
        issue(version, ctx)
    make_obsolete(version, ctx)


@action(needs=MANAGE)
def pack_application(
    application: CertificationApplication, ctx: Context
) -> CertificationApplication:
    """Make the package of an application: a ZIP with a list of hashes, as a file of it (S4-116)."""
    contents = contents_for(application, ctx)
    if contents.size > LARGEST:
        raise Refused("package_too_large", megabytes=LARGEST // 1024**2)
    made = attach(ctx, application, "package.zip", ZIP, packed(contents))
    application.package_sha256, application.contents_sha256 = made.sha256, contents.sha256
    return application
