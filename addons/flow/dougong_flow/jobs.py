"""What runs by the clock on the wall."""

from dougong import Context, every
from dougong_flow.ticking import follow_calendars, raise_alarms


@every("* * * * *")
def escalate(ctx: Context) -> None:
    """Raise the alarms of service clocks that are due, each once."""
    follow_calendars(ctx)
    raise_alarms(ctx)
