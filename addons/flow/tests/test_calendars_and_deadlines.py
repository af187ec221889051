"""Calendars that are shipped and changed, and deadlines that follow their rules."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from dougong import Invalid, Refused, WrongState
from dougong_flow import (
    Calendar,
    CalendarException,
    DayKind,
    Deadline,
    DeadlineState,
    Weekday,
    WeeklyInterval,
    hours_of,
    meet,
    override_deadline,
    waive,
)
from dougong_flow.actions import apply_calendar, bring_calendars, return_to_rule
from dougong_flow.reports import deadlines_passed


@pytest.fixture
def planner(office):
    office.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    return office.by("planner")


def deadline(planner, **said):
    said = {"name": "Papers", "anchor_on": date(2026, 11, 30), "rule": {"months": 3}, **said}
    return planner.create(Deadline(**said))


def test_the_shipped_calendar_of_china_knows_holidays_and_make_up_days(office):
    hours = hours_of(office.calendar("CN-2026"))

    year = [date.fromordinal(date(2026, 1, 1).toordinal() + day) for day in range(365)]
    worked = [day for day in year if hours.is_working_day(day)]
    assert len(worked) == 248
    assert [day.isoformat() for day in worked if day.weekday() > 4] == [
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
    ]
    assert hours.next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)


def test_bringing_in_calendars_again_leaves_what_was_changed(planner):
    assert bring_calendars(planner).brought == 2
    (china,) = planner.find(Calendar, Calendar.key == "CN-2026")
    Calendar.update(china, planner, name="Our year")

    assert bring_calendars(planner).brought == 0
    assert china.name == "Our year"


def test_a_calendar_is_in_a_time_zone_that_there_is(planner):
    for name in ("Asia/Nowhere", "", "../../etc/passwd", "Asia"):
        with pytest.raises(Invalid, match="unknown_time_zone"):
            planner.create(Calendar(key="X", name="X", time_zone=name))


@pytest.mark.parametrize(
    ("begins", "ends", "at"),
    [("9:00", "12:00", "begins"), ("12:00", "09:00", "ends"), ("09:00", "25:00", "ends")],
)
def test_hours_are_what_a_clock_shows_and_end_after_they_begin(planner, begins, ends, at):
    calendar = planner.create(Calendar(key="X", name="X", time_zone="UTC"))

    with pytest.raises(Invalid, match="bad_value") as refused:
        planner.create(
            WeeklyInterval(calendar=calendar, weekday=Weekday.MONDAY, begins=begins, ends=ends)
        )

    assert refused.value.at == (at,)


def test_a_holiday_has_no_hours_and_a_working_day_has_some(planner):
    calendar = planner.create(Calendar(key="X", name="X", time_zone="UTC"))
    said = {"calendar": calendar, "day": date(2026, 1, 1)}

    with pytest.raises(Invalid), planner.attempt():
        planner.create(CalendarException(kind=DayKind.WORKING, **said))
    with pytest.raises(Invalid), planner.attempt():
        planner.create(
            CalendarException(kind=DayKind.HOLIDAY, begins="09:00", ends="10:00", **said)
        )


def test_the_day_follows_the_anchor(planner):
    made = deadline(planner)
    assert made.due_on == date(2027, 2, 28)

    Deadline.update(made, planner, anchor_on=date(2026, 12, 31))

    assert made.due_on == date(2027, 3, 31)


def test_an_overridden_day_needs_a_reason_and_is_not_computed_again(planner):
    made = deadline(planner)

    with pytest.raises(Refused, match="say_why"):
        override_deadline(made, planner, on=date(2027, 3, 5), reason="")
    override_deadline(made, planner, on=date(2027, 3, 5), reason="The hall is closed before")
    Deadline.update(made, planner, anchor_on=date(2026, 12, 31))

    assert (made.due_on, made.override_reason) == (date(2027, 3, 5), "The hall is closed before")
    return_to_rule(made, planner)
    assert (made.due_on, made.override_reason) == (date(2027, 3, 31), None)


def test_another_day_is_chosen_within_the_window_only(planner):
    made = deadline(planner, not_before_rule={"months": 2}, not_after_rule={"months": 12})
    assert (made.not_before, made.not_after) == (date(2027, 1, 30), date(2027, 11, 30))

    for day in (date(2027, 1, 29), date(2027, 12, 1)):
        with pytest.raises(Invalid, match="outside_window"):
            override_deadline(made, planner, on=day, reason="Because")
    override_deadline(made, planner, on=date(2027, 11, 30), reason="Because")


def test_a_changed_calendar_moves_open_deadlines_once_it_is_applied(office):
    office.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
    calendar, planner = office.calendar("STANDARD"), office.by("planner")
    rule = {"working_days": 1}
    said = {"calendar": calendar, "rule": rule, "anchor_on": date(2026, 1, 8)}
    moved, met = deadline(planner, **said), deadline(planner, **said)
    kept = deadline(planner, **said)
    override_deadline(kept, planner, on=date(2026, 1, 10), reason="Because")
    meet(met, planner)
    planner.create(CalendarException(calendar=calendar, day=date(2026, 1, 9), kind=DayKind.HOLIDAY))

    apply_calendar(calendar, planner)

    assert [one.due_on.day for one in (moved, met, kept)] == [12, 9, 10]


def test_all_that_is_wrong_with_the_rules_is_said_at_once(planner):
    with pytest.raises(Refused) as refused:
        deadline(planner, rule={"month": 13, "day": 1}, not_after_rule={"fortnights": 2})

    assert [one.at for one in refused.value.several] == [
        ("rule", "month"),
        ("notAfterRule", "fortnights"),
    ]


@pytest.mark.parametrize(("hard", "day"), [(True, 3), (False, 3), (True, 4), (False, 4)])
def test_a_soft_deadline_is_met_late_and_a_hard_one_is_not(office, planner, hard, day):
    made = deadline(planner, anchor_on=date(2026, 1, 1), rule={"days": 0}, hard=hard, grace_days=2)
    done = date(2026, 1, day)

    if hard and day == 4:
        with pytest.raises(Refused, match="deadline_is_over"):
            meet(made, planner, on=done)
        return
    meet(made, planner, on=done)
    assert (made.state, made.met_on, made.late) == (DeadlineState.MET, done, day == 4)


def test_what_is_over_stays_as_it_was(planner):
    made = deadline(planner)
    waive(made, planner, reason="There is no conference")

    with pytest.raises(WrongState, match="deadline_is_closed"):
        Deadline.update(made, planner, anchor_on=date(2026, 12, 31))
    with pytest.raises(WrongState, match="deadline_is_closed"):
        override_deadline(made, planner, on=date(2027, 1, 1), reason="Because")


def test_nothing_is_met_tomorrow(planner):
    with pytest.raises(Invalid, match="met_in_the_future"):
        meet(deadline(planner), planner, on=date(2026, 1, 6))


def test_passed_deadlines_are_reported(planner):
    deadline(planner, name="Yesterday", anchor_on=date(2026, 1, 4), rule={"days": 0})
    deadline(planner, name="Today", anchor_on=date(2026, 1, 5), rule={"days": 0})

    planner.session.flush()
    rows = planner.session.execute(deadlines_passed.build(planner)).all()

    assert [row.name for row in rows] == ["Yesterday"]


def test_what_a_deadline_does_not_say_is_null_and_not_the_null_of_json(planner):
    deadline(planner)

    said = select(func.count()).where(Deadline.facts.is_(None), Deadline.not_after_rule.is_(None))
    assert planner.session.scalar(said) == 1
