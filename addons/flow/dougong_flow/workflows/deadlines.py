"""How a deadline ends: it is met, in time or late, or waived."""

from datetime import date, timedelta

from dougong import Context, Invalid, Refused, Workflow
from dougong_flow.entities import Deadline, DeadlineState
from dougong_flow.permissions import SET_DEADLINES
from dougong_flow.reasons import given

deadline_workflow = Workflow(
    Deadline, Deadline.state, final=[DeadlineState.MET, DeadlineState.WAIVED]
)


@deadline_workflow.step(DeadlineState.OPEN, to=DeadlineState.MET, needs=SET_DEADLINES)
def meet(deadline: Deadline, ctx: Context, *, on: date | None = None) -> None:
    """What was due is done: today, or on an earlier day.

    A hard deadline cannot be met any more once its day and the days of grace are over.
    """
    today = ctx.now.date()
    on = on or today
    if on > today:
        raise Invalid("met_in_the_future", at="on", today=today)
    assert deadline.due_on is not None
    last = deadline.due_on + timedelta(days=deadline.grace_days)
    if deadline.hard and on > last:
        raise Refused("deadline_is_over", at="on", name=deadline.name, last=last)
    deadline.late = on > last
    deadline.met_on = on


@deadline_workflow.step(DeadlineState.OPEN, to=DeadlineState.WAIVED, needs=SET_DEADLINES)
def waive(deadline: Deadline, ctx: Context, *, reason: str) -> None:
    """It need not be met; say why."""
    deadline.waive_reason = given(reason)
