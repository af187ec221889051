"""Working time: intervals, holidays, make-up days, summer time, and arithmetic that comes out."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dougong_flow.working_time import NoWorkingTime, WorkingTime, joined

OFFICE = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
WEEK = dict.fromkeys(range(5), OFFICE)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOLIDAYS = {date(2026, 2, day): () for day in range(15, 24)}
SPRING_FESTIVAL = WorkingTime(SHANGHAI, WEEK, {**HOLIDAYS, date(2026, 2, 14): OFFICE})
WITHOUT_MAKE_UP = WorkingTime(SHANGHAI, WEEK, HOLIDAYS)


def at(text, zone="Asia/Shanghai"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_four_hours_from_friday_evening_end_on_the_make_up_saturday():
    due = SPRING_FESTIVAL.after(at("2026-02-13 17:00"), 4 * 3600)

    assert due == at("2026-02-14 12:00")


def test_without_the_make_up_day_they_end_after_the_spring_festival():
    due = WITHOUT_MAKE_UP.after(at("2026-02-13 17:00"), 4 * 3600)

    assert due == at("2026-02-24 12:00")


def test_the_make_up_saturday_is_a_working_day_and_the_festival_is_none():
    assert SPRING_FESTIVAL.next_working_day(date(2026, 2, 14)) == date(2026, 2, 14)
    assert SPRING_FESTIVAL.next_working_day(date(2026, 2, 15)) == date(2026, 2, 24)
    assert SPRING_FESTIVAL.previous_working_day(date(2026, 2, 23)) == date(2026, 2, 14)
    assert WITHOUT_MAKE_UP.previous_working_day(date(2026, 2, 23)) == date(2026, 2, 13)
    assert SPRING_FESTIVAL.nth_working_day(date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert SPRING_FESTIVAL.nth_working_day(date(2026, 2, 24), -2) == date(2026, 2, 13)
    assert SPRING_FESTIVAL.nth_working_day(date(2026, 2, 15), 0) == date(2026, 2, 15)


def test_the_lunch_hour_is_not_worked():
    assert WITHOUT_MAKE_UP.seconds_between(at("2026-02-09 11:30"), at("2026-02-09 13:30")) == 3600


def test_spans_that_overlap_count_once():
    assert joined([(540, 720), (600, 780), (780, 800), (900, 900)]) == ((540, 800),)


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)],
)
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(day, hours):
    always = WorkingTime(ZoneInfo("Europe/Berlin"), dict.fromkeys(range(7), ((0, 1440),)))
    start = at(f"{day} 00:00", "Europe/Berlin")
    end = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=start.tzinfo)

    assert always.seconds_between(start, end) == hours * 3600


def test_a_shift_over_the_hour_that_is_skipped_is_an_hour_shorter():
    night = WorkingTime(ZoneInfo("Europe/Berlin"), {6: ((60, 240),)})
    sunday = at("2026-03-29 00:00", "Europe/Berlin")

    assert night.after(sunday, 2 * 3600) == at("2026-03-29 04:00", "Europe/Berlin")
    assert night.seconds_between(sunday, sunday + timedelta(hours=12)) == 2 * 3600


def test_a_day_that_a_country_skipped_is_not_worked():
    always = WorkingTime(ZoneInfo("Pacific/Apia"), dict.fromkeys(range(7), ((0, 1440),)))

    assert always.worked_on(date(2011, 12, 30)) == []
    assert len(always.worked_on(date(2011, 12, 31))) == 1


def test_where_nothing_is_worked_there_is_no_such_instant_or_day():
    never = WorkingTime(SHANGHAI, {}, {date(2026, 2, 14): OFFICE})

    assert never.after(at("2026-02-01 00:00"), 8 * 3600) == at("2026-02-14 18:00")
    with pytest.raises(NoWorkingTime):
        never.after(at("2026-02-01 00:00"), 8 * 3600 + 1)
    with pytest.raises(NoWorkingTime):
        never.next_working_day(date(2026, 2, 15))
    with pytest.raises(NoWorkingTime):
        never.previous_working_day(date(2026, 2, 13))


def test_nobody_waits_for_what_takes_a_minute_a_week():
    hardly = WorkingTime(SHANGHAI, {0: ((540, 541),)})

    assert hardly.after(at("2026-02-01 00:00"), 600) == at("2026-04-06 09:01")
    with pytest.raises(NoWorkingTime):
        hardly.after(at("2026-02-01 00:00"), 10**6)


# What holds of every calendar -------------------------------------------------------------------

MOMENTS = [  # near changes of the clock, some of them odd: by half an hour, by a day, at 00:01
    ("Europe/Berlin", "2026-03-28"),
    ("Europe/Berlin", "2026-10-24"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Pacific/Apia", "2011-12-29"),
    ("America/St_Johns", "2010-11-06"),
    ("Asia/Shanghai", "2026-02-13"),
]
spans = st.lists(
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).map(lambda one: tuple(sorted(one))),
    max_size=3,
).map(tuple)


@st.composite
def calendars(draw):
    """Working time, and an instant near what is odd about its time zone."""
    zone, day = draw(st.sampled_from(MOMENTS))
    first = date.fromisoformat(day)
    single = st.integers(-1, 4).map(lambda days: first + timedelta(days=days))
    hours = WorkingTime(
        ZoneInfo(zone),
        draw(st.dictionaries(st.integers(0, 6), spans)),
        draw(st.dictionaries(single, spans, max_size=3)),
    )
    start = datetime(first.year, first.month, first.day, tzinfo=UTC)
    return hours, start + timedelta(minutes=draw(st.integers(-1440, 2880)))


def minutes_worked(hours, start, end):
    """The same by looking at the wall once a minute."""
    worked = 0
    while start < end:
        wall = start.astimezone(hours.zone)
        own = hours.days.get(wall.date(), hours.week.get(wall.weekday(), ()))
        minute = wall.hour * 60 + wall.minute
        worked += any(begins <= minute < ends for begins, ends in own)
        start += timedelta(minutes=1)
    return worked


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 2880))
def test_it_counts_what_the_clock_on_the_wall_shows(drawn, minutes):
    hours, start = drawn
    end = start + timedelta(minutes=minutes)

    assert hours.seconds_between(start, end) == 60 * minutes_worked(hours, start, end)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_stretches_are_as_long_as_both_together(drawn, first, second):
    hours, start = drawn
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)
    whole = hours.seconds_between(start, end)

    assert hours.seconds_between(start, middle) + hours.seconds_between(middle, end) == whole
    assert 0 <= whole <= first + second


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(1, 10**6), st.integers(0, 10**5))
def test_after_so_many_seconds_so_many_are_worked_and_not_before(drawn, seconds, more):
    hours, start = drawn
    try:
        end = hours.after(start, seconds)
    except NoWorkingTime:
        assert hours.seconds_between(start, start + timedelta(days=400)) < seconds
        return

    assert hours.seconds_between(start, end) == seconds
    assert hours.seconds_between(start, end - timedelta(seconds=1)) == seconds - 1
    try:
        assert hours.after(start, seconds + more) >= end
    except NoWorkingTime:
        assert more


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(1, 40))
def test_so_many_working_days_on_and_back_again_is_where_one_was(drawn, number):
    hours, start = drawn
    try:
        day = hours.next_working_day(start.date())
        there = hours.nth_working_day(day, number)
    except NoWorkingTime:
        return

    assert hours.is_working_day(there)
    assert hours.nth_working_day(there, -number) == day
