"""What findings need before they are closed, and that nobody verifies what they did."""

from typing import Any

from dougong import Context, Forbidden, Invalid, Refused, User, WrongState, before, guard
from dougong_ip_compliance.entities import (
    AuditFinding,
    AuditState,
    CorrectiveAction,
    FindingGrade,
    FindingState,
)
from dougong_ip_compliance.hooks.audits import reported
from dougong_ip_compliance.hooks.programs import check_part, stays
from dougong_ip_compliance.people import actors, advises
from dougong_ip_compliance.permissions import AUDIT
from dougong_ip_compliance.presence import is_there
from dougong_ip_compliance.workflows.audits import accept, implement, plan, reopen, verify


@before(AuditFinding.create)
def find_while_it_goes_on(finding: AuditFinding, ctx: Context) -> None:
    """Something is found in an audit that is in progress."""
    ctx.lock(finding.audit)
    if finding.audit.state is not AuditState.IN_PROGRESS:
        raise WrongState("audit_not_in_progress", state=finding.audit.state)
    check_part(finding.audit.program, finding.clause, ctx)


@guard(AuditFinding.update)
def change_findings_before_the_report(finding: AuditFinding, ctx: Context) -> Refused | None:
    """Once it is reported nobody makes it less grave."""
    return reported(finding.audit)


@guard(AuditFinding.delete)
def delete_findings_before_the_report(finding: AuditFinding, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return reported(finding.audit)


@before(AuditFinding.update, form=True)
def keep_a_finding_where_it_is(finding: AuditFinding, ctx: Context, **form: Any) -> None:
    """It stays with its audit and its clause; what it says is the auditors' to say."""
    stays(finding, form, "audit", "clause")
    if form and not ctx.may(AUDIT):
        raise Forbidden("auditors_write_findings")


@before(CorrectiveAction.create)
def plan_before_it_is_done(action: CorrectiveAction, ctx: Context) -> None:
    """Actions are planned until somebody says that they are done."""
    ctx.lock(action.finding)
    if over := _not_planned(action):
        raise over


@guard(CorrectiveAction.update)
def change_plans_only(action: CorrectiveAction, ctx: Context) -> Refused | None:
    """What was done stays as it was planned."""
    return _not_planned(action)


@guard(CorrectiveAction.delete)
def delete_plans_only(action: CorrectiveAction, ctx: Context) -> Refused | None:
    """What was planned stays: whoever had an action once does not verify it."""
    if action.finding.state is FindingState.OPEN:
        return None
    return WrongState("action_is_fixed", state=action.finding.state)


@before(CorrectiveAction.update, form=True)
def keep_an_action_where_it_is(action: CorrectiveAction, ctx: Context, **form: Any) -> None:
    """It stays with its finding, and once it is planned with its owner: enter another one."""
    planned = ("owner",) if action.finding.state is not FindingState.OPEN else ()
    stays(action, form, "finding", *planned)


@guard(plan)
def plan_something(finding: AuditFinding, ctx: Context) -> Refused | None:
    """There is an action, with its cause."""
    return _without_action(finding, ctx)


@guard(implement)
def do_something(finding: AuditFinding, ctx: Context) -> Refused | None:
    """There is an action still."""
    return _without_action(finding, ctx)


def _without_action(finding: AuditFinding, ctx: Context) -> Refused | None:
    if is_there(ctx, CorrectiveAction, CorrectiveAction.finding == finding):
        return None
    return Refused("no_action_planned")


@guard(verify)
def verify_what_others_did(finding: AuditFinding, ctx: Context) -> Refused | None:
    """Nobody verifies an action of their own."""
    acting = actors(verify, finding, ctx)
    own = CorrectiveAction.owner.has(User.id.in_(acting))
    if is_there(ctx, CorrectiveAction, CorrectiveAction.finding == finding, own):
        return Forbidden("verifies_own_action")
    return _without_action(finding, ctx) or advises(finding.audit.program, verify, finding, ctx)


@guard(accept)
def accept_small_risks_only(finding: AuditFinding, ctx: Context) -> Refused | None:
    """A major finding is put right, not accepted; an advisor accepts nothing (S4-106)."""
    if finding.grade is FindingGrade.MAJOR:
        return Refused("major_not_accepted")
    return advises(finding.audit.program, accept, finding, ctx)


@before(accept, form=True)
def accept_for_a_while(finding: AuditFinding, ctx: Context, **form: Any) -> None:
    """A risk is accepted until a day to come."""
    if form["until"] <= ctx.now.date():
        raise Invalid("accepted_in_the_past", at="until", today=ctx.now.date())


@guard(reopen)
def reopen_after_the_last_day(finding: AuditFinding, ctx: Context) -> Refused | None:
    """An accepted risk stays accepted until its last day is over."""
    until = finding.accepted_until
    if until is not None and until < ctx.now.date():
        return None
    return Refused("still_accepted", until=until)


def _not_planned(action: CorrectiveAction) -> Refused | None:
    if action.finding.state in (FindingState.OPEN, FindingState.ACTION_PLANNED):
        return None
    return WrongState("action_is_fixed", state=action.finding.state)
