"""What is done with editions of standards."""

from dataclasses import dataclass

from dougong import Context, action
from dougong_ip_compliance import shipped
from dougong_ip_compliance.clauses import assessments_of, clauses_of
from dougong_ip_compliance.entities import (
    ClauseAssessment,
    ClauseMapping,
    ComplianceProgram,
    StandardEdition,
)
from dougong_ip_compliance.permissions import MANAGE


@dataclass(frozen=True)
class EditionsBrought:
    """What was brought in from what is shipped."""

    brought: int
    """How many editions there were that were not there yet."""


@action(needs=MANAGE)
def bring_standards(ctx: Context) -> EditionsBrought:
    """Bring in the editions that are shipped; one that is there is left as it is."""
    there = {one.code for one in ctx.find(StandardEdition)}
    new = [shipped.bring(one, ctx) for one in shipped.editions() if one["code"] not in there]
    return EditionsBrought(len(new))


@action(needs=MANAGE)
def change_edition(
    program: ComplianceProgram, ctx: Context, *, edition: StandardEdition
) -> ComplianceProgram:
    """Let a programme go by another edition: what is excluded stays so, the rest is assessed anew.

    Nobody applies before what the nine steps ask for is there for the clauses of that edition.

    edition: The edition that it goes by from then on.
    """
    before = assessments_of(program, ctx)
    program.edition = edition
    there = assessments_of(program, ctx)
    earlier: dict[int, list[ClauseAssessment]] = {}
    for one in ctx.find(ClauseMapping):
        if one.earlier in before:
            earlier.setdefault(one.later.id, []).append(before[one.earlier])
    for clause in clauses_of(program, ctx):
        if clause not in there:
            ctx.create(_carried_over(ClauseAssessment(program=program, clause=clause), earlier))
    return program


def _carried_over(
    new: ClauseAssessment, earlier: dict[int, list[ClauseAssessment]]
) -> ClauseAssessment:
    """The same, excluded where all that it takes up was."""
    found = earlier.get(new.clause.id, [])
    if found and not any(one.applicable for one in found):
        new.applicable, new.exclusion_reason = False, found[0].exclusion_reason
    new.note = "; ".join(f"{one.clause.number}: {one.status}" for one in found) or None
    return new
