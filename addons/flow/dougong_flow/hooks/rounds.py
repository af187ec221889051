"""What keeps the rounds of steps right: who may return, repeat, interrupt and rate, and when."""

from typing import Any

from dougong import Context, Refused, User, WrongState, after, after_commit, before, guard
from dougong_flow.actions import (
    assign,
    begin_step,
    interrupt_step,
    migrate_checklist,
    override_deadline,
    override_duties,
    rate_step,
    redo_what_follows,
    return_to_rule,
    take_up_step,
)
from dougong_flow.carrying_out import go_on_after
from dougong_flow.checking import not_able, not_ready, not_theirs, running
from dougong_flow.entities import (
    Approval,
    ApprovalState,
    Checklist,
    ChecklistStep,
    Deadline,
    ResumeFrom,
    ReturnCode,
    RoundOutcome,
    StepState,
)
from dougong_flow.hooks.checklists import PINNED
from dougong_flow.returning import check_return, go_back, waiting_for
from dougong_flow.rounds import end_round, open_round, start_anew, steps_of
from dougong_flow.separation import actors_of
from dougong_flow.step_dates import follow_assignee, follow_deadline
from dougong_flow.waiting import OVER, said_about
from dougong_flow.workflows import (
    call_back,
    cancel,
    complete,
    hand_back,
    reopen,
    repeat,
    settle,
    skip,
    withdraw,
)

OPEN = (ApprovalState.RUNNING, ApprovalState.RETURNED)


def _keeps(verb: Any, step: ChecklistStep, ctx: Context, *faults: Refused | None) -> Refused | None:
    """What keeps somebody from doing something with a step of theirs, all at once."""
    found = [one for one in (running(step.checklist), *faults) if one is not None]
    found += not_theirs(step, said_about(step), actors_of(verb, step, ctx), ctx)
    return Refused.all(found) if found else None


# Over ----------------------------------------------------------------------------------------


@after(complete)
def go_on_after_a_step(step: ChecklistStep, ctx: Context) -> None:
    """How it was done is written down, and what waited for it is ready."""
    go_on_after(step, RoundOutcome.COMPLETED, ctx)


@after(settle)
def go_on_after_an_approval(step: ChecklistStep, ctx: Context) -> None:
    """The same for what an approval has completed."""
    go_on_after(step, RoundOutcome.COMPLETED, ctx)


@after(skip)
def go_on_without_a_step(step: ChecklistStep, ctx: Context) -> None:
    """What waited for the step is ready."""
    go_on_after(step, RoundOutcome.SKIPPED, ctx)


@after(cancel)
def end_what_was_begun(checklist: Checklist, ctx: Context) -> None:
    """No clock of it runs on, and no deadline waits."""
    for step in steps_of(checklist, ctx).values():
        if step.state is StepState.READY:
            ctx.lock(step)
            why = checklist.cancel_reason
            end_round(step, RoundOutcome.CANCELLED, ctx, by=(ctx.me, None), reason=why)


# Again ---------------------------------------------------------------------------------------


@guard(hand_back, loads=PINNED)
def hand_back_what_is_yours(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever is to do a step returns it, unless somebody decides on it now."""
    return _keeps(hand_back, step, ctx, _is_decided_on(step, ctx))


@before(hand_back, form=True)
def hand_back_to_what_was_done(
    step: ChecklistStep,
    ctx: Context,
    *,
    to: str,
    reason: str,
    code: ReturnCode = ReturnCode.OTHER,
    resume: ResumeFrom = ResumeFrom.FROM_START,
) -> None:
    """It goes to a step before it, as the definition allows."""
    check_return(step, to, resume, ctx)


@after(hand_back, form=True)
def do_the_earlier_step_again(
    step: ChecklistStep,
    ctx: Context,
    *,
    to: str,
    reason: str,
    code: ReturnCode = ReturnCode.OTHER,
    resume: ResumeFrom = ResumeFrom.FROM_START,
) -> None:
    """The earlier step is ready again, and what followed it waits."""
    go_back(step, to, (reason, code), resume, ctx)


@guard(reopen)
def reopen_what_is_returned(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Nobody reopens a step by hand: a later one is returned to it."""
    return _by_itself(step, step.redo_reason is not None)


@guard(call_back)
def call_back_what_follows(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Nobody calls a step back by hand."""
    return _by_itself(step, step.redo_reason is not None and step.ready_at is None)


def _by_itself(step: ChecklistStep, follows: bool) -> Refused | None:
    return None if follows else Refused("follows_a_return", step=step.name)


@after_commit(call_back)
def decide_no_longer(step: ChecklistStep, ctx: Context) -> None:
    """Nobody decides on what is done again."""
    of_it = (Approval.step == step, Approval.step_round < step.round)
    for approval in ctx.hold(Approval, *of_it, Approval.state.in_(OPEN)):
        withdraw(approval, ctx, reason="Its step is done again.")


@guard(repeat, loads=PINNED)
def repeat_what_may_be_repeated(step: ChecklistStep, ctx: Context) -> Refused | None:
    """The definition says what may be done several times."""
    again = said_about(step).get("repeat")
    return _keeps(repeat, step, ctx, None if again else Refused("never_repeated", step=step.name))


@after(repeat, form=True)
def begin_once_more(step: ChecklistStep, ctx: Context, *, reason: str) -> None:
    """It is done again from its beginning."""
    start_anew(step, reason)
    open_round(step, ctx)


@guard(redo_what_follows, loads=PINNED)
def redo_what_waits_for_it(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Only a step that was returned, and whose steps after it were to stay."""
    waits = step.round > 1 and step.state is StepState.READY and waiting_for(step, ctx)
    alone = None if waits else Refused("nobody_waits_for_it", step=step.name)
    return _keeps(redo_what_follows, step, ctx, not_ready(step), alone)


# Time ----------------------------------------------------------------------------------------


@guard(begin_step, loads=PINNED)
def begin_what_is_ready(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever is to do it begins, once."""
    begun = None if step.started_at is None else WrongState("begun_already", step=step.name)
    return _keeps(begin_step, step, ctx, not_ready(step), begun, _interrupted(step))


@guard(interrupt_step, loads=PINNED)
def interrupt_what_runs(step: ChecklistStep, ctx: Context) -> Refused | None:
    """What is interrupted already is not interrupted again."""
    return _keeps(interrupt_step, step, ctx, not_ready(step), _interrupted(step))


@guard(take_up_step, loads=PINNED)
def take_up_what_is_interrupted(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Only what is interrupted is taken up."""
    runs = None if step.paused_at else WrongState("not_interrupted", step=step.name)
    return _keeps(take_up_step, step, ctx, not_ready(step), runs)


def _interrupted(step: ChecklistStep) -> Refused | None:
    return WrongState("step_is_interrupted", step=step.name) if step.paused_at else None


@after(override_deadline)
def follow_the_chosen_day(deadline: Deadline, ctx: Context) -> None:
    """The clock of the step ends with the day that was chosen."""
    follow_deadline(deadline, ctx)


@after(return_to_rule)
def follow_the_rule_again(deadline: Deadline, ctx: Context) -> None:
    """The clock of the step ends with the rule's day again."""
    follow_deadline(deadline, ctx)


# Who -----------------------------------------------------------------------------------------


@before(assign, form=True)
def assign_who_is_able(step: ChecklistStep, ctx: Context, *, assignee: User) -> None:
    """Whoever gets a step has what it asks for (S2-19)."""
    if faults := [*not_able(step, assignee, ctx, at="assignee")]:
        raise Refused.all(faults)


@after(assign)
def tell_whoever_does_it_now(step: ChecklistStep, ctx: Context) -> None:
    """Deadline and clock are theirs; what was overridden for somebody else is not for them."""
    step.deviation = step.overridden_by = None
    follow_assignee(step, ctx)


@guard(override_duties, loads=PINNED)
def override_what_is_not_over(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever did it stays whoever did it."""
    over = WrongState("step_is_over", state=step.state) if step.state in OVER else None
    return running(step.checklist) or over


@after(override_duties)
def tell_whoever_may_do_it_now(step: ChecklistStep, ctx: Context) -> None:
    """Deadline and clock are theirs."""
    follow_assignee(step, ctx)


@guard(rate_step, loads=PINNED)
def rate_from_a_step_of_yours(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Whoever works on with it rates it (S4-42)."""
    return _keeps(rate_step, step, ctx)


def _is_decided_on(step: ChecklistStep, ctx: Context) -> Refused | None:
    if ctx.find(Approval, Approval.step == step, Approval.state.in_(OPEN)):
        return WrongState("step_is_decided_on", step=step.name)
    return None


@guard(migrate_checklist)
def migrate_what_runs(checklist: Checklist, ctx: Context) -> Refused | None:
    """What is over stays with its version."""
    return running(checklist)
