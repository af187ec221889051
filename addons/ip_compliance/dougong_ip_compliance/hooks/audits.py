"""What audits must look at, who may not look, and what findings need before they are closed."""

from collections.abc import Iterator
from typing import Any

from dougong import Context, Forbidden, Invalid, Refused, User, WrongState, before, guard
from dougong_ip_compliance.clauses import applicable, numbers
from dougong_ip_compliance.entities import (
    AuditFinding,
    AuditItem,
    AuditState,
    ComplianceAudit,
    ComplianceAuditKind,
    FindingState,
)
from dougong_ip_compliance.hooks.programs import check_part, stays
from dougong_ip_compliance.people import belongs_to, may_audit
from dougong_ip_compliance.permissions import AUDIT
from dougong_ip_compliance.presence import count_of
from dougong_ip_compliance.workflows.audits import (
    close_audit,
    report,
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
    return reported(audit)


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
    if over := reported(item.audit):
        raise over
    check_part(item.audit.program, item.clause, ctx)
    _check_auditor(item, {}, ctx)
    _check_right(item, item.auditor, ctx)
    if item.conforms is not None:
        _check_writer(item, item.auditor, ctx)


@guard(AuditItem.update)
def change_items_of_open_audits_only(item: AuditItem, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return reported(item.audit)


@guard(AuditItem.delete)
def delete_items_of_open_audits_only(item: AuditItem, ctx: Context) -> Refused | None:
    """What was reported stays."""
    return reported(item.audit)


@before(AuditItem.update, form=True)
def look_at_others_only_still(item: AuditItem, ctx: Context, **form: Any) -> None:
    """The same for another auditor, unit or day."""
    stays(item, form, "audit", "clause")
    _check_auditor(item, form, ctx)
    if form.get("auditor", item.auditor) is not item.auditor:
        _check_right(item, form["auditor"], ctx)
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


def _check_right(item: AuditItem, auditor: User, ctx: Context) -> None:
    """In audits of our own nobody is named who could not say what was seen."""
    if item.audit.kind in LOOKED_AT and not may_audit(auditor, ctx):
        raise Forbidden("auditor_may_not_audit", at="auditor", name=auditor.name)


def _is_on_its_day(item: AuditItem, ctx: Context) -> bool:
    began = item.audit.began_on or item.audited_on
    return began <= item.audited_on <= ctx.now.date()


# Reports ------------------------------------------------------------------------------------


@guard(report, loads=(ComplianceAudit.items,))
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


def reported(audit: ComplianceAudit) -> Refused | None:
    """Why an audit, and what is of it, does not change any more: it was reported."""
    if audit.state in OPEN:
        return None
    return WrongState("audit_is_fixed", state=audit.state)
