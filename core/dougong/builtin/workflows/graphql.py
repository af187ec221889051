"""Workflows, asked about in the API: their states and steps, and pictures of them."""

from __future__ import annotations

import strawberry
from sqlalchemy import select

from dougong.access.context import Context
from dougong.access.permissions import SIGNED_IN
from dougong.builtin.workflows.diagram import mermaid, picture_of, states_of
from dougong.builtin.workflows.drawing import svg
from dougong.entity.base import Entity
from dougong.entity.fields import RecordId
from dougong.entity.model import key_of
from dougong.errors import Invalid, Refused
from dougong.verbs.query import query


@strawberry.type
class WorkflowStep:
    """A step of a workflow."""

    name: str
    """`sales_order.approve`."""
    description: str | None
    """What it means, in a sentence."""
    starts_from: list[str]
    """The states in which it can be done."""
    leads_to: str
    """The state that it leads to."""
    needs: str | None
    """The permission that it takes."""
    above_limit_needs: str | None
    """The permission that it takes besides, above its limit; null where it has no limit."""
    needs_reason: bool
    """Whether a reason must be given."""


@strawberry.type
class WorkflowSummary:
    """How the records of an entity move from state to state."""

    name: str
    """The entity: `crm.lead`."""
    states: list[str]
    """All states."""
    start: str
    """The state of a new record."""
    final: list[str]
    """The states that need no way out."""
    current: str | None
    """The state of the record that was asked about."""
    steps: list[WorkflowStep]
    """The ways from state to state, those that other add-ons bring included."""
    mermaid: str
    """A picture in Mermaid's language; the state of the record is marked."""
    svg: str
    """The same as an SVG element."""


@query(needs=SIGNED_IN)
def workflows(
    ctx: Context, *, names: list[str] | None = None, record: RecordId | None = None
) -> list[WorkflowSummary]:
    """How records move from state to state, in what is installed.

    names: Only these, such as `crm.lead`.
    record: Only the workflow of this record, with its state marked.
    """
    found, shown = None if record is None else _record(ctx, str(record)), []
    for entity, flow in ctx.generation.workflows.items():
        if names is not None and key_of(entity) not in names:
            continue
        if record is not None and type(found) is not entity:
            continue
        state = None if found is None else flow.state_of(found)
        steps = ctx.generation.steps_of(entity)
        picture = picture_of(flow, steps, None if state is None else state.name)
        shown.append(
            WorkflowSummary(
                name=picture.name,
                states=[one.name for one in states_of(flow)],
                start=picture.start,
                final=list(picture.final),
                current=picture.current,
                steps=[
                    WorkflowStep(
                        name=step.key,
                        description=step.description,
                        starts_from=[one.name for one in step.sources],
                        leads_to=step.to.name,
                        needs=None if step.needs is None else step.needs.name,
                        above_limit_needs=None if step.limit is None else step.limit.above.name,
                        needs_reason=step.reason,
                    )
                    for step in steps
                ],
                mermaid=mermaid(picture),
                svg=svg(picture),
            )
        )
    return shown


def _record(ctx: Context, given: str) -> Entity:
    """The record with an id of the API, if the asker may see it; its state may be hidden."""
    name, _, number = given.partition(":")
    for entity in ctx.generation.workflows:
        if entity.__name__ == name and number.isascii() and number.isdigit() and len(number) < 19:
            seen = select(entity).where(entity.id == int(number), ctx.sees(entity))
            record = ctx.session.scalar(seen)
            if record is None:
                raise Refused("not_found", id=given)
            return record
    raise Invalid("bad_id", at="record", id=given[:80], entity="record")
