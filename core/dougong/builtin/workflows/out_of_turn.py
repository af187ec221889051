"""What is said where a step is taken whose record is in another state: and what comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dougong.errors import Refused, WrongState

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.workflow.workflow import Step


def wrong_state(step: Step[Any, Any], record: Any) -> WrongState:
    """The refusal of a step that does not start from its record's state."""
    return WrongState(
        "wrong_state",
        step=step,
        entity=type(record).__name__,
        state=step.workflow.state_of(record),
        starts_from=tuple(step.sources),
    )


def out_of_turn(step: Step[Any, Any], record: Any, ctx: Context) -> Refused:
    """The same for whoever has tried it, with what the workflow's own add-on knows besides."""
    refusals: list[Refused] = [wrong_state(step, record)]
    if step.workflow.explained is not None:
        with ctx.acting_as(step.addon, step.key):
            more = step.workflow.explained(record, step, ctx)
        refusals += [more.said_by(step.workflow.addon)] if more else []
    return Refused.all(refusals)
