"""Working time: which minutes of which days are worked, and how to count in them.

Nothing here knows a database or what time it is. An instant is a datetime with time zone; those
that are given back are in UTC. What is worked is what the clock on the wall shows: an interval from
1 to 3 lasts three hours in the night in which summer time ends, and one in which it begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""From one minute of a day to another that is not part of it: 540 to 720 is from 9 to 12."""
Period = tuple[datetime, datetime]
ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
AROUND = timedelta(hours=26)
"""No place is further from UTC than that."""
LAST_YEAR = 9000
HORIZON = timedelta(days=20 * 366)
"""Nobody waits longer than that."""


class NoWorkingTime(Exception):
    """From there on nothing is ever worked, so there is no such instant or day."""


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes, in order, each once."""
    found: list[Span] = []
    for begins, ends in sorted(spans):
        if found and begins <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends, found[-1][1]))
        elif begins < ends:
            found.append((begins, ends))
    return tuple(found)


@dataclass(frozen=True)
class WorkingTime:
    """When people work: the spans of each weekday (0 is Monday), and those of single days.

    What stands for a day replaces what its weekday has; no spans: a holiday.
    """

    zone: ZoneInfo
    week: Mapping[int, tuple[Span, ...]]
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    _last: date | None = field(init=False, compare=False, repr=False)
    _known: dict[date, list[Period]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("week", "days"):
            said: Mapping[int | date, tuple[Span, ...]] = getattr(self, name)
            object.__setattr__(self, name, {key: joined(said[key]) for key in said})
        last = date(LAST_YEAR, 12, 31) if any(self.week.values()) else max(self.days, default=None)
        object.__setattr__(self, "_last", last)

    def is_working_day(self, day: date) -> bool:
        """Whether anything is worked on a day."""
        return bool(self._spans(day))

    def next_working_day(self, day: date) -> date:
        """The day, or the first one after it that is worked; raises NoWorkingTime."""
        return self._working_day(day, 1)

    def previous_working_day(self, day: date) -> date:
        """The day, or the last one before it that is worked; raises NoWorkingTime."""
        return self._working_day(day, -1)

    def nth_working_day(self, day: date, number: int) -> date:
        """The first, second … working day after a day; before it where the number is negative.

        The day itself does not count; 0 is the day. Raises NoWorkingTime.
        """
        step = 1 if number > 0 else -1
        for _ in range(abs(number)):
            day = self._working_day(day + step * ONE_DAY, step)
        return day

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """How many seconds are worked from one instant to another; 0 where that is not later."""
        worked = timedelta()
        for since, until in self._periods(start, end):
            worked += until - since
        return worked // ONE_SECOND

    def after(self, start: datetime, seconds: int) -> datetime:
        """The first instant at which so many seconds have been worked since another.

        Raises NoWorkingTime where that takes more than twenty years.
        """
        left = timedelta(seconds=seconds)
        if not left:
            return start
        for since, until in self._periods(start, start + HORIZON):
            if until - since >= left:
                return since + left
            left -= until - since
        raise NoWorkingTime

    def worked_on(self, day: date) -> list[Period]:
        """When a day is worked, in order."""
        if day not in self._known:
            self._known[day] = sorted(self._worked_on(day))
        return self._known[day]

    def _spans(self, day: date) -> tuple[Span, ...]:
        own = self.days.get(day)
        return self.week.get(day.weekday(), ()) if own is None else own

    def _worked_on(self, day: date) -> Iterator[Period]:
        midnight = datetime.combine(day, time(), UTC)
        for begins, ends in self._spans(day):
            for since, until, offset in self._offsets(midnight):
                start = max(since, midnight + timedelta(minutes=begins) - offset)
                end = min(until, midnight + timedelta(minutes=ends) - offset)
                if start < end:
                    yield start, end

    def _offsets(self, midnight: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """From when to when the wall is how far ahead of UTC, around a day."""
        start, end = midnight - AROUND, midnight + ONE_DAY + AROUND
        while start < end:
            offset = self._offset(start)
            change = end if self._offset(end) == offset else self._change(start, end, offset)
            yield start, change, offset
            start = change

    def _change(self, start: datetime, end: datetime, offset: timedelta) -> datetime:
        """The first second at which another offset holds."""
        while end - start > ONE_SECOND:
            middle = start + (end - start) // 2 // ONE_SECOND * ONE_SECOND
            if self._offset(middle) == offset:
                start = middle
            else:
                end = middle
        return end

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or timedelta()

    def _periods(self, start: datetime, end: datetime) -> Iterator[Period]:
        """What is worked from one instant to another, in order."""
        window = start.astimezone(UTC)
        while window < end and not self._is_over(window.date()):
            until = min(window + ONE_DAY, end)
            near = [window.date() + days * ONE_DAY for days in (-1, 0, 1, 2)]
            for since, till in sorted(one for day in near for one in self.worked_on(day)):
                if max(since, window) < min(till, until):
                    yield max(since, window), min(till, until)
            window = until

    def _working_day(self, day: date, step: int) -> date:
        while not self.is_working_day(day):
            day += step * ONE_DAY
            if self._is_over(day) if step > 0 else self._is_before_all(day):
                raise NoWorkingTime
        return day

    def _is_over(self, day: date) -> bool:
        """Whether nothing is worked from a day on, whatever the time zone."""
        return self._last is None or day > self._last + 2 * ONE_DAY

    def _is_before_all(self, day: date) -> bool:
        first = date(2, 1, 1) if any(self.week.values()) else min(self.days, default=day)
        return day < first
