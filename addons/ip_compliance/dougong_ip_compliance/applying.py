"""What must be right before anybody applies for certification (S4-115, S4-116)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dougong import Context, Refused
from dougong_flow import StepState, add_months
from dougong_ip_compliance.entities import (
    AssetState,
    AuditFinding,
    CertificationBody,
    ComplianceAudit,
    ComplianceProgram,
    FindingGrade,
    FindingState,
    IpAsset,
    IpPenalty,
    PenaltyState,
)
from dougong_ip_compliance.presence import count_of, is_ready, is_there
from dougong_ip_compliance.training import has_trained_manager

LAST = "apply"
"""The key of the step in which somebody applies."""
CLEAN_MONTHS = 12
"""So many calendar months before the day of the application no penalty was imposed."""


def before_applying(program: ComplianceProgram, ctx: Context) -> Iterator[Refused]:
    """Why a programme cannot apply today, whatever the body."""
    yield from _not_applied_under(program, ctx)
    yield from open_majors(program, ctx)
    in_force = IpAsset.state == AssetState.IN_FORCE
    if program.needs_asset and not is_there(ctx, IpAsset, in_force):
        yield Refused("no_asset_in_force")
    if program.needs_clean_record:
        yield from _penalised(ctx)
    if program.needs_trained_manager and not has_trained_manager(program, ctx):
        yield Refused("no_trained_manager")


def too_early(program: ComplianceProgram, ctx: Context) -> Iterator[Refused]:
    """Why it is not the last step's turn: the other nine are not over, or begun anew."""
    if not is_ready(program, LAST, ctx, StepState.READY, StepState.COMPLETED):
        yield Refused("steps_are_left", name=program.name)


def open_majors(program: ComplianceProgram, ctx: Context) -> Iterator[Refused]:
    """Why the findings stand in the way: a major one is not verified and closed."""
    count = count_of(
        ctx,
        AuditFinding,
        AuditFinding.audit.has(ComplianceAudit.program == program),
        AuditFinding.grade == FindingGrade.MAJOR,
        AuditFinding.state != FindingState.CLOSED,
    )
    if count:
        yield Refused("major_open", count=count)


def not_accredited(body: CertificationBody, ctx: Context) -> Iterator[Refused]:
    """Why a body cannot be asked."""
    if body.accredited_until is not None and body.accredited_until < ctx.now.date():
        yield Refused("body_not_accredited", name=body.party.name, until=body.accredited_until)


def free_again(decided_on: date) -> date:
    """From which day on a penalty is not one of the last 12 calendar months any more (§3.3)."""
    first = add_months(decided_on, CLEAN_MONTHS)
    return first if add_months(first, -CLEAN_MONTHS) >= decided_on else first + timedelta(days=1)


def _penalised(ctx: Context) -> Iterator[Refused]:
    """A penalty that stands is too young; which one is seen by those who see penalties."""
    stands = ctx.find(IpPenalty, IpPenalty.state != PenaltyState.ANNULLED)
    first = max((free_again(one.decided_on) for one in stands), default=date.min)
    if ctx.now.date() < first:
        yield Refused("penalty_stands", first=first)


def _not_applied_under(program: ComplianceProgram, ctx: Context) -> Iterator[Refused]:
    edition, today = program.edition, ctx.now.date()
    if today < edition.apply_from:
        yield Refused("edition_not_yet", edition=edition.code, first=edition.apply_from)
    elif edition.apply_until is not None and today > edition.apply_until:
        yield Refused("edition_no_longer", edition=edition.code, last=edition.apply_until)
