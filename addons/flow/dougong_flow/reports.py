"""What is due: alarms that wait to be raised, deadlines, and trials that want a decision."""

from datetime import date, datetime

from sqlalchemy import Date, Select, cast, select

from dougong import Context, report
from dougong_flow.entities import (
    AlarmKind,
    Clock,
    ClockAlarm,
    ClockState,
    Deadline,
    DeadlineState,
    Definition,
    DefinitionVersion,
    VersionState,
)
from dougong_flow.permissions import AUDIT_CLOCKS, RELEASE


@report(needs=AUDIT_CLOCKS)
def alarms_due(ctx: Context) -> Select[str, AlarmKind, int, datetime | None]:
    """Alarms of running clocks that are due and were not raised: what escalateClocks would raise.

    about: What the clock measures.
    kind: What the alarm says.
    level: Which level of the escalation.
    due_at: Since when it is due.
    """
    return (
        select(
            Clock.about.label("about"),
            ClockAlarm.kind.label("kind"),
            ClockAlarm.level.label("level"),
            ClockAlarm.due_at.label("due_at"),
        )
        .select_from(ClockAlarm)
        .join(ClockAlarm.clock)
        .where(
            Clock.state == ClockState.RUNNING,
            ClockAlarm.raised_at.is_(None),
            ClockAlarm.due_at <= ctx.now,
        )
        .order_by(ClockAlarm.due_at, ClockAlarm.id)
    )


@report(needs=AUDIT_CLOCKS)
def deadlines_passed(ctx: Context) -> Select[str, date | None, int, bool]:
    """Open deadlines whose day is over, the oldest first.

    name: What was due.
    due_on: On which day.
    grace_days: How many days late is not yet late.
    hard: Whether it can still be met after these.
    """
    return (
        select(
            Deadline.name.label("name"),
            Deadline.due_on.label("due_on"),
            Deadline.grace_days.label("grace_days"),
            Deadline.hard.label("hard"),
        )
        .where(Deadline.state == DeadlineState.OPEN, Deadline.due_on < cast(ctx.now, Date))
        .order_by(Deadline.due_on, Deadline.id)
    )


@report(needs=RELEASE)
def trials_to_decide(ctx: Context) -> Select[str, int, int, date | None]:
    """Versions whose trial is over, and of which nobody has decided whether they hold.

    definition: What it is a version of.
    major: Its number.
    minor: How often it was changed during the trial.
    trial_until: When the trial was over.
    """
    return (
        select(
            Definition.name.label("definition"),
            DefinitionVersion.major.label("major"),
            DefinitionVersion.minor.label("minor"),
            DefinitionVersion.trial_until.label("trial_until"),
        )
        .select_from(DefinitionVersion)
        .join(DefinitionVersion.definition)
        .where(
            DefinitionVersion.state == VersionState.TRIAL,
            DefinitionVersion.trial_until <= cast(ctx.now, Date),
        )
        .order_by(DefinitionVersion.trial_until, DefinitionVersion.id)
    )
