"""How a work item ends: it is done, dropped for a reason, or missed and comes again."""

from dougong import SIGNED_IN, Context, Workflow
from dougong_flow.entities import WorkItem, WorkItemState
from dougong_flow.permissions import PERFORM

work_workflow = Workflow(
    WorkItem,
    WorkItem.state,
    final=[WorkItemState.DONE, WorkItemState.MISSED, WorkItemState.DROPPED],
)


@work_workflow.step(WorkItemState.OPEN, to=WorkItemState.DONE, needs=SIGNED_IN)
def fulfil(item: WorkItem, ctx: Context, *, result: str | None = None) -> None:
    """It is done.

    result: What came of it.
    """
    item.ended_at, item.ended_by, item.result = ctx.now, ctx.me, result


@work_workflow.step(WorkItemState.OPEN, to=WorkItemState.DROPPED, needs=SIGNED_IN, reason=True)
def drop(item: WorkItem, ctx: Context, *, reason: str) -> None:
    """It need not be done any more; say why."""
    item.ended_at, item.ended_by, item.result = ctx.now, ctx.me, reason


@work_workflow.step(WorkItemState.OPEN, to=WorkItemState.MISSED, needs=PERFORM)
def miss(item: WorkItem, ctx: Context) -> None:
    """Its next time has come, and carries it over; done by itself."""
