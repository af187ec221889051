"""What keeps calendars and deadlines right, whoever writes them."""

from typing import Any

from dougong import Context, Refused, WrongState, before, guard
from dougong_flow.actions import override_deadline, return_to_rule
from dougong_flow.due_dates import compute
from dougong_flow.entities import (
    Calendar,
    Deadline,
    DeadlineState,
)
from dougong_flow.hours import time_zone


@before(Calendar.create)
def know_the_time_zone(calendar: Calendar, ctx: Context) -> None:
    """A calendar is in a time zone that there is."""
    time_zone(calendar.time_zone)


@before(Calendar.update, form=True)
def keep_to_a_known_time_zone(calendar: Calendar, ctx: Context, **form: Any) -> None:
    """The same for what is changed."""
    time_zone(form.get("time_zone", calendar.time_zone))


@before(Deadline.create)
def compute_the_day(deadline: Deadline, ctx: Context) -> None:
    """The day follows from the rule."""
    compute(deadline, {})


@guard(Deadline.update)
def change_open_deadlines_only(deadline: Deadline, ctx: Context) -> Refused | None:
    """What is over stays as it was."""
    return _over(deadline)


@before(Deadline.update, form=True)
def compute_the_day_anew(deadline: Deadline, ctx: Context, **form: Any) -> None:
    """It follows the anchor and the rule, unless it was overridden."""
    if form.keys() & {
        "anchor_on",
        "rule",
        "facts",
        "not_before_rule",
        "not_after_rule",
        "calendar",
    }:
        compute(deadline, form)


@guard(override_deadline)
def override_open_deadlines_only(deadline: Deadline, ctx: Context) -> Refused | None:
    """What is over stays as it was."""
    return _over(deadline)


@guard(return_to_rule)
def return_open_deadlines_only(deadline: Deadline, ctx: Context) -> Refused | None:
    """What is over stays as it was."""
    return _over(deadline)


def _over(deadline: Deadline) -> Refused | None:
    if deadline.state is DeadlineState.OPEN:
        return None
    return WrongState("deadline_is_closed", state=deadline.state)
