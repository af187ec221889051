"""How a risk goes: open, treated, accepted for a while, closed."""

from datetime import date

from dougong import Context, Workflow
from dougong_ip_compliance.entities import IpRisk, RiskState
from dougong_ip_compliance.permissions import CORRECT, DIRECT, VERIFY

risk_workflow = Workflow(IpRisk, IpRisk.state, final=[RiskState.CLOSED])


@risk_workflow.step(RiskState.OPEN, to=RiskState.IN_TREATMENT, needs=CORRECT)
def treat(risk: IpRisk, ctx: Context) -> None:
    """Begin with what is done about it."""


@risk_workflow.step(
    *(RiskState.OPEN, RiskState.IN_TREATMENT), to=RiskState.ACCEPTED, needs=DIRECT, reason=True
)
def tolerate(risk: IpRisk, ctx: Context, *, until: date, reason: str) -> None:
    """Live with it for a while, as the top management; never one's own. Say why.

    until: The last day on which it is accepted.
    """
    risk.accepted_by, risk.accepted_until, risk.reason = ctx.me, until, reason


@risk_workflow.step(
    *(RiskState.IN_TREATMENT, RiskState.ACCEPTED), to=RiskState.OPEN, needs=VERIFY, reason=True
)
def reconsider(risk: IpRisk, ctx: Context, *, reason: str) -> None:
    """Look at it anew; say why. Done by itself after the last day on which it was accepted."""
    risk.accepted_by = risk.accepted_until = None
    risk.reason = reason


@risk_workflow.step(RiskState.IN_TREATMENT, to=RiskState.CLOSED, needs=VERIFY, reason=True)
def resolve(risk: IpRisk, ctx: Context, *, reason: str) -> None:
    """Nothing is left to be done about it; say what became of it. Never by its owner."""
    risk.reason = reason
