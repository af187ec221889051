"""What keeps the diagnosis and what is built upon it within their programme."""

from typing import Any

from dougong import Context, Invalid, Refused, before, guard
from dougong_ip_compliance.entities import (
    ClauseAssessment,
    ClauseResponsibility,
    ComplianceGap,
    IpObjective,
    ProgramState,
)
from dougong_ip_compliance.hooks.programs import check_part, stays
from dougong_ip_compliance.permissions import MANAGE
from dougong_ip_compliance.presence import is_ready


@before(ClauseAssessment.create)
def assess_a_clause_of_the_edition(assessment: ClauseAssessment, ctx: Context) -> None:
    """It is about a clause that is assessed by itself."""
    check_part(assessment.program, assessment.clause, ctx)
    if assessment.clause.is_heading:
        raise Invalid("clause_is_a_heading", at="clause", number=assessment.clause.number)
    if not assessment.applicable and not _is_open(assessment, ctx):
        raise Refused("applicability_is_fixed", at="applicable")


@guard(ClauseAssessment.delete)
def keep_what_was_assessed(assessment: ClauseAssessment, ctx: Context) -> Refused | None:
    """What the diagnosis relied on stays."""
    return None if _is_open(assessment, ctx) else Refused("applicability_is_fixed")


@before(ClauseAssessment.update, form=True)
def keep_an_assessment_where_it_is(assessment: ClauseAssessment, ctx: Context, **form: Any) -> None:
    """It stays with its clause; one that does not apply says why."""
    check_part(assessment.program, None, ctx)
    stays(assessment, form, "program", "clause")
    before = assessment.applicable
    if form.get("applicable", before) is not before and not _is_open(assessment, ctx):
        raise Refused("applicability_is_fixed", at="applicable")
    excluded = not form.get("applicable", assessment.applicable)
    why = form.get("exclusion_reason", assessment.exclusion_reason)
    if excluded and not (why or "").strip():
        raise Invalid("exclusion_without_reason", at="exclusion_reason")


def _is_open(assessment: ClauseAssessment, ctx: Context) -> bool:
    """Whether it can still be said that a clause does not apply: in step 2, and once all ten are over.

    Before the start as well; after the end an advisor does not say it.
    """
    program = assessment.program
    if program.state is ProgramState.COMPLETED:
        return ctx.may(MANAGE)
    return program.state is ProgramState.PREPARED or is_ready(program, "diagnose", ctx)


@before(ComplianceGap.create)
def add_a_gap(gap: ComplianceGap, ctx: Context) -> None:
    """A gap is one of a programme that goes on."""
    check_part(gap.assessment.program, None, ctx)


@before(ComplianceGap.update, form=True)
def keep_a_gap_where_it_is(gap: ComplianceGap, ctx: Context, **form: Any) -> None:
    """It stays with the assessment that found it."""
    check_part(gap.assessment.program, None, ctx)
    stays(gap, form, "assessment")


@before(IpObjective.create)
def set_an_objective(objective: IpObjective, ctx: Context) -> None:
    """An objective is one of a programme that goes on."""
    check_part(objective.program, None, ctx)


@before(IpObjective.update, form=True)
def keep_an_objective_where_it_is(objective: IpObjective, ctx: Context, **form: Any) -> None:
    """It stays with its programme."""
    stays(objective, form, "program")


@before(ClauseResponsibility.create)
def answer_for_a_clause(responsibility: ClauseResponsibility, ctx: Context) -> None:
    """Somebody answers for a clause of the programme's edition."""
    check_part(responsibility.program, responsibility.clause, ctx)


@before(ClauseResponsibility.update, form=True)
def keep_a_responsibility_where_it_is(
    responsibility: ClauseResponsibility, ctx: Context, **form: Any
) -> None:
    """It stays with its programme and its clause."""
    stays(responsibility, form, "program", "clause")
