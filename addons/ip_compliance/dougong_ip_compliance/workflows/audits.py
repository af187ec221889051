"""How audits and their findings go, and that a review is held."""

from datetime import date

from dougong import Context, Workflow
from dougong_ip_compliance.entities import (
    AuditFinding,
    AuditState,
    ComplianceAudit,
    FindingState,
    ManagementReview,
    ReviewState,
)
from dougong_ip_compliance.permissions import AUDIT, CORRECT, DIRECT, VERIFY

audit_workflow = Workflow(ComplianceAudit, ComplianceAudit.state, final=[AuditState.CLOSED])
finding_workflow = Workflow(AuditFinding, AuditFinding.state, final=[FindingState.CLOSED])
review_workflow = Workflow(ManagementReview, ManagementReview.state, final=[ReviewState.HELD])


@audit_workflow.step(AuditState.PLANNED, to=AuditState.IN_PROGRESS, needs=AUDIT)
def begin(audit: ComplianceAudit, ctx: Context) -> None:
    """Open the audit: from now on results and findings are written down."""
    audit.began_on = ctx.now.date()


@audit_workflow.step(AuditState.IN_PROGRESS, to=AuditState.REPORTED, needs=AUDIT)
def report(audit: ComplianceAudit, ctx: Context, *, summary: str) -> None:
    """Give the report; what was seen and found does not change any more.

    summary: What it says in short.
    """
    audit.reported_at, audit.summary = ctx.now, summary.strip()


@audit_workflow.step(AuditState.REPORTED, to=AuditState.FOLLOW_UP, needs=AUDIT)
def follow_up(audit: ComplianceAudit, ctx: Context) -> None:
    """See to it that something is done about the findings."""


@audit_workflow.step(
    *(AuditState.REPORTED, AuditState.FOLLOW_UP), to=AuditState.CLOSED, needs=AUDIT
)
def close_audit(audit: ComplianceAudit, ctx: Context) -> None:
    """Nothing is left to be done about any finding."""


# Findings -----------------------------------------------------------------------------------


@finding_workflow.step(FindingState.OPEN, to=FindingState.ACTION_PLANNED, needs=CORRECT)
def plan(finding: AuditFinding, ctx: Context) -> None:
    """Say that it is clear what is done about it."""


@finding_workflow.step(FindingState.ACTION_PLANNED, to=FindingState.IMPLEMENTED, needs=CORRECT)
def implement(finding: AuditFinding, ctx: Context) -> None:
    """Say that the actions are done."""
    finding.implemented_by, finding.implemented_on = ctx.me, ctx.now.date()


@finding_workflow.step(
    FindingState.IMPLEMENTED, to=FindingState.VERIFIED, needs=VERIFY, not_by=(implement,)
)
def verify(finding: AuditFinding, ctx: Context) -> None:
    """Say that they work; never by whoever did them, or has one of them."""
    finding.verified_by = ctx.me


@finding_workflow.step(
    FindingState.IMPLEMENTED, to=FindingState.ACTION_PLANNED, needs=VERIFY, reason=True
)
def rework(finding: AuditFinding, ctx: Context, *, reason: str) -> None:
    """Say that the actions do not do; say why."""
    finding.rework_reason = reason


@finding_workflow.step(FindingState.VERIFIED, to=FindingState.CLOSED, needs=VERIFY)
def close(finding: AuditFinding, ctx: Context) -> None:
    """Nothing is left to be done about it."""


@finding_workflow.step(
    *(FindingState.OPEN, FindingState.ACTION_PLANNED),
    to=FindingState.ACCEPTED,
    needs=DIRECT,
    reason=True,
)
def accept(finding: AuditFinding, ctx: Context, *, until: date, reason: str) -> None:
    """Accept the risk for a while, as the top management; never of a major finding. Say why.

    until: The last day on which it is accepted.
    """
    finding.accepted_by, finding.accepted_until = ctx.me, until


@finding_workflow.step(FindingState.ACCEPTED, to=FindingState.OPEN, needs=VERIFY)
def reopen(finding: AuditFinding, ctx: Context) -> None:
    """The risk is not accepted any longer; done by itself after the last day."""
    finding.accepted_by = finding.accepted_until = None


# Reviews ------------------------------------------------------------------------------------


@review_workflow.step(ReviewState.PLANNED, to=ReviewState.HELD, needs=DIRECT)
def hold(review: ManagementReview, ctx: Context) -> None:
    """Close the minutes, as its chair: all was looked at, and everything decided."""
    review.held_at = ctx.now
