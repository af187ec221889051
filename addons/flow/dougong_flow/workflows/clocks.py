"""How a service clock runs: running ↔ paused → stopped."""

from dougong import Context, Workflow
from dougong_flow.entities import Clock, ClockState
from dougong_flow.permissions import RUN_CLOCKS
from dougong_flow.reasons import given
from dougong_flow.ticking import halt, run_from

clock_workflow = Workflow(Clock, Clock.state, final=[ClockState.STOPPED])


@clock_workflow.step(ClockState.RUNNING, to=ClockState.PAUSED, needs=RUN_CLOCKS)
def pause(clock: Clock, ctx: Context, *, reason: str) -> None:
    """Wait for somebody else: the time until it is resumed does not count."""
    why = given(reason)
    halt(clock, ctx)
    clock.pause_reason = why


@clock_workflow.step(ClockState.PAUSED, to=ClockState.RUNNING, needs=RUN_CLOCKS)
def resume(clock: Clock, ctx: Context) -> None:
    """Go on: what is left of the target counts from now."""
    run_from(clock, ctx.now)


@clock_workflow.step(ClockState.RUNNING, ClockState.PAUSED, to=ClockState.STOPPED, needs=RUN_CLOCKS)
def stop(clock: Clock, ctx: Context) -> None:
    """It is done: nothing counts any more."""
    if clock.state is ClockState.RUNNING:
        halt(clock, ctx)
    clock.stopped_at = ctx.now
