"""How many of those who were invited to trainings have passed one (S4-111)."""

from dougong import Context
from dougong_ip_compliance.entities import ComplianceProgram, SystemTraining, TrainingAttendance
from dougong_ip_compliance.run_period import began_for


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
        if one.score is not None and one.score >= one.training.pass_score:
            passed.add(one.user)
    return 100 * len(passed) // len(invited) if invited else 0
