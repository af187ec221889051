"""What runs by the clock on the wall."""

from dougong import Context, every, job
from dougong_flow.automatic import due_steps, go_on_with
from dougong_flow.entities import Checklist, ChecklistState, ChecklistStep
from dougong_flow.overdue import remind_assignees, time_out_nodes
from dougong_flow.ticking import follow_calendars, raise_alarms
from dougong_flow.work import ask_for_decisions, generate
from dougong_flow.workflows import cancel


@every("* * * * *")
def escalate(ctx: Context) -> None:
    """Raise the alarms of service clocks that are due, each once."""
    follow_calendars(ctx)
    raise_alarms(ctx)


@every("* * * * *")
def hurry(ctx: Context) -> None:
    """Remind those whose tasks wait too long, and decide the nodes whose time is up."""
    remind_assignees(ctx)
    time_out_nodes(ctx)


@job
def go_on(ctx: Context, *, step: ChecklistStep) -> None:
    """Do what a step does by itself: once, however often it is asked for."""
    go_on_with(step, ctx)


@every("* * * * *")
def go_on_by_itself(ctx: Context) -> None:
    """Look at the steps that go on by themselves and are due: failed ones, and those that wait."""
    for step in due_steps(ctx):
        ctx.later(go_on, step=step)


@job
def stop_subprocess(ctx: Context, *, checklist: Checklist) -> None:
    """Cancel a checklist whose step is not done any more."""
    ctx.lock(checklist)
    if checklist.state is ChecklistState.RUNNING:
        cancel(checklist, ctx, reason="The step that has started it is not done any more.")


@every("* * * * *")
def generate_tasks(ctx: Context) -> None:
    """Open the recurring tasks whose day has come; what was missed is carried over (S2-39)."""
    generate(ctx)


@every("5 * * * *")
def ask_whether_trials_hold(ctx: Context) -> None:
    """Tell those who answer for definitions whose trial is over that they are to decide."""
    ask_for_decisions(ctx)
