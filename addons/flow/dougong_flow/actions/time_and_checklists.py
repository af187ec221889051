"""What is done with calendars, deadlines, clocks and definitions beyond their steps."""

from dataclasses import dataclass
from datetime import date

from dougong import Context, Invalid, RecordId, User, action
from dougong_flow import shipped
from dougong_flow.carrying_out import begin_checklist
from dougong_flow.due_dates import check_window, compute, compute_all
from dougong_flow.entities import (
    Calendar,
    Checklist,
    ChecklistStep,
    Clock,
    ControlExecution,
    Deadline,
    DeadlineState,
    Definition,
    DefinitionVersion,
    ServiceLevel,
)
from dougong_flow.hours import hours_of
from dougong_flow.permissions import (
    DESIGN,
    ESCALATE,
    KEEP_CALENDARS,
    PERFORM,
    RUN_CLOCKS,
    SET_DEADLINES,
)
from dougong_flow.reasons import given
from dougong_flow.subjects import checked
from dougong_flow.ticking import begin_clock, follow_calendars, raise_alarms
from dougong_flow.waiting import said_about


@dataclass(frozen=True)
class Brought:
    """What was brought in from what add-ons ship."""

    brought: int
    """How many there were that were not there yet."""


@dataclass(frozen=True)
class Escalated:
    """What an escalation did."""

    raised: int
    """How many alarms were raised."""
    followed: int
    """How many clocks were computed anew because their calendar had changed."""


@action(needs=KEEP_CALENDARS)
def bring_calendars(ctx: Context) -> Brought:
    """Bring in the calendars that the installed add-ons ship.

    One whose key there is already is left as it is, whatever was changed in it.
    """
    known = {calendar.key for calendar in ctx.find(Calendar)}
    new = [ctx.create(one) for one in shipped.calendars(ctx) if one.key not in known]
    return Brought(len(new))


@action(needs=KEEP_CALENDARS)
def apply_calendar(calendar: Calendar, ctx: Context) -> Calendar:
    """Let a changed calendar count: open deadlines and running clocks are computed anew.

    Days that were overridden stay, and so does what was raised.
    """
    hours = hours_of(calendar)
    held = ctx.hold(Deadline, Deadline.calendar == calendar, Deadline.state == DeadlineState.OPEN)
    compute_all(held, hours)
    follow_calendars(ctx)
    return calendar


@action(needs=SET_DEADLINES)
def override_deadline(deadline: Deadline, ctx: Context, *, on: date, reason: str) -> Deadline:
    """Choose another day than the rule's, within the window; it is not computed again."""
    why = given(reason)
    check_window(deadline, on)
    deadline.due_on, deadline.override_reason = on, why
    return deadline


@action(needs=SET_DEADLINES)
def return_to_rule(deadline: Deadline, ctx: Context) -> Deadline:
    """Take the rule's day again instead of the one that was chosen."""
    deadline.override_reason = None
    compute(deadline, {})
    return deadline


@action(needs=RUN_CLOCKS)
def start_clock(
    service_level: ServiceLevel, ctx: Context, *, about: str, assignee: User | None = None
) -> Clock:
    """Begin to measure how much working time something takes."""
    return begin_clock(service_level, given(about, "about"), assignee, ctx)


@action(needs=ESCALATE)
def escalate_clocks(ctx: Context) -> Escalated:
    """Raise all alarms of running clocks that are due, each once.

    Clocks whose calendar has changed are computed anew first. To be called every minute.
    """
    followed = follow_calendars(ctx)
    return Escalated(raise_alarms(ctx), followed)


@action(needs=DESIGN)
def bring_definitions(ctx: Context) -> Brought:
    """Bring in what the installed add-ons ship: new definitions, and new versions as drafts.

    No version that there is already is changed.
    """
    brought = 0
    for definition, draft in shipped.definitions(ctx):
        found = ctx.find(Definition, Definition.key == definition.key)
        there = found[0] if found else ctx.create(definition)
        ctx.lock(there)
        versions = ctx.find(DefinitionVersion, DefinitionVersion.definition == there)
        if not shipped.is_known(draft.body, versions):
            draft.definition = there
            draft.change_reason = f"It came with {draft.change_source}."
            ctx.create(draft)
            brought += 1
    return Brought(brought)


@action(needs=DESIGN)
def revise(version: DefinitionVersion, ctx: Context) -> DefinitionVersion:
    """Draft a change: a minor version of what is being tried out, else the next major one.

    The draft says the same at first. Change it, say why, then submit it or continue the trial.
    """
    draft = DefinitionVersion(definition=version.definition, unit=version.unit, body=version.body)
    draft.follows = version
    return ctx.create(draft)


@action(needs=PERFORM)
def start_checklist(
    version: DefinitionVersion, ctx: Context, *, about: str, record: RecordId | None = None
) -> Checklist:
    """Carry out a definition by this version, whatever holds later.

    about: What it is carried out for.
    record: The record that it is carried out for, of whatever entity, which the asker may see.
    """
    what = given(about, "about")
    return begin_checklist(version, ctx, about=what, owner=ctx.me, record=checked(record, ctx))


@action(needs=PERFORM)
def assign(step: ChecklistStep, ctx: Context, *, assignee: User) -> ChecklistStep:
    """Say who does a step."""
    step.assignee = assignee
    return step


@action(needs=PERFORM)
def execute_control(
    step: ChecklistStep, ctx: Context, *, control: str, passed: bool, note: str | None = None
) -> ControlExecution:
    """Say whether a control point of a step is kept; what was said last counts."""
    points = [one["key"] for one in said_about(step).get("control_points", ())]
    if control not in points:
        raise Invalid("no_such_control", at="control", controls=", ".join(points))
    looked = ControlExecution(step=step, control=control, passed=passed, note=note)
    looked.round = step.round
    return ctx.create(looked)
