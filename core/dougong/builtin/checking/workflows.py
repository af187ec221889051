"""Workflows in which a record could get stuck, or that are not what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args, get_type_hints

from dougong.access.permissions import EVERYONE, SIGNED_IN, Permission
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Declared, Source
from dougong.builtin.workflows.limits import Limit
from dougong.entity.fields import Money
from dougong.generation import Generation
from dougong.workflow.workflow import Step, Workflow


def examine_workflows(sources: Sequence[Source], generation: Generation) -> Iterator[Finding]:
    """What is wrong with the workflows and steps of some modules."""
    declared = [one for source in sources for one in source.declared]
    steps = [one for one in declared if isinstance(one.value, Step)]
    for one in steps:
        yield from _step(one, generation)
    first: dict[Any, Declared] = {}
    for one in declared:
        if isinstance(one.value, Workflow):
            known = first.setdefault(one.value.entity, one)
            if known is not one and known.value is not one.value:
                what = f"{one.value.entity.__name__} has another workflow, {known.name}."
                yield one.fault(what, f"add the steps to {known.name}.")
            yield from _workflow(one, generation)


def _states(flow: Workflow[Any, Any]) -> list[Any]:
    return list(flow.entity.__table__.columns[flow.state_name].type.enum_class)


def _step(one: Declared, generation: Generation) -> Iterator[Finding]:
    step, states = one.value, _states(one.value.workflow)
    if not step.sources:
        what = f"The step {one.name} starts from no state."
        yield one.fault(what, "name the states that it starts from, before to=.")
    for state in (*step.sources, step.to):
        if state not in states or type(state) is not type(states[0]):
            what = f"The step {one.name} names {state!r}, which is no state of its workflow."
            yield one.fault(what, f"use the members of {type(states[0]).__name__}.")
    for state in step.sources:
        own = step.workflow.addon == one.source.part  # others may lead on from an end
        if own and any(state is final for final in step.workflow.final):
            what = f"The step {one.name} leaves {state.name}, which is declared final."
            yield one.fault(what, f"take {state.name} out of final=, or out of the step.")
    if step.optional and step.workflow.start in step.sources:
        what = f"The step {one.name} is optional, and records begin where it starts."
        yield one.fault(what, "let another step lead there, or take out optional=True.")
    for other in step.not_by:
        if getattr(other, "record_entity", None) is not step.workflow.entity:
            named = getattr(other, "name", getattr(other, "__name__", other))
            what = f"not_by of {one.name} names {named}, which is no verb about its record."
            yield one.fault(what, "name steps of the same workflow, or create of its entity.")
    if step.limit is not None:
        yield from _limit(one, generation)
    if not _may_somebody(step.needs, generation):
        what = f"No role grants {step.needs}, which the step {one.name} needs."
        yield one.fault(what, "grant it in a role of roles.py.")


def _limit(one: Declared, generation: Generation) -> Iterator[Finding]:
    limit = one.value.limit
    if not isinstance(limit, Limit):
        yield one.fault(f"limit= of {one.name} is {limit!r}.", "write limit=Limit(…).")
        return
    returned = get_type_hints(limit.amount).get("return", Money)
    if Money not in (returned, *get_args(returned)):
        what = f"The limit of {one.name} is on {limit.amount.__name__}, which is no amount."
        yield one.fault(what, "let the function return Money, or None where it is not known.")
    if not _may_somebody(limit.above, generation):
        what = f"No role grants {limit.above}, which {one.name} needs above its limit."
        yield one.fault(what, "grant it in a role of roles.py.")


def _may_somebody(needs: Permission, generation: Generation) -> bool:
    roles = generation.access.roles.values()
    granted: list[object] = [grant for role in roles for grant in role.grants]
    return needs in (EVERYONE, SIGNED_IN) or needs in granted


def _workflow(one: Declared, generation: Generation) -> Iterator[Finding]:
    flow: Workflow[Any, Any] = one.value
    states = _states(flow)
    if flow.entity.__addon__ != one.source.part:
        what = f"{one.name} is about {flow.entity.__name__}, whose states belong to {flow.entity.__addon__}."
        yield one.fault(what, "add steps to its own workflow, or keep a state in an extension.")
        return
    for state in flow.final:
        if not any(state is known for known in states):
            what = f"{one.name} ends in {state!r}, which is no state of it."
            yield one.fault(what, f"use the members of {type(states[0]).__name__}.")
    if any(flow.start is state for state in flow.final):
        what = f"{one.name} begins in {flow.start.name}, which is final: nothing can happen."
        yield one.fault(what, "begin in another state.")
        return
    steps = [verb for verb in generation.verbs if isinstance(verb, Step) and verb.workflow is flow]
    yield from _ways(one, states, steps)


def _ways(one: Declared, states: Iterable[Any], steps: list[Any]) -> Iterator[Finding]:
    reached = {one.value.start}
    for _state in states:
        reached |= {step.to for step in steps if reached & set(step.sources)}
    lost = [state.name for state in states if state not in reached]
    if lost:
        what = f"No step leads from {one.value.start.name} to {', '.join(lost)}."
        yield one.fault(what, "write the step that leads there, or drop the state.")
    left = {state for step in steps for state in step.sources}
    stuck = [s.name for s in states if s in reached and s not in left and s not in one.value.final]
    if stuck:
        what = f"No step leaves {', '.join(stuck)}, and final= does not name it."
        yield one.fault(what, "write the step that leaves it, or declare it final.")


def examine_states(sources: Sequence[Source]) -> Iterator[Finding]:
    """Entities whose state may be empty: a record that is nowhere can never move."""
    declared = [one for source in sources for one in source.declared]
    for flow in [one.value for one in declared if isinstance(one.value, Workflow)]:
        if flow.entity.__table__.columns[flow.state_name].nullable:
            for one in declared:
                if one.value is flow.entity and one.source.name == flow.entity.__module__:
                    what = f"{one.name}.{flow.state_name} may be empty."
                    yield one.fault(what, "take None out of its annotation.")
