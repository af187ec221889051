"""What goes on by itself, who may end a work item, and whom a partner's link lets in."""

from typing import Any

from dougong import Context, Forbidden, Operation, Refused, WrongState, after, before, guard
from dougong_flow.actions import (
    invite_partner,
    reassign,
    retry_step,
    withdraw_invitation,
)
from dougong_flow.automatic import SOON, waiting_for
from dougong_flow.automatic_body import WAIT, is_automatic
from dougong_flow.awaiting import keep_awaited
from dougong_flow.checking import not_ready, running
from dougong_flow.entities import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    DefinitionVersion,
    RecurringTask,
    StepInvitation,
    WorkItem,
    WorkItemKind,
    WorkItemState,
)
from dougong_flow.hooks.checklists import PINNED
from dougong_flow.jobs import go_on, stop_subprocess
from dougong_flow.partners import not_for_partners
from dougong_flow.permissions import RELEASE
from dougong_flow.rounds import steps_of
from dougong_flow.separation import actors_of
from dougong_flow.waiting import said_about
from dougong_flow.work import day_after, end_the_question, follow_version, roll_out
from dougong_flow.workflows import (
    call_back,
    cancel,
    complete,
    drop,
    finish,
    fulfil,
    hand_back,
    make_effective,
    make_ready,
    miss,
    reopen,
    repeat,
    retire,
    skip,
    start_trial,
    supersede,
)

OF_ITEM = (WorkItem.assignee, WorkItem.raised_by)
OF_STEP = (
    (StepInvitation.step, ChecklistStep.checklist, Checklist.owner),
    (StepInvitation.step, ChecklistStep.assignee),
)

# Steps that nobody does ----------------------------------------------------------------------


@after(make_ready)
def begin_what_nobody_does(step: ChecklistStep, ctx: Context) -> None:
    """A job does it, in a transaction of its own (S0-15)."""
    _begin(step, ctx)


@after(reopen)
def begin_anew_what_nobody_does(step: ChecklistStep, ctx: Context) -> None:
    """The same where it was returned."""
    _begin(step, ctx)


@after(repeat)
def repeat_what_nobody_does(step: ChecklistStep, ctx: Context) -> None:
    """The same where it is done once more."""
    _begin(step, ctx)


def _begin(step: ChecklistStep, ctx: Context) -> None:
    said = said_about(step)
    if is_automatic(said):
        step.look_at = ctx.now + SOON
        step.awaits = said["wait"].get("definition") if said["kind"] == WAIT else None
        ctx.later(go_on, step=step)


@before(complete)
def keep_what_is_waited_for(step: ChecklistStep, ctx: Context) -> None:
    """Whoever names the record that a later step waits for must see it (S0-46)."""
    keep_awaited(step, ctx)


@after(finish)
def go_on_after_a_checklist(checklist: Checklist, ctx: Context) -> None:
    """What waited for it goes on (S0-46)."""
    for step in waiting_for(checklist, ctx):
        ctx.later(go_on, step=step)


@after(cancel)
def stop_what_was_started(checklist: Checklist, ctx: Context) -> None:
    """What waited for it is told, and so are the checklists that it has started."""
    for step in waiting_for(checklist, ctx):
        ctx.later(go_on, step=step)
    for step in steps_of(checklist, ctx).values():
        _stop(step, ctx)


@after(call_back)
def stop_what_is_called_back(step: ChecklistStep, ctx: Context) -> None:
    """What it has started is not done any more."""
    _stop(step, ctx)


@after(hand_back)
def stop_what_is_handed_back(step: ChecklistStep, ctx: Context) -> None:
    """What it has started is not done any more."""
    _stop(step, ctx)


@after(skip)
def stop_what_is_skipped(step: ChecklistStep, ctx: Context) -> None:
    """What it has started is not done any more."""
    _stop(step, ctx)


def _stop(step: ChecklistStep, ctx: Context) -> None:
    started = step.subprocess
    if started is not None and started.state is ChecklistState.RUNNING:
        ctx.later(stop_subprocess, checklist=started)


@guard(retry_step, loads=PINNED)
def retry_what_goes_on_by_itself(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever answers for the checklist has it tried again, or has its alarm to see to."""
    if not is_automatic(said_about(step)):
        return Refused("somebody_does_it", step=step.name)
    if fault := running(step.checklist) or not_ready(step):
        return fault
    mine = WorkItem.assignee == ctx.me
    alarm = (WorkItem.step == step, WorkItem.kind == WorkItemKind.ALARM)
    if ctx.find(WorkItem, *alarm, WorkItem.state == WorkItemState.OPEN, mine):
        return None
    return _not_in_charge(retry_step, step, ctx)


def _not_in_charge(verb: Any, step: ChecklistStep, ctx: Context) -> Refused | None:
    """Why somebody neither answers for a checklist nor does the step."""
    in_charge = {one.id for one in (step.checklist.owner, step.assignee) if one is not None}
    if in_charge & actors_of(verb, step, ctx):
        return None
    return Forbidden("not_in_charge", step=step.name)


# Partners ------------------------------------------------------------------------------------


@guard(invite_partner, loads=PINNED)
def invite_to_what_anybody_may_do(step: ChecklistStep, ctx: Context) -> Refused | None:
    """A step that a partner does can be neither under control, nor one of separate duties."""
    if fault := running(step.checklist) or not_ready(step):
        return fault
    given = not_for_partners(step, ctx.me, ctx)
    return given or _not_in_charge(invite_partner, step, ctx)


@guard(withdraw_invitation, loads=OF_STEP)
def withdraw_what_works(invitation: StepInvitation, ctx: Context) -> Refused | None:
    """What was used, or taken back, stays."""
    if invitation.used_at is not None or invitation.withdrawn_at is not None:
        return WrongState("invitation_is_over")
    return _not_in_charge(withdraw_invitation, invitation.step, ctx)


# Work items ----------------------------------------------------------------------------------


@guard(fulfil, loads=OF_ITEM)
def fulfil_what_is_yours(item: WorkItem, ctx: Context) -> Refused | None:
    """Whoever is to do it says that it is done."""
    if item.assignee is not None and item.assignee.id in actors_of(fulfil, item, ctx):
        return None
    return Forbidden("not_your_item", about=item.about)


@guard(drop, loads=OF_ITEM)
def drop_what_you_raised(item: WorkItem, ctx: Context) -> Refused | None:
    """Who raised it drops it; an alarm, whoever is to see to it."""
    if item.ended_at is not None:  # what it was about is over
        return None
    whose = item.assignee if item.kind is WorkItemKind.ALARM else item.raised_by
    if (
        _plans(item, ctx)
        or _is_orphan(item, ctx)
        or (whose is not None and whose.id in actors_of(drop, item, ctx))
    ):
        return None
    return Forbidden("not_raised_by_you", about=item.about)


@guard(miss)
def miss_what_comes_again(item: WorkItem, ctx: Context) -> Refused | None:
    """Nobody misses it by hand: its next time has come."""
    return None if item.ended_at is not None else Refused("follows_by_itself")


@guard(reassign, loads=OF_ITEM)
def reassign_what_is_open(item: WorkItem, ctx: Context) -> Refused | None:
    """Who raised it, or has it, gives it to somebody else."""
    if item.state is not WorkItemState.OPEN:
        return WrongState("item_is_over", state=item.state)
    whose = {one.id for one in (item.assignee, item.raised_by) if one is not None}
    if _plans(item, ctx) or _is_orphan(item, ctx) or whose & actors_of(reassign, item, ctx):
        return None
    return Forbidden("not_your_item", about=item.about)


def _plans(item: WorkItem, ctx: Context) -> bool:
    """Whether it is one time of a recurring task, and the asker plans these."""
    may = ctx.generation.access.may
    recurring = item.kind is WorkItemKind.RECURRING
    return recurring and may(ctx.principal, Operation.UPDATE, RecurringTask)


def _is_orphan(item: WorkItem, ctx: Context) -> bool:
    """Whether nobody is there to do it, and the asker decides about processes."""
    gone = item.assignee is None or not item.assignee.active
    return gone and ctx.may(RELEASE)


@before(RecurringTask.create)
def begin_on_the_first_day(task: RecurringTask, ctx: Context) -> None:
    """The first time is the first day that was said."""
    task.next_on = task.starts_on


@after(RecurringTask.update, form=True)
def go_on_by_the_new_rule(task: RecurringTask, ctx: Context, **form: Any) -> None:
    """It goes on by what is said now; a day that has been is not repeated."""
    if not form.keys() & {"every", "period", "starts_on", "active"}:
        return
    today = ctx.now.date()
    had = ctx.find(WorkItem, WorkItem.recurring_task == task)
    begins = task.starts_on > today or not had
    task.next_on = task.starts_on if begins else day_after(task, today)


@after(start_trial)
def roll_out_what_is_released(version: DefinitionVersion, ctx: Context) -> None:
    """The design is over; carrying it out begins (S4-62)."""
    roll_out(version, ctx)


@after(make_effective)
def nobody_need_decide_again(version: DefinitionVersion, ctx: Context) -> None:
    """Whoever was asked whether it holds need not decide any more."""
    end_the_question(version, ctx)


@after(supersede)
def hand_the_roll_out_on(version: DefinitionVersion, ctx: Context) -> None:
    """Nobody rolls out what holds no longer."""
    follow_version(version, ctx)


@after(retire)
def end_the_roll_out(version: DefinitionVersion, ctx: Context) -> None:
    """Nobody rolls out what is not done any more."""
    follow_version(version, ctx)
