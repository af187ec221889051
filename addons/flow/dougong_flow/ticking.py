"""How service clocks count: when their alarms are due, and raising those that are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, DateTime, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from dougong import Context, Refused, User
from dougong_flow.entities import (
    AlarmKind,
    Calendar,
    Clock,
    ClockAlarm,
    ClockState,
    ServiceLevel,
    Tells,
)
from dougong_flow.hours import hours_of
from dougong_flow.working_time import NoWorkingTime, WorkingTime

clock_table = Clock.__table__.c
alarm_table = ClockAlarm.__table__.c
level_table = ServiceLevel.__table__.c


def alarms_of(level: ServiceLevel, assignee: User | None) -> Iterator[ClockAlarm]:
    """The alarms of a new clock: the breach, the warning, and each level of the escalation."""
    told = {Tells.ASSIGNEE: assignee, Tells.MANAGER: level.manager, Tells.OWNER: level.owner}
    yield ClockAlarm(kind=AlarmKind.BREACH, percent=100, told=assignee)
    if level.warn_percent is not None:
        yield ClockAlarm(kind=AlarmKind.WARNING, percent=level.warn_percent, told=assignee)
    for one in level.levels:
        yield ClockAlarm(
            kind=AlarmKind.ESCALATION, level=one.level, percent=one.percent, told=told[one.tells]
        )


def begin_clock(
    level: ServiceLevel, about: str, assignee: User | None, ctx: Context, seconds: int | None = None
) -> Clock:
    """A new clock that runs from now on, for so many seconds or as long as its level says."""
    clock = Clock(
        service_level=level,
        about=about,
        target_seconds=level.target_minutes * 60 if seconds is None else seconds,
        assignee=assignee,
        started_at=ctx.now,
        running_since=None,
        calendar_version=level.calendar.version,
        alarms=list(alarms_of(level, assignee)),
    )
    ctx.create(clock)
    ctx.session.expire(clock, ["alarms"])
    run_from(clock, ctx.now)
    return clock


def tell_assignee(clock: Clock, assignee: User | None) -> None:
    """Somebody else works on what a clock measures: alarms that were not raised yet tell them."""
    told = {(one.kind, one.level): one.told for one in alarms_of(clock.service_level, assignee)}
    clock.assignee = assignee
    for alarm in clock.alarms:
        if alarm.raised_at is None and (alarm.kind, alarm.level) in told:
            alarm.told = told[alarm.kind, alarm.level]


def retarget(clock: Clock, seconds: int, ctx: Context) -> None:
    """So much working time is left from now on; what was raised stays raised."""
    if clock.state is ClockState.PAUSED:
        clock.target_seconds = clock.used_seconds + seconds
        return
    halt(clock, ctx)
    clock.target_seconds = clock.used_seconds + seconds
    run_from(clock, ctx.now)


def run_from(clock: Clock, since: datetime) -> None:
    """Let a clock run from an instant on, and say when the alarms that are left are due.

    Raises Refused where its calendar has not that much working time.
    """
    calendar = clock.service_level.calendar
    hours = hours_of(calendar)
    measured = _Measured(clock.target_seconds, clock.used_seconds, since)
    for alarm in clock.alarms:
        if alarm.raised_at is None:
            alarm.due_at = measured.due(alarm.percent, hours, calendar)
    clock.due_at = clock.breached_at or measured.due(100, hours, calendar)
    clock.calendar_version = calendar.version
    clock.running_since = since


def halt(clock: Clock, ctx: Context) -> None:
    """Let a running clock stand still: what is due by now is raised, what was used is kept."""
    calendar, alarms = clock.service_level.calendar, clock.alarms
    assert clock.running_since is not None
    if clock.calendar_version != calendar.version:
        run_from(clock, clock.running_since)
        ctx.session.flush()
    if raise_alarms(ctx, Clock.id == clock.id):
        ctx.session.refresh(clock)
        for alarm in alarms:
            ctx.session.refresh(alarm)
    for alarm in alarms:
        if alarm.raised_at is None:
            alarm.due_at = None
    clock.used_seconds += hours_of(calendar).seconds_between(clock.running_since, ctx.now)
    clock.due_at = clock.running_since = None


def raise_alarms(ctx: Context, *where: ColumnElement[bool]) -> int:
    """Raise, once, all alarms of running clocks that are due; how many there were.

    Clocks that somebody is changing now are left to them: whoever pauses or stops a clock raises
    what is due.
    """
    is_due = (ClockAlarm.due_at <= ctx.now, ClockAlarm.raised_at.is_(None))
    held = (
        select(Clock.id)
        .where(Clock.state == ClockState.RUNNING, *where)
        .where(Clock.id.in_(select(alarm_table.clock_id).where(*is_due)))
        .order_by(Clock.id)
        .with_for_update(skip_locked=True, of=Clock)
    )
    clocks = _any_of(list(ctx.session.scalars(held)))
    raised = ctx.session.scalars(
        update(ClockAlarm)
        .where(alarm_table.clock_id == clocks, *is_due)
        .values(raised_at=ctx.now, version=ClockAlarm.version + 1, updated_at=ctx.now)
        .returning(ClockAlarm.id)
        .execution_options(synchronize_session=False)
    ).all()
    ctx.session.execute(
        update(Clock)
        .where(Clock.id == clocks)
        .values(
            warned_at=_first_raised(AlarmKind.WARNING),
            breached_at=_first_raised(AlarmKind.BREACH),
            escalated_to=select(func.coalesce(func.max(ClockAlarm.level), 0))
            .where(alarm_table.clock_id == clock_table.id, ClockAlarm.raised_at.is_not(None))
            .scalar_subquery(),
            version=Clock.version + 1,
            updated_at=ctx.now,
        )
        .execution_options(synchronize_session=False)
    )
    return len(raised)


def _first_raised(kind: AlarmKind) -> Any:
    return (
        select(ClockAlarm.due_at)
        .where(
            alarm_table.clock_id == clock_table.id,
            ClockAlarm.kind == kind,
            ClockAlarm.raised_at.is_not(None),
        )
        .scalar_subquery()
    )


def follow_calendars(ctx: Context) -> int:
    """Compute the running clocks anew whose calendar has changed; how many there were.

    What was raised stays raised.
    """
    stale = (
        select(level_table.calendar_id)
        .select_from(Clock)
        .join(Clock.service_level)
        .where(Clock.state == ClockState.RUNNING, Clock.calendar_version != Calendar.version)
    )
    changed = select(Calendar).where(Calendar.id.in_(stale)).order_by(Calendar.id)
    return sum(_follow(calendar, ctx) for calendar in ctx.session.scalars(changed).all())


def _follow(calendar: Calendar, ctx: Context) -> int:
    hours = hours_of(calendar)
    clocks = ctx.session.execute(
        select(
            Clock.id,
            Clock.running_since,
            Clock.used_seconds,
            Clock.target_seconds,
            Clock.breached_at,
        )
        .where(
            Clock.state == ClockState.RUNNING,
            Clock.calendar_version != calendar.version,
            Clock.service_level.has(ServiceLevel.calendar == calendar),
        )
        .order_by(Clock.id)
        .with_for_update(of=Clock)
    ).all()
    if not clocks:
        return 0
    waiting = ctx.session.execute(
        select(ClockAlarm.id, alarm_table.clock_id, ClockAlarm.percent).where(
            alarm_table.clock_id == _any_of([one.id for one in clocks]),
            ClockAlarm.raised_at.is_(None),
        )
    )
    percents: dict[int, list[tuple[int, int]]] = {}
    for alarm, clock, percent in waiting:
        percents.setdefault(clock, []).append((alarm, percent))
    alarms: dict[int, datetime] = {}
    due: dict[int, datetime] = {}
    for one in clocks:
        measured = _Measured(one.target_seconds, one.used_seconds, one.running_since)
        for alarm, percent in percents.get(one.id, ()):
            alarms[alarm] = measured.due(percent, hours, calendar)
        due[one.id] = one.breached_at or measured.due(100, hours, calendar)
    _move(ctx, ClockAlarm, alarms)
    _move(ctx, Clock, due, calendar_version=calendar.version, version=Clock.version + 1)
    ctx.session.expire_all()
    return len(clocks)


def _move(
    ctx: Context, entity: type[Clock | ClockAlarm], due: dict[int, datetime], **also: Any
) -> None:
    """Say of some records, by one statement, when they are due."""
    moments: Any = (
        func.unnest(
            bindparam(None, list(due), ARRAY(BigInteger)),
            bindparam(None, list(due.values()), ARRAY(DateTime(timezone=True))),
        )
        .table_valued("id", "due_at", name="moments")
        .render_derived()
    )
    ctx.session.execute(
        update(entity)
        .where(entity.id == moments.c.id)
        .values(due_at=moments.c.due_at, updated_at=ctx.now, **also)
        .execution_options(synchronize_session=False)
    )


class _Measured(NamedTuple):
    """What is known of the time that a clock measures."""

    target: int
    used: int
    since: datetime

    def due(self, percent: int, hours: WorkingTime, calendar: Calendar) -> datetime:
        """When so many per cent of the target will be used; raises Refused where never."""
        left = self.target * percent // 100 - self.used
        try:
            return hours.after(self.since, max(left, 0))
        except NoWorkingTime:
            raise Refused("no_working_time_left", calendar=calendar.name) from None


def _any_of(numbers: list[int]) -> Any:
    return any_(bindparam(None, numbers, ARRAY(BigInteger)))
