"""From a calendar's rows to working time."""

from collections import defaultdict
from datetime import date
from zoneinfo import ZoneInfo

from dougong import Invalid
from dougong_flow.entities import Calendar, Weekday
from dougong_flow.working_time import Span, WorkingTime

MONDAY_FIRST = tuple(Weekday)


def hours_of(calendar: Calendar) -> WorkingTime:
    """When people work by a calendar, as it is stored now."""
    week: dict[int, list[Span]] = defaultdict(list)
    days: dict[date, list[Span]] = defaultdict(list)
    for one in calendar.intervals:
        week[MONDAY_FIRST.index(one.weekday)].append(_span(one.begins, one.ends))
    for other in calendar.exceptions:
        spans = days[other.day]
        if other.begins is not None and other.ends is not None:
            spans.append(_span(other.begins, other.ends))
    return WorkingTime(
        time_zone(calendar.time_zone),
        {number: tuple(spans) for number, spans in week.items()},
        {day: tuple(spans) for day, spans in days.items()},
    )


def time_zone(name: str) -> ZoneInfo:
    """The time zone of that name; raises Invalid."""
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        raise Invalid("unknown_time_zone", at="timeZone", name=name) from None


def _span(begins: str, ends: str) -> Span:
    return _minute(begins), _minute(ends)


def _minute(shown: str) -> int:
    hour, _, minute = shown.partition(":")
    return int(hour) * 60 + int(minute)
