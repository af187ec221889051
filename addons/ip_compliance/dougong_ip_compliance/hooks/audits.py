"""What audits must look at, who may not look, and what findings need before they are closed."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import selectinload

from dougong import Context, Forbidden, Invalid, Refused, User, WrongState, before, guard
from dougong_ip_compliance.clauses import applicable, numbers
from dougong_ip_compliance.entities import (
    INPUTS,
    OUTPUTS,
    AuditFinding,
    AuditItem,
    AuditState,
    ComplianceAudit,
    ComplianceAuditKind,
    CorrectiveAction,
    FindingGrade,
    FindingState,
    ManagementReview,
    ReviewState,
)
from dougong_ip_compliance.hooks.programs import check_part, open_program, stays
from dougong_ip_compliance.people import actors, advises, belongs_to, is_top_manager
from dougong_ip_compliance.permissions import AUDIT
from dougong_ip_compliance.presence import count_of, is_there
from dougong_ip_compliance.workflows.audits import (
    accept,
    close_audit,
    hold,
    implement,
    plan,
    reopen,
    report,
    verify,
)

OPEN = (AuditState.PLANNED, AuditState.IN_PROGRESS)
OVER = (FindingState.CLOSED, FindingState.ACCEPTED)
LOOKED_AT = (ComplianceAuditKind.INTERNAL, ComplianceAuditKind.MOCK)
"""Audits of our own, which look at every clause."""


@before(ComplianceAudit.create)
def plan_an_audit(audit: ComplianceAudit, ctx: Context) -> None:
    """Whoever plans it leads it, unless somebody else is named."""
    check_part(audit.program, None, ctx)
    audit.lead = audit.lead or ctx.me


@guard(ComplianceAudit.update)
def change_open_audits_only(audit: ComplianceAudit, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return _reported(audit)


@guard(ComplianceAudit.delete)
def delete_planned_audits_only(audit: ComplianceAudit, ctx: Context) -> Refused | None:
    """What was begun stays."""
    if audit.state is AuditState.PLANNED:
        return None
    return WrongState("audit_is_fixed", state=audit.state)


@before(ComplianceAudit.update, form=True)
def keep_an_audit_what_it_is(audit: ComplianceAudit, ctx: Context, **form: Any) -> None:
    """It stays with its programme, and of its kind."""
    stays(audit, form, "program", "kind")


# Items --------------------------------------------------------------------------------------


@before(AuditItem.create)
def look_at_others_only(item: AuditItem, ctx: Context) -> None:
    """Nobody audits their own unit, as it was on that day (S4-113)."""
    ctx.lock(item.audit)
    if over := _reported(item.audit):
        raise over
    check_part(item.audit.program, item.clause, ctx)
    _check_auditor(item, {}, ctx)
    if item.conforms is not None:
        _check_writer(item, item.auditor, ctx)


@guard(AuditItem.update)
def change_items_of_open_audits_only(item: AuditItem, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return _reported(item.audit)


@guard(AuditItem.delete)
def delete_items_of_open_audits_only(item: AuditItem, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return _reported(item.audit)


@before(AuditItem.update, form=True)
def look_at_others_only_still(item: AuditItem, ctx: Context, **form: Any) -> None:
    """The same for another auditor, unit or day."""
    stays(item, form, "audit", "clause")
    _check_auditor(item, form, ctx)
    changed = {name for name, value in form.items() if value != getattr(item, name)}
    if changed & {"conforms", "seen"} or (changed and item.conforms is not None):
        _check_writer(item, form.get("auditor", item.auditor), ctx)


def _check_writer(item: AuditItem, auditor: User, ctx: Context) -> None:
    """In audits of our own, what was seen is said by the auditor who is named, who may audit (S4-113)."""
    if item.audit.kind not in LOOKED_AT:
        return
    if ctx.me is not auditor or item.auditor is not auditor or not ctx.may(AUDIT):
        raise Forbidden("auditor_says_it", at="auditor", name=item.auditor.name)


def _check_auditor(item: AuditItem, form: dict[str, Any], ctx: Context) -> None:
    auditor, unit = form.get("auditor", item.auditor), form.get("unit", item.unit)
    if belongs_to(auditor, unit, form.get("audited_on", item.audited_on), ctx):
        raise Forbidden("audits_own_unit", at="auditor", name=auditor.name, unit=unit.name)


def _is_on_its_day(item: AuditItem, ctx: Context) -> bool:
    began = item.audit.began_on or item.audited_on
    return began <= item.audited_on <= ctx.now.date()


# Reports ------------------------------------------------------------------------------------


@guard(report, loads=(selectinload(ComplianceAudit.items),))
def report_what_was_looked_at(audit: ComplianceAudit, ctx: Context) -> Refused | None:
    """Each clause that applies was looked at, by nobody of that unit, and each result is there."""
    faults = list(_unfinished(audit, ctx))
    return Refused.all(faults) if faults else None


@before(report, form=True)
def say_something(audit: ComplianceAudit, ctx: Context, *, summary: str) -> None:
    """A report says something; where people belonged is looked at once more (S4-113)."""
    if not summary.strip():
        raise Invalid("summary_missing", at="summary")
    for one in audit.items:
        _check_auditor(one, {}, ctx)


def _unfinished(audit: ComplianceAudit, ctx: Context) -> Iterator[Refused]:
    if any(one.conforms is None for one in audit.items):
        yield Refused("results_missing", count=sum(one.conforms is None for one in audit.items))
    if off := [one for one in audit.items if not _is_on_its_day(one, ctx)]:
        yield Refused("audited_on_another_day", on=off[0].audited_on, began=audit.began_on)
    if audit.kind in LOOKED_AT:
        seen = {one.clause for one in audit.items}
        if unseen := [one for one in applicable(audit.program, ctx) if one not in seen]:
            yield Refused("clauses_not_audited", clauses=numbers(unseen))
    bad = {one.clause for one in audit.items if one.conforms is False}
    found = (
        {one.clause for one in ctx.find(AuditFinding, AuditFinding.audit == audit)}
        if bad
        else set()
    )
    if without := sorted(bad - found, key=lambda one: one.id):
        yield Refused("clauses_without_finding", clauses=numbers(without))


@guard(close_audit)
def close_when_nothing_is_left(audit: ComplianceAudit, ctx: Context) -> Refused | None:
    """All findings are closed, or their risk is accepted."""
    of_it = AuditFinding.audit == audit
    left = count_of(ctx, AuditFinding, of_it, AuditFinding.state.not_in(OVER))
    return Refused("findings_left", count=left) if left else None


def _reported(audit: ComplianceAudit) -> Refused | None:
    if audit.state in OPEN:
        return None
    return WrongState("audit_is_fixed", state=audit.state)


# Findings -----------------------------------------------------------------------------------


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
    return _reported(finding.audit)


@guard(AuditFinding.delete)
def delete_findings_before_the_report(finding: AuditFinding, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return _reported(finding.audit)


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


# Reviews ------------------------------------------------------------------------------------


@before(ManagementReview.create)
def plan_a_review(review: ManagementReview, ctx: Context) -> None:
    """A review is led by the top management (S4-114)."""
    check_part(review.program, None, ctx)
    _check_chair(review, {}, ctx)


@before(ManagementReview.update, form=True)
def keep_a_review_where_it_is(review: ManagementReview, ctx: Context, **form: Any) -> None:
    """It stays with its programme; the top management leads it still."""
    stays(review, form, "program")
    if "chair" in form:
        _check_chair(review, form, ctx)


@guard(ManagementReview.update)
def change_planned_reviews_only(review: ManagementReview, ctx: Context) -> Refused | None:
    """Minutes stay."""
    return _held(review)


@guard(ManagementReview.delete)
def delete_planned_reviews_only(review: ManagementReview, ctx: Context) -> Refused | None:
    """Minutes stay."""
    return _held(review)


@guard(hold)
def hold_with_all_it_needs(review: ManagementReview, ctx: Context) -> Refused | None:
    """Its chair closes it, once everything was looked at and decided; by no advisor (S4-106)."""
    faults: list[Refused] = [
        Refused("review_lacks", field=name)
        for name in (*INPUTS, *OUTPUTS)
        if not (getattr(review, name) or "").strip()
    ]
    if review.chair.id not in actors(hold, review, ctx):
        faults.append(Forbidden("chair_holds_it", name=review.chair.name))
    if not is_top_manager(review.chair, ctx):
        faults.append(Refused("chair_is_no_top_manager", name=review.chair.name))
    besides = (open_program(review.program), advises(review.program, hold, review, ctx))
    faults += [fault for fault in besides if fault is not None]
    return Refused.all(faults) if faults else None


def _check_chair(review: ManagementReview, form: dict[str, Any], ctx: Context) -> None:
    chair = form.get("chair", review.chair)
    if not is_top_manager(chair, ctx):
        raise Refused("chair_is_no_top_manager", at="chair", name=chair.name)


def _held(review: ManagementReview) -> Refused | None:
    if review.state is ReviewState.PLANNED:
        return None
    return WrongState("review_is_fixed")
