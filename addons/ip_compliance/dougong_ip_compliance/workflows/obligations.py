"""That an obligation ends."""

from dougong import Context, Workflow
from dougong_ip_compliance.entities import ComplianceObligation, ObligationState
from dougong_ip_compliance.permissions import MANAGE

obligation_workflow = Workflow(
    ComplianceObligation, ComplianceObligation.state, final=[ObligationState.ENDED]
)


@obligation_workflow.step(
    ObligationState.IN_FORCE, to=ObligationState.ENDED, needs=MANAGE, reason=True
)
def end(obligation: ComplianceObligation, ctx: Context, *, reason: str) -> None:
    """It holds no longer; say why. How it was last assessed stays."""
    obligation.end_reason = reason
