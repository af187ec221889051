"""What is due is noticed: fees, records, documents, surveillance, obligations, risks; and what is over ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from sqlalchemy import and_, or_

from dougong import Context, User, every
from dougong_flow import add_months
from dougong_ip_compliance.clauses import applicable
from dougong_ip_compliance.entities import (
    AssetState,
    AuditFinding,
    CertificateState,
    ComplianceCertificate,
    ComplianceObligation,
    ComplianceProgram,
    DocumentState,
    FindingState,
    IpAsset,
    IpFee,
    IpRisk,
    ObligationState,
    OperationRecord,
    ProgramState,
    ReminderKind,
    RiskState,
    Surveillance,
    SystemDocumentVersion,
)
from dougong_ip_compliance.reminding import Due, remind
from dougong_ip_compliance.run_period import began_for
from dougong_ip_compliance.workflows.audits import reopen
from dougong_ip_compliance.workflows.certification import expire
from dougong_ip_compliance.workflows.risks import reconsider

FEES_AHEAD = timedelta(days=60)
REVIEWS_AHEAD = timedelta(days=30)
ENDS_AHEAD = timedelta(days=180)
RECORD_DAYS = timedelta(days=14)
"""So long after the quarter should a missing record be seen to."""
LIVING = (ProgramState.RUNNING, ProgramState.COMPLETED)
LIVE = (CertificateState.VALID, CertificateState.SUSPENDED)


@every("10 5 * * *")
def remind_of_fees(ctx: Context) -> None:
    """Fees that are due within 60 days or overdue, and those that can only be paid with a surcharge now."""
    today = ctx.now.date()
    wanted = IpFee.asset.has(IpAsset.state.in_((AssetState.PENDING, AssetState.IN_FORCE)))
    unpaid = and_(IpFee.paid_on.is_(None), wanted)
    soon = ctx.find(IpFee, unpaid, IpFee.due_on.between(today, today + FEES_AHEAD))
    remind(ReminderKind.FEE_DUE, (_fee(one, "due", one.due_on) for one in soon), ctx)
    over = (
        unpaid,
        IpFee.due_on < today,
        or_(IpFee.grace_until.is_(None), IpFee.grace_until < today),
    )
    overdue = ctx.find(IpFee, *over)
    remind(ReminderKind.FEE_DUE, (_fee(one, "overdue", one.due_on) for one in overdue), ctx)
    late = ctx.find(IpFee, unpaid, IpFee.due_on < today, IpFee.grace_until >= today)
    remind(
        ReminderKind.FEE_IN_GRACE,
        (_fee(one, "grace", one.grace_until or one.due_on) for one in late),
        ctx,
    )


def _fee(fee: IpFee, what: str, on: date) -> Due:
    return f"fee:{fee.id}:{what}:{on}", f"{fee.asset.title}: {fee.name}", on, fee.asset.keeper


@every("20 5 * * *")
def remind_of_records(ctx: Context) -> None:
    """Clauses without a record in the quarter that is over, of systems in operation then."""
    first, last = quarter_before(ctx.now.date())
    for program in ctx.find(ComplianceProgram, ComplianceProgram.state.in_(LIVING)):
        began = began_for(program, ctx)
        if began is not None and began <= first:
            remind(ReminderKind.RECORD_GAP, _gaps(program, first, last, ctx), ctx)


def quarter_before(today: date) -> tuple[date, date]:
    """The first and the last day of the quarter before the one of a day."""
    this = date(today.year, today.month - (today.month - 1) % 3, 1)
    return add_months(this, -3), this - timedelta(days=1)


def _gaps(program: ComplianceProgram, first: date, last: date, ctx: Context) -> Iterator[Due]:
    done = OperationRecord.done_on.between(first, last)
    found = ctx.find(OperationRecord, OperationRecord.program == program, done)
    recorded = {one.clause for one in found}
    for clause in applicable(program, ctx):
        if clause not in recorded:
            about = f"{program.name}: {clause.number} {clause.title}, {first} – {last}"
            key = f"record:{program.id}:{clause.id}:{first}"
            yield key, about, last + RECORD_DAYS, program.manager


@every("30 5 * * *")
def remind_of_documents(ctx: Context) -> None:
    """Documents that somebody should look at within 30 days, whether they are still right."""
    until = ctx.now.date() + REVIEWS_AHEAD
    issued = SystemDocumentVersion.state == DocumentState.ISSUED
    found = ((one, _look_on(one)) for one in ctx.find(SystemDocumentVersion, issued))
    due = (
        (f"document:{one.id}:{on}", f"{one.document.number} {one.label}", on, one.author)
        for one, on in found
        if on <= until
    )
    remind(ReminderKind.DOCUMENT_REVIEW, due, ctx)


def _look_on(version: SystemDocumentVersion) -> date:
    assert version.issue_order is not None
    return add_months(version.issue_order.issued_on, version.document.review_months)


@every("40 5 * * *")
def remind_of_certificates(ctx: Context) -> None:
    """Surveillance whose window is open, certificates that end, and editions that end."""
    today = ctx.now.date()
    live = ComplianceCertificate.state.in_(LIVE)
    windows = ctx.find(
        Surveillance,
        Surveillance.done_on.is_(None),
        Surveillance.opens_on <= today,
        Surveillance.certificate.has(live),
    )
    remind(
        ReminderKind.SURVEILLANCE,
        (
            (f"surveillance:{one.id}", one.certificate.number, one.due_on, _whose(one.certificate))
            for one in windows
        ),
        ctx,
    )
    ending = ctx.find(ComplianceCertificate, live, ComplianceCertificate.valid_until >= today)
    remind(
        ReminderKind.CERTIFICATE_ENDS,
        (
            (f"certificate:{one.id}", one.number, one.valid_until, _whose(one))
            for one in ending
            if one.valid_until <= today + ENDS_AHEAD
        ),
        ctx,
    )
    running = ctx.find(ComplianceProgram, ComplianceProgram.state.in_(LIVING))
    remind(ReminderKind.EDITION_ENDS, _editions(running, today), ctx)


def _whose(certificate: ComplianceCertificate) -> User | None:
    return certificate.application.program.manager


def _editions(programs: list[ComplianceProgram], today: date) -> Iterator[Due]:
    for program in programs:
        last = program.edition.apply_until
        if last is not None and last <= today + ENDS_AHEAD:
            key = f"edition:{program.id}:{program.edition.id}"
            yield key, f"{program.name}: {program.edition.code}", last, program.manager


@every("45 5 * * *")
def remind_of_obligations(ctx: Context) -> None:
    """Obligations that somebody should look at within 30 days."""
    found = ctx.find(
        ComplianceObligation,
        ComplianceObligation.state == ObligationState.IN_FORCE,
        ComplianceObligation.review_on <= ctx.now.date() + REVIEWS_AHEAD,
    )
    remind(
        ReminderKind.OBLIGATION_REVIEW,
        (
            (f"obligation:{one.id}:{one.review_on}", one.reference, one.review_on, one.owner)
            for one in found
        ),
        ctx,
    )


@every("47 5 * * *")
def remind_of_risks(ctx: Context) -> None:
    """Risks that something is to be done about within 30 days, and those not accepted any more by then."""
    until = ctx.now.date() + REVIEWS_AHEAD
    open_ = IpRisk.state.in_((RiskState.OPEN, RiskState.IN_TREATMENT))
    due = ((one, "due", one.due_on) for one in ctx.find(IpRisk, open_, IpRisk.due_on <= until))
    remind(ReminderKind.RISK_DUE, _risks(due), ctx)
    found = ctx.find(IpRisk, IpRisk.accepted_until <= until)
    ends = ((one, "accepted", one.accepted_until) for one in found)
    remind(ReminderKind.ACCEPTANCE_ENDS, _risks(ends), ctx)


def _risks(found: Iterable[tuple[IpRisk, str, date | None]]) -> Iterator[Due]:
    for risk, what, on in found:
        if on is not None:
            yield f"risk:{risk.id}:{what}:{on}", risk.what, on, risk.owner


@every("50 5 * * *")
def end_what_is_over(ctx: Context) -> None:
    """Certificates expire after their last day; risks are accepted until theirs."""
    today = ctx.now.date()
    over = ComplianceCertificate.valid_until < today
    for certificate in ctx.hold(ComplianceCertificate, ComplianceCertificate.state.in_(LIVE), over):
        expire(certificate, ctx)
    accepted = AuditFinding.state == FindingState.ACCEPTED
    for finding in ctx.hold(AuditFinding, accepted, AuditFinding.accepted_until < today):
        reopen(finding, ctx)
    for risk in ctx.hold(IpRisk, IpRisk.accepted_until < today):
        reconsider(risk, ctx, reason=f"It was accepted until {risk.accepted_until}.")
