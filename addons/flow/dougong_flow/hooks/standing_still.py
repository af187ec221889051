"""Flow was removed by force while something was under way: that stood still, and goes on where it was."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from dougong import Context, on_restore
from dougong_flow.entities import (
    ApprovalNode,
    ApprovalTask,
    ApprovalTaskState,
    ChecklistStep,
    Clock,
    ClockState,
    StepState,
)
from dougong_flow.hours import hours_of
from dougong_flow.ticking import run_from


@on_restore
def go_on_where_it_was(ctx: Context, since: datetime) -> None:
    """The time away counts as an interruption: nobody was late in it, and nothing timed out."""
    away = ctx.now - since
    paused = ChecklistStep.paused_seconds + int(away.total_seconds())
    _change(
        ctx,
        ChecklistStep,
        {"paused_seconds": paused},
        ChecklistStep.state == StepState.READY,
        ChecklistStep.paused_at.is_(None),
    )
    for clock in ctx.hold(Clock, Clock.state == ClockState.RUNNING):
        assert clock.running_since is not None
        hours = hours_of(clock.service_level.calendar)
        clock.used_seconds += hours.seconds_between(clock.running_since, since)
        run_from(clock, ctx.now)
    _put_off(ctx, away)


def _put_off(ctx: Context, away: timedelta) -> None:
    """Tasks are due, and nodes decided without votes, as much later."""
    unfinished = ApprovalTask.state.in_((ApprovalTaskState.WAITING, ApprovalTaskState.OPEN))
    due = {"due_at": ApprovalTask.due_at + away, "remind_at": ApprovalTask.remind_at + away}
    _change(ctx, ApprovalTask, due, unfinished)
    out = {"times_out_at": ApprovalNode.times_out_at + away}
    _change(ctx, ApprovalNode, out, ApprovalNode.outcome.is_(None))


def _change(ctx: Context, entity: Any, values: dict[str, Any], *where: Any) -> None:
    stamp = {"version": entity.version + 1, "updated_at": ctx.now}
    ctx.session.execute(
        update(entity)
        .where(*where)
        .values(**values, **stamp)
        .execution_options(synchronize_session=False)
    )
