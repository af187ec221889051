"""A workflow as a picture: its states, the steps between them, and where a record is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dougong.entity.model import key_of
from dougong.errors import SetupError
from dougong.generation import Generation
from dougong.workflow.workflow import Step, Workflow

RESERVED = ("as", "class", "classdef", "direction", "end", "note", "state", "style")
"""What Mermaid takes for a word of its own, in capitals too."""


@dataclass(frozen=True)
class Arrow:
    """The steps that lead from one state to another, or what follows another."""

    source: str
    """Where it begins: a state of the picture."""
    target: str
    """Where it ends."""
    label: str = ""
    """What is written at it."""


@dataclass(frozen=True)
class Picture:
    """What there is to draw."""

    name: str
    """Its title."""
    states: tuple[str, ...]
    """What is drawn as boxes, each called differently."""
    start: str
    """The box on the left."""
    final: tuple[str, ...]
    """Those after which nothing comes."""
    arrows: tuple[Arrow, ...]
    """How they follow one another."""
    current: str | None = None
    """The state that is marked."""
    done: frozenset[str] = frozenset()
    """States that are behind, where a picture shows several at once."""
    under_way: frozenset[str] = frozenset()
    """States that are marked besides, where several are under way."""


def workflow_named(generation: Generation, name: str) -> Workflow[Any, Any]:
    """The workflow of the entity that is called `crm.lead`; raises SetupError."""
    flows = {key_of(entity): flow for entity, flow in generation.workflows.items()}
    if name not in flows:
        raise SetupError(
            f"There is no workflow “{name}” here.",
            fix=f"name one of these: {', '.join(sorted(flows)) or 'none is installed'}.",
        )
    return flows[name]


def picture_of(
    flow: Workflow[Any, Any], steps: Iterable[Step[Any, Any]], current: str | None = None
) -> Picture:
    """A workflow with some steps; `current` is the name of the state to mark."""
    steps = list(steps)
    states = tuple(state.name for state in states_of(flow))
    arrows = tuple(
        Arrow(source, target, ", ".join(labels))
        for source in states
        for target in states
        if (labels := list(_labels(steps, source, target)))
    )
    final = tuple(state.name for state in flow.final)
    return Picture(key_of(flow.entity), states, flow.start.name, final, arrows, current)


def states_of(flow: Workflow[Any, Any]) -> Sequence[Any]:
    """All states, in the order in which they are declared."""
    return list(flow.entity.__table__.columns[flow.state_name].type.enum_class)


def _labels(steps: Sequence[Step[Any, Any]], source: str, target: str) -> Iterator[str]:
    for step in steps:
        if step.to.name == target and source in [state.name for state in step.sources]:
            yield f"{step.name} (reason)" if step.reason else step.name


def mermaid(picture: Picture) -> str:
    """The picture in Mermaid's language, as a README or a page can show it."""
    lines = ["stateDiagram-v2"]
    lines += [f'state "{one}" as {_id(one)}' for one in picture.states if _id(one) != one]
    lines.append(f"[*] --> {_id(picture.start)}")
    lines += [f"{_id(one.source)} --> {_id(one.target)}: {one.label}" for one in picture.arrows]
    lines += [f"{_id(one)} --> [*]" for one in picture.final]
    if picture.current is not None:
        lines.append("classDef current fill:#ffd54f,stroke:#8d6e00,stroke-width:2px")
        lines.append(f"class {_id(picture.current)} current")
    return "\n    ".join(lines) + "\n"


def _id(state: str) -> str:
    return f"{state}_" if state.lower() in RESERVED else state
