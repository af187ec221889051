"""What is due: alarms that wait to be raised, deadlines, and trials that want a decision."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Date, Numeric, Select, case, cast, exists, false, func, or_, select
from sqlalchemy.dialects.postgresql import JSONPATH

from dougong import Context, report
from dougong_flow.entities import (
    AlarmKind,
    Approval,
    ApprovalNode,
    ApprovalState,
    Checklist,
    ChecklistState,
    ChecklistStep,
    Clock,
    ClockAlarm,
    ClockState,
    Deadline,
    DeadlineState,
    Definition,
    DefinitionVersion,
    NodeDecidedBy,
    RoundOutcome,
    StepRound,
    StepState,
    Trigger,
    VersionState,
)
from dougong_flow.permissions import AUDIT_CLOCKS, RELEASE
from dougong_flow.waiting import OVER


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


@report(needs=RELEASE)
def returns_by_step(ctx: Context) -> Select[str, str | None, int, int]:
    """How often what came from a step was returned to it, and how often it was completed (S4-43).

    definition: What the step is part of.
    step: The key of the earlier step, from which it came.
    completed: How often it was completed, in all rounds.
    returned: How often later steps returned it.
    """
    returned = StepRound.outcome == RoundOutcome.RETURNED
    upstream = case((returned, StepRound.returned_to), else_=StepRound.key)
    counted = StepRound.outcome.in_((RoundOutcome.COMPLETED, RoundOutcome.RETURNED))
    return (
        select(
            Definition.name.label("definition"),
            upstream.label("step"),
            func.count().filter(~returned).label("completed"),
            func.count().filter(returned).label("returned"),
        )
        .select_from(StepRound)
        .join(StepRound.definition_version)
        .join(DefinitionVersion.definition)
        .where(counted)
        .group_by(Definition.name, upstream)
        .order_by(Definition.name, upstream)
    )


@report(needs=RELEASE)
def automation_rate(ctx: Context) -> Select[str, int, int, Decimal]:
    """What share of a definition's completed steps nobody had to do (S0-15).

    definition: What the steps are part of.
    completed: How often steps were completed, in all rounds.
    automatic: How often by the system: effects, waits and subprocesses.
    rate: The share of these.
    """
    automatic = func.count().filter(StepRound.completed_as.like("system:%"))
    return (
        select(
            Definition.name.label("definition"),
            func.count().label("completed"),
            automatic.label("automatic"),
            cast(cast(automatic, Numeric) / func.count(), Numeric(5, 4)).label("rate"),
        )
        .select_from(StepRound)
        .join(StepRound.definition_version)
        .join(DefinitionVersion.definition)
        .where(StepRound.outcome == RoundOutcome.COMPLETED)
        .group_by(Definition.name)
        .order_by(Definition.name)
    )


@report(needs=RELEASE)
def decision_distance(ctx: Context) -> Select[str, int, int, Decimal]:
    """How many others had to decide before somebody could go on: none, where a limit lets them (S1-32).

    definition: What says how it is decided.
    approvals: How many approvals were granted or rejected.
    undelayed: In how many of these nobody else was asked.
    distance: How many nodes people decided in each, on average.
    """
    asked = ApprovalNode.decided_by == NodeDecidedBy.VOTES
    approvals = func.count(Approval.id.distinct())
    votes = func.count(ApprovalNode.id).filter(asked)
    return (
        select(
            Definition.name.label("definition"),
            approvals.label("approvals"),
            (approvals - func.count(Approval.id.distinct()).filter(asked)).label("undelayed"),
            cast(cast(votes, Numeric) / approvals, Numeric(9, 4)).label("distance"),
        )
        .select_from(ApprovalNode)
        .join(ApprovalNode.approval)
        .join(Approval.definition_version)
        .join(DefinitionVersion.definition)
        .where(Approval.state.in_((ApprovalState.APPROVED, ApprovalState.REJECTED)))
        .group_by(Definition.name)
        .order_by(Definition.name)
    )


@report(needs=RELEASE)
def needs_without_satisfaction(ctx: Context) -> Select[str, int, int]:
    """What begins with a customer's need, and never asks how content it left the customer (S1-41).

    definition: What is carried out.
    major: The number of the version that holds, or is tried out.
    minor: How often it was changed during the trial.
    """
    asks = func.jsonb_path_exists(DefinitionVersion.body, cast("$.steps[*].satisfaction", JSONPATH))
    return (
        select(
            Definition.name.label("definition"),
            DefinitionVersion.major.label("major"),
            DefinitionVersion.minor.label("minor"),
        )
        .select_from(DefinitionVersion)
        .join(DefinitionVersion.definition)
        .where(
            Definition.trigger == Trigger.CUSTOMER_NEED,
            DefinitionVersion.state.in_((VersionState.EFFECTIVE, VersionState.TRIAL)),
            ~asks,
        )
        .order_by(Definition.name, DefinitionVersion.id)
    )


@report(needs=RELEASE)
def running_board(ctx: Context) -> Select[str, str, int, int, int, int, date | None]:
    """Checklists under way: how far they are, what is late, and what soon will be; late ones first (S0-11).

    definition: What is carried out.
    about: What for.
    steps: How many steps there are.
    over: How many of these are over.
    late: How many are to be done now, and their day or their working time is over.
    at_risk: How many others are due today or tomorrow, or their clock has warned.
    next_due: The next day on which one of them is due.
    """
    today = cast(ctx.now, Date)
    ready = ChecklistStep.state == StepState.READY
    told = {
        kind: exists().where(
            ClockAlarm.__table__.c.clock_id == Clock.id,
            ClockAlarm.kind == kind,
            ClockAlarm.raised_at.is_not(None),
        )
        for kind in (AlarmKind.WARNING, AlarmKind.BREACH)
    }
    late = or_(func.coalesce(Deadline.due_on < today, false()), told[AlarmKind.BREACH])
    soon = or_(func.coalesce(Deadline.due_on <= today + 1, false()), told[AlarmKind.WARNING])
    counted_late = func.count().filter(ready, late)
    return (
        select(
            Definition.name.label("definition"),
            Checklist.about.label("about"),
            func.count().label("steps"),
            func.count().filter(ChecklistStep.state.in_(OVER)).label("over"),
            counted_late.label("late"),
            func.count().filter(ready, soon, ~late).label("at_risk"),
            func.min(Deadline.due_on).filter(ready).label("next_due"),
        )
        .select_from(ChecklistStep)
        .join(ChecklistStep.checklist)
        .join(Checklist.definition_version)
        .join(DefinitionVersion.definition)
        .outerjoin(ChecklistStep.deadline)
        .outerjoin(ChecklistStep.clock)
        .where(Checklist.state == ChecklistState.RUNNING)
        .group_by(Definition.name, Checklist.id, Checklist.about)
        .order_by(counted_late.desc(), Checklist.id)
    )
