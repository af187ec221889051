"""Service clocks: working time only, pauses, warnings and escalations once, breaches for ever."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from dougong import Context, Forbidden, Refused, WrongState
from dougong.access.principal import Principal
from dougong_flow import CalendarException, ClockState, DayKind, ServiceLevel, pause, resume, stop
from dougong_flow.actions import apply_calendar, escalate_clocks, start_clock
from dougong_flow.entities import ClockAlarm, EscalationLevel, Tells
from dougong_flow.jobs import escalate as escalate_by_the_clock
from dougong_flow.reports import alarms_due

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai(text):
    """An instant, as the clocks in China show it."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def four_hours(office):
    """Four hours in China, a warning at three quarters, and two levels of escalation."""
    calendar = office.calendar()
    boss, owner = (office.by("planner", name).me for name in ("boss", "owner"))
    return office.by("planner").create(
        ServiceLevel(
            key="ANSWER",
            name="Answer in four hours",
            calendar=calendar,
            target_minutes=240,
            warn_percent=75,
            manager=boss,
            owner=owner,
            levels=[
                EscalationLevel(level=1, percent=100, tells=Tells.MANAGER),
                EscalationLevel(level=2, percent=150, tells=Tells.OWNER),
            ],
        )
    )


@pytest.fixture
def started(office, four_hours):
    """A clock that was started at five on the Friday before the Spring Festival."""
    office.now = shanghai("2026-02-13 17:00")
    ctx = office.by("worker")
    return start_clock(four_hours, ctx, about="A letter", assignee=ctx.me)


def escalate(office, when):
    office.now = shanghai(when)
    return escalate_clocks(office.by("planner")).raised


def reread(office, clock):
    ctx = office.by("planner")
    ctx.session.flush()
    ctx.session.expire_all()
    return clock


def raised(office):
    office.by("planner").session.expire_all()
    found = office.by("planner").find(ClockAlarm, ClockAlarm.raised_at.is_not(None))
    return [(one.kind.name, one.level, one.told.name) for one in found]


def test_four_hours_from_friday_evening_are_due_on_the_make_up_saturday(started):
    assert started.due_at == shanghai("2026-02-14 12:00")
    assert [(one.percent, one.due_at) for one in started.alarms] == [
        (100, shanghai("2026-02-14 12:00")),
        (75, shanghai("2026-02-14 11:00")),
        (100, shanghai("2026-02-14 12:00")),
        (150, shanghai("2026-02-14 15:00")),
    ]


def test_a_changed_calendar_moves_what_is_still_open(office, started):
    planner = office.by("planner")
    (make_up, *_) = planner.find(CalendarException, CalendarException.day == date(2026, 2, 14))
    for one in planner.find(CalendarException, CalendarException.day == make_up.day):
        planner.delete(one)

    apply_calendar(office.calendar(), planner)

    assert reread(office, started).due_at == shanghai("2026-02-24 12:00")
    assert escalate(office, "2026-02-14 23:00") == 0


def test_the_next_escalation_follows_a_calendar_that_has_changed(office, started):
    planner = office.by("planner")
    planner.create(
        CalendarException(
            calendar=office.calendar(),
            day=date(2026, 2, 14),
            kind=DayKind.WORKING,
            begins="07:00",
            ends="09:00",
        )
    )

    assert escalate(office, "2026-02-14 08:59") == 0
    assert reread(office, started).due_at == shanghai("2026-02-14 10:00")


def test_each_alarm_is_raised_once_and_tells_whom_it_shall(office, started):
    assert escalate(office, "2026-02-14 10:59") == 0
    assert escalate(office, "2026-02-14 11:00") == 1
    assert escalate(office, "2026-02-14 11:30") == 0
    assert escalate(office, "2026-02-14 12:00") == 2
    assert raised(office) == [
        ("BREACH", 0, "worker"),
        ("WARNING", 0, "worker"),
        ("ESCALATION", 1, "boss"),
    ]
    assert escalate(office, "2026-03-01 12:00") == 1
    assert escalate(office, "2026-03-02 12:00") == 0

    clock = reread(office, started)
    assert clock.warned_at == shanghai("2026-02-14 11:00")
    assert clock.breached_at == shanghai("2026-02-14 12:00")
    assert clock.escalated_to == 2


def test_a_job_raises_what_is_due_though_nobody_asks(office, started):
    office.now = shanghai("2026-02-14 13:00")
    nobody = Principal(None, "job flow.escalate", frozenset())
    ctx = Context(office.world.generation, office.world.session, nobody, office.now)
    with ctx.acting_as("flow"):
        escalate_by_the_clock.run(ctx, {})

    assert len(raised(office)) == 3


def test_the_time_of_a_pause_does_not_count(office, started):
    office.now = shanghai("2026-02-14 10:00")
    pause(started, office.by("worker"), reason="The customer must answer")
    assert (started.used_seconds, started.due_at) == (2 * 3600, None)
    assert escalate(office, "2026-02-24 18:00") == 0

    office.now = shanghai("2026-02-25 17:00")
    resume(started, office.by("worker"))

    assert started.due_at == shanghai("2026-02-26 10:00")
    office.now = shanghai("2026-02-26 09:30")
    stop(started, office.by("worker"))
    assert started.used_seconds == 2 * 3600 + 5400
    assert started.breached_at is None
    assert escalate(office, "2026-03-26 09:30") == 0


def test_whoever_stops_late_does_not_hide_the_breach(office, started):
    office.now = shanghai("2026-02-14 14:30")

    stop(started, office.by("worker"))

    assert started.state is ClockState.STOPPED
    assert started.breached_at == shanghai("2026-02-14 12:00")
    assert started.used_seconds == int(5.5 * 3600)
    assert len(raised(office)) == 3


def test_a_breach_stays_whatever_the_calendar_says_later(office, started):
    escalate(office, "2026-02-14 12:00")
    planner = office.by("planner")
    for one in planner.find(CalendarException, CalendarException.day == date(2026, 2, 14)):
        planner.delete(one)
    apply_calendar(office.calendar(), planner)
    pause(reread(office, started), office.by("worker"), reason="Lunch")
    office.now += timedelta(days=20)
    resume(started, office.by("worker"))

    assert started.breached_at == shanghai("2026-02-14 12:00")
    assert started.due_at == shanghai("2026-02-14 12:00")


@pytest.mark.parametrize(
    "statement",
    [
        "update flow.clock set breached_at = null",
        "update flow.clock_alarm set raised_at = null where raised_at is not null",
    ],
)
def test_the_database_itself_keeps_what_was_raised(office, started, statement):
    escalate(office, "2026-02-14 12:00")
    session = office.world.session
    session.info.pop("context")

    with pytest.raises(Exception, match=r"stays raised|does not go away"):
        session.execute(text(statement))


def test_a_pause_wants_a_reason(office, started):
    with pytest.raises(Refused, match="say_why"):
        pause(started, office.by("worker"), reason="  ")


def test_nobody_runs_the_clocks_of_others(office, started):
    with pytest.raises(Forbidden):
        stop(started, office.by("worker", "somebody else"))
    with pytest.raises(Forbidden):
        escalate_clocks(office.by("worker"))


def test_a_clock_that_stands_still_is_not_paused_again(office, started):
    pause(started, office.by("worker"), reason="Lunch")

    with pytest.raises(WrongState):
        pause(started, office.by("worker"), reason="Lunch")


def test_a_calendar_without_enough_working_time_starts_no_clock(office, four_hours):
    office.now = shanghai("2026-10-10 15:00")
    planner = office.by("planner")
    for one in list(four_hours.calendar.intervals):
        planner.delete(one)

    with pytest.raises(Refused, match="no_working_time_left"):
        start_clock(four_hours, planner, about="Too late")


def test_what_waits_to_be_raised_is_reported(office, started):
    office.now = shanghai("2026-02-14 12:00")
    ctx = office.by("planner")
    ctx.session.flush()

    rows = ctx.session.execute(alarms_due.build(ctx)).all()

    assert [(row.about, row.kind.name, row.level) for row in rows] == [
        ("A letter", "WARNING", 0),
        ("A letter", "BREACH", 0),
        ("A letter", "ESCALATION", 1),
    ]
