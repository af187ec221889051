"""That somebody says how far an obligation is kept."""

from datetime import date

from dougong import Context, Invalid, action
from dougong_ip_compliance.entities import ComplianceObligation, ObligationStatus
from dougong_ip_compliance.permissions import ASSESS


@action(needs=ASSESS)
def assess_obligation(
    obligation: ComplianceObligation,
    ctx: Context,
    *,
    status: ObligationStatus,
    assessment: str,
    review_on: date,
) -> ComplianceObligation:
    """Say how far an obligation is kept today, and when somebody looks again.

    status: How far it is kept.
    assessment: What was seen.
    review_on: By when somebody looks again.
    """
    if status is ObligationStatus.NOT_ASSESSED:
        raise Invalid("assessed_as_nothing", at="status")
    if not assessment.strip():
        raise Invalid("assessment_missing", at="assessment")
    if review_on <= ctx.now.date():
        raise Invalid("review_in_the_past", at="review_on", today=ctx.now.date())
    obligation.assessed_by = ctx.me
    obligation.status, obligation.assessed_at = status, ctx.now
    obligation.assessment = assessment.strip()
    obligation.review_on = review_on
    return obligation
