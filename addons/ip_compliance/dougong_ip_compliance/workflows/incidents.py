"""How an incident goes: reported, dealt with, closed by somebody else; and whether a penalty stands."""

from datetime import date

from dougong import Context, Workflow
from dougong_ip_compliance.entities import IncidentState, IpIncident, IpPenalty, PenaltyState
from dougong_ip_compliance.permissions import CORRECT, DIRECT, MANAGE, VERIFY

incident_workflow = Workflow(IpIncident, IpIncident.state, final=[IncidentState.CLOSED])
penalty_workflow = Workflow(IpPenalty, IpPenalty.state, final=[PenaltyState.ANNULLED])


@incident_workflow.step(IncidentState.REPORTED, to=IncidentState.DEALT_WITH, needs=CORRECT)
def deal_with(incident: IpIncident, ctx: Context, *, cause: str, action: str) -> None:
    """Say why it happened, and what was done.

    cause: Why it happened.
    action: What keeps it from happening again.
    """
    incident.cause, incident.action = cause.strip(), action.strip()
    incident.dealt_with_by = ctx.me


@incident_workflow.step(
    IncidentState.DEALT_WITH, to=IncidentState.REPORTED, needs=VERIFY, reason=True
)
def give_back(incident: IpIncident, ctx: Context, *, reason: str) -> None:
    """Say that this does not do; say why."""
    incident.rework_reason = reason


@incident_workflow.step(
    IncidentState.DEALT_WITH, to=IncidentState.CLOSED, needs=VERIFY, not_by=(deal_with,)
)
def conclude(incident: IpIncident, ctx: Context) -> None:
    """Say that this does; never by whoever dealt with it, or sees to it."""
    incident.closed_by, incident.closed_on = ctx.me, ctx.now.date()


# Penalties ----------------------------------------------------------------------------------


@penalty_workflow.step(PenaltyState.IMPOSED, to=PenaltyState.SERVED, needs=MANAGE)
def serve(penalty: IpPenalty, ctx: Context, *, on: date) -> None:
    """It is paid, or otherwise done with; it stands all the same.

    on: When.
    """
    penalty.served_on = on


@penalty_workflow.step(
    *(PenaltyState.IMPOSED, PenaltyState.SERVED),
    to=PenaltyState.ANNULLED,
    needs=DIRECT,
    not_by=(IpPenalty.create,),
    reason=True,
)
def annul(penalty: IpPenalty, ctx: Context, *, reason: str) -> None:
    """It does not stand: a court set it aside, or it was entered by mistake. Say why.

    Never by whoever entered it.
    """
    penalty.annul_reason = reason
