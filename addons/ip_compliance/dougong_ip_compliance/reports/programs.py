"""How programmes stand: their steps, their clauses, what is open and what has no record."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, Select, and_, case, cast, func, or_, select

from dougong import Context, report
from dougong_flow import ChecklistStep, StepState
from dougong_ip_compliance.entities import (
    AuditFinding,
    Clause,
    ClauseAssessment,
    ClauseStatus,
    ComplianceAudit,
    ComplianceAuditKind,
    ComplianceProgram,
    FindingGrade,
    FindingState,
    OperationRecord,
    ProgramState,
    StandardEdition,
)
from dougong_ip_compliance.permissions import SEE_PROGRESS
from dougong_ip_compliance.roles import key

OVER = (StepState.COMPLETED, StepState.SKIPPED)


@report(needs=SEE_PROGRESS)
def compliance_progress(ctx: Context) -> Select[str, ProgramState, int, int, datetime | None]:
    """How far each programme has come in its ten steps, as far as one may see the steps.

    program: Its name.
    state: How far it has come.
    steps: How many steps it has.
    over: How many of them are over.
    since: Since when the step is ready that is to be done now.
    """
    step = ChecklistStep
    over = func.count(step.id).filter(step.state.in_(OVER))
    return (
        select(
            ComplianceProgram.name.label("program"),
            ComplianceProgram.state.label("state"),
            cast(func.count(step.id), Integer).label("steps"),
            cast(over, Integer).label("over"),
            func.max(case((step.state == StepState.READY, step.ready_at))).label("since"),
        )
        .outerjoin(step, key(step, "checklist") == key(ComplianceProgram, "checklist"))
        .group_by(ComplianceProgram.id, ComplianceProgram.name, ComplianceProgram.state)
        .order_by(ComplianceProgram.name, ComplianceProgram.id)
    )


@report(needs=SEE_PROGRESS)
def statement_of_applicability(
    ctx: Context,
) -> Select[str, str, str, str, bool, str | None, ClauseStatus]:
    """Which clauses of its edition apply to each programme, and why some do not.

    program: Its name.
    edition: The edition.
    clause: The number of the clause.
    title: What it is about.
    applicable: Whether it applies.
    exclusion_reason: Why not.
    status: How far it is kept.
    """
    one = ClauseAssessment
    return (
        select(
            ComplianceProgram.name.label("program"),
            StandardEdition.code.label("edition"),
            Clause.number.label("clause"),
            Clause.title.label("title"),
            one.applicable.label("applicable"),
            one.exclusion_reason.label("exclusion_reason"),
            one.status.label("status"),
        )
        .select_from(one)
        .join(one.program)
        .join(one.clause)
        .join(Clause.edition)
        .where(key(Clause, "edition") == key(ComplianceProgram, "edition"))
        .order_by(ComplianceProgram.name, ComplianceProgram.id, Clause.id)
    )


@report(needs=SEE_PROGRESS)
def open_findings(
    ctx: Context,
) -> Select[str, ComplianceAuditKind, FindingGrade, str, FindingState, date | None]:
    """What audits found and is not closed, the gravest first.

    program: The programme.
    audit: What kind of audit it was.
    grade: How grave it is.
    clause: The number of the clause.
    state: How far it has come.
    accepted_until: Until when the risk is accepted, where it is.
    """
    grave = case(
        {grade: place for place, grade in enumerate(FindingGrade)}, value=AuditFinding.grade
    )
    return (
        select(
            ComplianceProgram.name.label("program"),
            ComplianceAudit.kind.label("audit"),
            AuditFinding.grade.label("grade"),
            Clause.number.label("clause"),
            AuditFinding.state.label("state"),
            AuditFinding.accepted_until.label("accepted_until"),
        )
        .select_from(AuditFinding)
        .join(AuditFinding.audit)
        .join(ComplianceAudit.program)
        .join(AuditFinding.clause)
        .where(AuditFinding.state != FindingState.CLOSED)
        .order_by(grave, AuditFinding.id)
    )


@report(needs=SEE_PROGRESS)
def clauses_without_records(ctx: Context) -> Select[str, str, str, date | None]:
    """Clauses that apply to a programme that is under way, and have no record of the last 90 days.

    program: The programme.
    clause: The number of the clause.
    title: What it is about.
    last_on: When something was last recorded.
    """
    one, record = ClauseAssessment, OperationRecord
    last: Any = func.max(record.done_on)  # null without a record
    return (
        select(
            ComplianceProgram.name.label("program"),
            Clause.number.label("clause"),
            Clause.title.label("title"),
            last.label("last_on"),
        )
        .select_from(one)
        .join(one.program)
        .join(one.clause)
        .outerjoin(
            record,
            and_(*(key(record, name) == key(one, name) for name in ("program", "clause"))),
        )
        .where(
            ComplianceProgram.state == ProgramState.RUNNING,
            key(Clause, "edition") == key(ComplianceProgram, "edition"),
            one.applicable,
        )
        .group_by(one.id, ComplianceProgram.name, Clause.id, Clause.number, Clause.title)
        .having(or_(last.is_(None), last < cast(ctx.now, Date) - 90))
        .order_by(ComplianceProgram.name, Clause.id)
    )
