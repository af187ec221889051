"""What is done with a checklist's step besides completing it: its time, who does it, how good it was."""

from dougong import Context, Forbidden, Refused, User, action
from dougong_flow import step_order
from dougong_flow.entities import ChecklistStep, ClockState, StepRating, StepState
from dougong_flow.permissions import OVERRIDE, PERFORM
from dougong_flow.reasons import given
from dougong_flow.returning import call_all_back
from dougong_flow.rounds import paused_until, spent, steps_of
from dougong_flow.separation import actors_of, approvers_in, doers_in
from dougong_flow.waiting import said_of
from dougong_flow.workflows import pause, resume


@action(needs=PERFORM)
def begin_step(step: ChecklistStep, ctx: Context) -> ChecklistStep:
    """Begin to work on it: until now it waited, from now on the time counts as work."""
    step.waiting_seconds = spent(step, ctx.now)[0]
    step.started_at = ctx.now
    return step


@action(needs=PERFORM)
def interrupt_step(step: ChecklistStep, ctx: Context, *, reason: str) -> ChecklistStep:
    """Wait for somebody else: until it is taken up again no time counts. Say why."""
    step.pause_reason, step.paused_at = given(reason), ctx.now
    if step.clock is not None and step.clock.state is ClockState.RUNNING:
        pause(step.clock, ctx, reason=reason)
    return step


@action(needs=PERFORM)
def take_up_step(step: ChecklistStep, ctx: Context) -> ChecklistStep:
    """Go on with what was interrupted."""
    step.paused_seconds, step.paused_at = paused_until(step, ctx.now), None
    if step.clock is not None and step.clock.state is ClockState.PAUSED:
        resume(step.clock, ctx)
    return step


@action(needs=PERFORM)
def redo_what_follows(step: ChecklistStep, ctx: Context) -> ChecklistStep:
    """It was returned and is different now: the steps after it are done again too.

    Until then, whatever is protected must stay as it was when they were done.
    """
    call_all_back(step, step.redo_reason or "", ctx)
    return step


@action(needs=PERFORM)
def rate_step(
    step: ChecklistStep, ctx: Context, *, earlier: str, score: int, note: str | None = None
) -> StepRating:
    """Say how good that is which came from an earlier step, as whoever works on with it.

    earlier: The key of the earlier step.
    score: From 1, useless, to 5, as good as can be.
    note: What was good or bad about it.
    """
    there = steps_of(step.checklist, ctx).get(earlier)
    before = step_order.before(step.key, said_of(step.checklist))
    if there is None or earlier not in before or there.state is not StepState.COMPLETED:
        raise Refused("nothing_came_from_there", at="earlier", key=earlier)
    return ctx.create(
        StepRating(rated=there, rated_round=there.round, rated_by=step, score=score, note=note)
    )


@action(needs=OVERRIDE)
def override_duties(
    step: ChecklistStep, ctx: Context, *, assignee: User, reason: str
) -> ChecklistStep:
    """Let somebody do a step who may not, for separate duties or a qualification; say why.

    Only somebody may say so who has no part in the checklist.

    assignee: Who shall do it.
    reason: Why; it stays at the step as its deviation.
    """
    checklist = step.checklist
    involved = {one.id for one in (assignee, checklist.owner, step.assignee) if one is not None}
    for doers in (doers_in(checklist, ctx), approvers_in(checklist, ctx)):
        involved |= set().union(*doers.values())
    acting = actors_of(override_duties, step, ctx)
    if acting & involved or involved & {user for user, _ in ctx.principal.stands_in}:
        raise Forbidden("third_person_needed")
    if not assignee.active:
        raise Refused("not_active", at="assignee", name=assignee.name)
    step.deviation, step.overridden_by, step.assignee = given(reason), ctx.me, assignee
    return step
