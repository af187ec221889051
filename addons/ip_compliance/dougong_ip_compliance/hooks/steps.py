"""The ten steps on flow's checklist: what each needs, and what follows from the last."""

from typing import Any

from dougong import Context, Refused, after, before, guard
from dougong_flow import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    DefinitionVersion,
    complete,
    migrate_checklist,
    pass_over,
    settle,
    skip,
)
from dougong_ip_compliance.entities import ComplianceProgram, ProgramState
from dougong_ip_compliance.permissions import CORRECT, DIAGNOSE, SEE_PROGRESS, WRITE
from dougong_ip_compliance.presence import is_there
from dougong_ip_compliance.ten_steps import CHECKS, unlike_the_ten
from dougong_ip_compliance.workflows.programs import finish

CONCERNED = (SEE_PROGRESS, WRITE, CORRECT, DIAGNOSE)
"""Who holds one of these learns what a step lacks, by the numbers of clauses."""


def program_of(step: ChecklistStep, ctx: Context) -> ComplianceProgram | None:
    """The programme that a step is one of the ten of."""
    found = ctx.find(ComplianceProgram, ComplianceProgram.checklist == step.checklist)
    return found[0] if found else None


@guard(complete)
def complete_what_the_standard_asks_for(step: ChecklistStep, ctx: Context) -> Refused | None:
    """All that a step of a programme lacks is said at once, and before anybody tries."""
    return _lacking(step, ctx)


@guard(settle)
def settle_what_the_standard_asks_for(step: ChecklistStep, ctx: Context) -> Refused | None:
    """The same where a version of the definition lets somebody approve the step."""
    return _lacking(step, ctx)


@guard(skip)
def skip_none_of_the_ten(step: ChecklistStep, ctx: Context) -> Refused | None:
    """None of the ten is left out."""
    return _left_out(step, ctx)


@guard(pass_over)
def pass_over_none_of_the_ten(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Nor by a condition."""
    return _left_out(step, ctx)


@before(migrate_checklist, form=True)
def carry_on_with_the_ten(
    checklist: Checklist, ctx: Context, *, to: DefinitionVersion, steps: Any, **_: Any
) -> None:
    """A programme is carried on by a version that has the ten as they are, each as itself (S4-107 …)."""
    if not is_there(ctx, ComplianceProgram, ComplianceProgram.checklist == checklist):
        return
    if fault := unlike_the_ten(to.body["steps"]):
        raise fault
    moved = [one for one in CHECKS if isinstance(steps, dict) and steps.get(one, one) != one]
    if moved:
        raise Refused("steps_loosened", at="steps", steps=", ".join(moved))


def _left_out(step: ChecklistStep, ctx: Context) -> Refused | None:
    if step.key in CHECKS and program_of(step, ctx) is not None:
        return Refused("steps_loosened", steps=step.key)
    return None


def _lacking(step: ChecklistStep, ctx: Context) -> Refused | None:
    program = program_of(step, ctx)
    if program is None or step.key not in CHECKS:
        return None
    ctx.lock(program)
    faults = list(CHECKS[step.key](program, step, ctx))
    if faults and not any(ctx.may(one) for one in CONCERNED):
        return Refused("program_lacks_something")  # whoever has no part in it learns no more
    return Refused.all(faults) if faults else None


@after(complete)
def finish_with_the_last_step(step: ChecklistStep, ctx: Context) -> None:
    """The programme is completed when its checklist is."""
    _finish(step, ctx)


@after(settle)
def finish_with_the_last_approval(step: ChecklistStep, ctx: Context) -> None:
    """The same where the last step is approved."""
    _finish(step, ctx)


def _finish(step: ChecklistStep, ctx: Context) -> None:
    if step.checklist.state is not ChecklistState.COMPLETED:
        return
    program = program_of(step, ctx)
    if program is not None and program.state is ProgramState.RUNNING:
        finish(program, ctx)
