"""The clauses that a programme must keep: those of its edition that apply to it."""

from __future__ import annotations

from dougong import Context
from dougong_ip_compliance.entities import Clause, ClauseAssessment, ComplianceProgram


def clauses_of(program: ComplianceProgram, ctx: Context) -> list[Clause]:
    """What is assessed by itself in the edition of a programme."""
    return ctx.find(Clause, Clause.edition == program.edition, Clause.is_heading.is_(False))


def assessments_of(program: ComplianceProgram, ctx: Context) -> dict[Clause, ClauseAssessment]:
    """How the clauses of a programme's edition were assessed."""
    clauses = clauses_of(program, ctx)
    found = ctx.find(ClauseAssessment, ClauseAssessment.program == program)
    by_clause = {one.clause: one for one in found}
    return {clause: by_clause[clause] for clause in clauses if clause in by_clause}


def applicable(program: ComplianceProgram, ctx: Context) -> list[Clause]:
    """The clauses that apply; one that nobody has assessed applies."""
    assessed = assessments_of(program, ctx)
    return [
        clause
        for clause in clauses_of(program, ctx)
        if clause not in assessed or assessed[clause].applicable
    ]


def lay_out(program: ComplianceProgram, ctx: Context) -> None:
    """Make an empty assessment for each clause that has none."""
    there = assessments_of(program, ctx)
    for clause in clauses_of(program, ctx):
        if clause not in there:
            ctx.create(ClauseAssessment(program=program, clause=clause))


def numbers(clauses: list[Clause]) -> str:
    """The numbers of some clauses, for a sentence; the first ten."""
    some = ", ".join(one.number for one in clauses[:10])
    return f"{some} …" if len(clauses) > 10 else some
