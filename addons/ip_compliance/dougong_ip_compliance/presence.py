"""How many records there are of which something is true: counted by the database, not loaded."""

from sqlalchemy import ColumnElement, func, select

from dougong import Context, Entity
from dougong_flow import ChecklistStep, StepState
from dougong_ip_compliance.entities import ComplianceProgram


def count_of(ctx: Context, entity: type[Entity], *where: ColumnElement[bool]) -> int:
    """How many records of an entity there are for which the conditions hold."""
    return ctx.session.scalar(select(func.count(entity.id)).where(*where)) or 0


def is_there(ctx: Context, entity: type[Entity], *where: ColumnElement[bool]) -> bool:
    """Whether there is one."""
    return ctx.session.scalar(select(entity.id).where(*where).limit(1)) is not None


def is_ready(program: ComplianceProgram, key: str, ctx: Context, *states: StepState) -> bool:
    """Whether a step of a programme is ready now, or in one of the states that are given."""
    of_it = (ChecklistStep.checklist == program.checklist, ChecklistStep.key == key)
    wanted = ChecklistStep.state.in_(states or (StepState.READY,))
    return is_there(ctx, ChecklistStep, *of_it, wanted)
