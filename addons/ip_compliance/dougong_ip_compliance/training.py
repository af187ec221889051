"""How many of those who were invited to trainings have passed one (S4-111), and whether a manager has."""

from dougong import Context, holders
from dougong_ip_compliance.entities import ComplianceProgram, SystemTraining, TrainingAttendance
from dougong_ip_compliance.run_period import began_for

MANAGER = "ip_compliance.manager"


def trained_percent(program: ComplianceProgram, ctx: Context) -> int:
    """What part has passed a training since the order, in per cent, rounded down; 0 of nobody.

    Somebody who was invited several times counts once.
    """
    first = began_for(program, ctx)
    if first is None:
        return 0
    held = (SystemTraining.program == program) & (SystemTraining.held_on >= first)
    invited, passed = set(), set()
    for one in ctx.find(TrainingAttendance, TrainingAttendance.training.has(held)):
        invited.add(one.user)
        if has_passed(one):
            passed.add(one.user)
    return 100 * len(passed) // len(invited) if invited else 0


def has_passed(one: TrainingAttendance) -> bool:
    """Whether somebody came to a training and passed its test."""
    return one.attended and one.score is not None and one.score >= one.training.pass_score


def has_trained_manager(program: ComplianceProgram, ctx: Context) -> bool:
    """Whether somebody who is a manager today has passed a training of the programme, whenever it was."""
    managers = set(holders(ctx, MANAGER))
    of_it = TrainingAttendance.training.has(SystemTraining.program == program)
    return any(
        one.user in managers and has_passed(one) for one in ctx.find(TrainingAttendance, of_it)
    )
