"""How a version of a document goes: draft → review → approved → issued → obsolete (S4-110)."""

from dougong import Context, Workflow
from dougong_ip_compliance.entities import DocumentState, SystemDocumentVersion
from dougong_ip_compliance.permissions import APPROVE, DIRECT, REVIEW, WRITE

version_workflow = Workflow(
    SystemDocumentVersion, SystemDocumentVersion.state, final=[DocumentState.OBSOLETE]
)


@version_workflow.step(DocumentState.DRAFT, to=DocumentState.IN_REVIEW, needs=WRITE)
def hand_in(version: SystemDocumentVersion, ctx: Context) -> None:
    """Have it reviewed; from now on nobody changes what it says."""


@version_workflow.step(
    DocumentState.IN_REVIEW,
    to=DocumentState.REVIEWED,
    needs=REVIEW,
    not_by=(SystemDocumentVersion.create, SystemDocumentVersion.update, hand_in),
)
def review(version: SystemDocumentVersion, ctx: Context) -> None:
    """Say that it is right; never by whoever wrote it."""
    version.reviewer = ctx.me


@version_workflow.step(
    *(DocumentState.IN_REVIEW, DocumentState.REVIEWED),
    to=DocumentState.DRAFT,
    needs=REVIEW,
    reason=True,
)
def send_back(version: SystemDocumentVersion, ctx: Context, *, reason: str) -> None:
    """Give it back to its author; say what is wrong."""
    version.send_back_reason = reason
    version.reviewer = None


@version_workflow.step(
    DocumentState.REVIEWED,
    to=DocumentState.APPROVED,
    needs=APPROVE,
    not_by=(SystemDocumentVersion.create, SystemDocumentVersion.update, hand_in, review),
)
def approve(version: SystemDocumentVersion, ctx: Context) -> None:
    """Say that it may be issued; never by its author or its reviewer."""
    version.approver = ctx.me


@version_workflow.step(DocumentState.APPROVED, to=DocumentState.ISSUED, needs=DIRECT)
def issue(version: SystemDocumentVersion, ctx: Context) -> None:
    """An order issues it (issueDocuments); done by itself."""


@version_workflow.step(DocumentState.ISSUED, to=DocumentState.OBSOLETE, needs=DIRECT)
def make_obsolete(version: SystemDocumentVersion, ctx: Context) -> None:
    """Another version takes its place the same instant; it is kept. Done by itself."""
