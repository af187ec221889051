"""What keeps obligations, risks, incidents and penalties as they were when others relied on them."""

from datetime import date
from typing import Any

from dougong import Context, Forbidden, Invalid, Refused, WrongState, before, guard
from dougong_ip_compliance.actions.obligations import assess_obligation
from dougong_ip_compliance.entities import (
    ComplianceObligation,
    IncidentState,
    IpIncident,
    IpPenalty,
    IpRisk,
    ObligationClause,
    ObligationState,
    PenaltyState,
    RiskState,
    RiskTreatment,
)
from dougong_ip_compliance.hooks.programs import stays
from dougong_ip_compliance.people import actors, advises_somewhere
from dougong_ip_compliance.workflows.incidents import annul, conclude, deal_with, serve
from dougong_ip_compliance.workflows.risks import resolve, tolerate, treat

UNDER_WAY = (RiskState.OPEN, RiskState.IN_TREATMENT)

# Obligations --------------------------------------------------------------------------------


@guard(ComplianceObligation.update)
def change_what_is_in_force(obligation: ComplianceObligation, ctx: Context) -> Refused | None:
    """What has ended stays as it was."""
    return _ended(obligation)


@guard(ComplianceObligation.delete)
def delete_what_nobody_assessed(obligation: ComplianceObligation, ctx: Context) -> Refused | None:
    """What was assessed ends, saying why; it is not deleted."""
    return None if obligation.assessed_at is None else Refused("obligation_was_assessed")


@guard(assess_obligation)
def assess_what_is_in_force(obligation: ComplianceObligation, ctx: Context) -> Refused | None:
    """What has ended is not assessed any more."""
    return _ended(obligation)


@before(ObligationClause.create)
def add_clauses_of_what_is_in_force(one: ObligationClause, ctx: Context) -> None:
    """What has ended stays as it was."""
    ctx.lock(one.obligation)
    if over := _ended(one.obligation):
        raise over


@before(ObligationClause.update, form=True)
def keep_a_clause_with_its_obligation(one: ObligationClause, ctx: Context, **form: Any) -> None:
    """A clause asks to look after the same obligation."""
    stays(one, form, "obligation")
    if over := _ended(one.obligation):
        raise over


@guard(ObligationClause.delete, loads=(ObligationClause.obligation,))
def drop_clauses_of_what_is_in_force(one: ObligationClause, ctx: Context) -> Refused | None:
    """What has ended stays as it was."""
    return _ended(one.obligation)


def _ended(obligation: ComplianceObligation) -> Refused | None:
    if obligation.state is ObligationState.IN_FORCE:
        return None
    return WrongState("obligation_has_ended", state=obligation.state)


# Risks --------------------------------------------------------------------------------------


@guard(IpRisk.update)
def change_what_is_not_accepted(risk: IpRisk, ctx: Context) -> Refused | None:
    """What was accepted or closed is what somebody looked at: reopen it first."""
    return _fixed(risk)


@before(IpRisk.update, form=True)
def keep_who_treats_it_and_how(risk: IpRisk, ctx: Context, **form: Any) -> None:
    """Nobody gives a risk away to decide about it; and while it is treated there is a plan."""
    _check_given_away(IpRisk.update, risk, form, ctx)
    if risk.state is RiskState.IN_TREATMENT and (lacking := _unplanned(risk, form)):
        raise lacking


@guard(IpRisk.delete)
def delete_open_risks_only(risk: IpRisk, ctx: Context) -> Refused | None:
    """What somebody has dealt with stays."""
    if risk.state is RiskState.OPEN and risk.reason is None:
        return None
    return WrongState("risk_is_fixed", state=risk.state)


@guard(treat)
def treat_with_a_plan(risk: IpRisk, ctx: Context) -> Refused | None:
    """It is said what is done until when; what shall be accepted is accepted by the top management."""
    return _unplanned(risk, {})


def _unplanned(risk: IpRisk, form: dict[str, Any]) -> Refused | None:
    names = ("treatment", "measures", "due_on")
    treatment, measures, due_on = (form.get(name, getattr(risk, name)) for name in names)
    if treatment is RiskTreatment.ACCEPT:
        return Refused("treatment_is_accept")
    if not (measures or "").strip() or due_on is None:
        return Refused("treatment_missing")
    return None


@guard(tolerate, loads=(IpRisk.owner,))
def accept_risks_of_others(risk: IpRisk, ctx: Context) -> Refused | None:
    """Whoever sees to a risk does not accept it; an advisor accepts none (S4-106)."""
    return _own(tolerate, risk, ctx)


@before(tolerate, form=True)
def accept_until_a_day_to_come(risk: IpRisk, ctx: Context, **form: Any) -> None:
    """A risk is accepted until a day to come."""
    if form["until"] <= ctx.now.date():
        raise Invalid("accepted_in_the_past", at="until", today=ctx.now.date())


@guard(resolve, loads=(IpRisk.owner,))
def close_risks_of_others(risk: IpRisk, ctx: Context) -> Refused | None:
    """Whoever sees to a risk does not say that nothing is left of it."""
    return _own(resolve, risk, ctx)


def _own(verb: Any, record: IpRisk | IpIncident, ctx: Context) -> Refused | None:
    if record.owner.id in actors(verb, record, ctx):
        return Forbidden("owner_does_not_decide", name=record.owner.name)
    return advises_somewhere(verb, record, ctx)


def _check_given_away(
    verb: Any, record: IpRisk | IpIncident, form: dict[str, Any], ctx: Context
) -> None:
    """Somebody else gives it to another: else its owner could be rid of it, and then decide."""
    given = form.get("owner", record.owner) is not record.owner
    if given and record.owner.id in actors(verb, record, ctx):
        raise Forbidden("owner_does_not_decide", at="owner", name=record.owner.name)


def _fixed(risk: IpRisk) -> Refused | None:
    if risk.state in UNDER_WAY:
        return None
    return WrongState("risk_is_fixed", state=risk.state)


# Incidents ----------------------------------------------------------------------------------


@before(IpIncident.create)
def report_an_incident(incident: IpIncident, ctx: Context) -> None:
    """Whoever enters it has found it, unless somebody else is named; it was found by today."""
    incident.found_by = incident.found_by or ctx.me
    _check_day(incident.found_on, "found_on", ctx)


@guard(IpIncident.update)
def change_what_is_not_closed(incident: IpIncident, ctx: Context) -> Refused | None:
    """What somebody else has seen, or is to see, stays as it was."""
    return _dealt_with(incident)


@guard(IpIncident.delete)
def delete_what_was_only_reported(incident: IpIncident, ctx: Context) -> Refused | None:
    """What was dealt with stays, also where it was given back."""
    if incident.state is IncidentState.REPORTED and incident.cause is None:
        return None
    return WrongState("incident_is_fixed", state=incident.state)


@before(IpIncident.update, form=True)
def keep_the_day_true(incident: IpIncident, ctx: Context, **form: Any) -> None:
    """It was found by today; and once somebody has dealt with it, its owner does not give it away."""
    if incident.cause is not None:
        _check_given_away(IpIncident.update, incident, form, ctx)
    _check_day(form.get("found_on", incident.found_on), "found_on", ctx)


@before(deal_with, form=True)
def say_why_and_what(incident: IpIncident, ctx: Context, **form: Any) -> None:
    """A cause and an action are said, both in words."""
    for name in ("cause", "action"):
        if not form[name].strip():
            raise Invalid("cause_or_action_missing", at=name)


@guard(conclude, loads=(IpIncident.owner,))
def close_incidents_of_others(incident: IpIncident, ctx: Context) -> Refused | None:
    """Whoever sees to an incident does not close it."""
    return _own(conclude, incident, ctx)


def _dealt_with(incident: IpIncident) -> Refused | None:
    if incident.state is IncidentState.REPORTED:
        return None
    return WrongState("incident_is_fixed", state=incident.state)


# Penalties ----------------------------------------------------------------------------------

KEPT = ("authority", "decided_on", "amount", "reason", "incident")


@before(IpPenalty.create)
def enter_what_was_decided(penalty: IpPenalty, ctx: Context) -> None:
    """A penalty is one that was decided."""
    _check_day(penalty.decided_on, "decided_on", ctx)


@before(IpPenalty.update, form=True)
def keep_what_was_decided(penalty: IpPenalty, ctx: Context, **form: Any) -> None:
    """Nobody moves a decision to another day, so that an application becomes possible."""
    if penalty.state is PenaltyState.ANNULLED:
        raise WrongState("penalty_is_fixed", state=penalty.state)
    for name in KEPT:
        if form.get(name, getattr(penalty, name)) != getattr(penalty, name):
            raise Invalid("penalty_is_fixed", at=name, state=penalty.state)


@guard(IpPenalty.delete)
def keep_penalties(penalty: IpPenalty, ctx: Context) -> Refused | None:
    """A penalty that was entered by mistake is annulled, saying so."""
    return Refused("penalty_is_fixed", state=penalty.state)


@before(serve, form=True)
def serve_by_today(penalty: IpPenalty, ctx: Context, **form: Any) -> None:
    """It was paid since the decision, by today."""
    _check_day(form["on"], "on", ctx)
    if form["on"] < penalty.decided_on:
        raise Invalid("served_before_decided", at="on", decided=penalty.decided_on)


@guard(annul)
def annul_no_advice(penalty: IpPenalty, ctx: Context) -> Refused | None:
    """An advisor never decides (S4-106)."""
    return advises_somewhere(annul, penalty, ctx)


def _check_day(on: date, at: str, ctx: Context) -> None:
    if on > ctx.now.date():
        raise Invalid("done_in_the_future", at=at, today=ctx.now.date())
