"""What runs by the clock on the wall."""

from dougong import Context, every
from dougong_flow.overdue import remind_assignees, time_out_nodes
from dougong_flow.ticking import follow_calendars, raise_alarms


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
