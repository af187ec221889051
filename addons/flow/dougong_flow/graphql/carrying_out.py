"""What a step asks for, how a checklist stands as a picture, and how content it left people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import strawberry
from sqlalchemy import select

from dougong import Arrow, Context, Picture, computed
from dougong import svg as as_svg
from dougong_flow.definition_body import canonical
from dougong_flow.entities import Checklist, ChecklistStep, DefinitionVersion, StepForm, StepState
from dougong_flow.graphql.drawing import escaped
from dougong_flow.waiting import OVER

LOOKS = {
    StepState.READY: "fill:#fff3c4,stroke:#b7791f,stroke-width:3px",
    StepState.COMPLETED: "fill:#d3f3dd,stroke:#2f855a",
    StepState.SKIPPED: "fill:#eeeeee,stroke:#888888,stroke-dasharray:4",
}
"""How a step is drawn that is ready, done or left out."""

BEGINNING, END = "●", "◉"
"""What a picture begins and ends with."""
RACI = ("responsible", "accountable", "consulted", "informed")


@strawberry.type
class AskedEvidence:
    """A proof that a step asks for."""

    name: str
    """What it is called."""
    kind: str
    """What it is: a link, a record or a file."""
    least: int
    """How many are asked for at least."""


@strawberry.type
class AskedControl:
    """A control point of a step."""

    key: str
    """Its key in the definition."""
    risk: str
    """What could go wrong."""
    objective: str
    """What it is for: reporting, assets, decisions or compliance."""
    check: str
    """What is looked at."""
    mandatory: bool
    """Whether the step is not completed without it."""


@strawberry.type
class StepInstructions:
    """What a definition tells whoever does a step."""

    description: str | None
    """What is done."""
    guide: str | None
    """How it is done."""
    standard: str | None
    """When it is good."""
    goal: str | None
    """What it is to achieve."""
    key_points: list[str]
    """What matters in it."""
    assessment: str | None
    """How is judged how well it was done."""
    policies: list[str]
    """Which rules of the house it carries out."""
    responsible: list[str]
    """The roles that do it."""
    accountable: list[str]
    """The role that answers for it."""
    consulted: list[str]
    """The roles that are asked before."""
    informed: list[str]
    """The roles that are told afterwards."""
    inputs: list[str]
    """What it takes."""
    outputs: list[str]
    """What it gives."""
    form: str | None
    """The JSON Schema of its form, as text."""
    evidence: list[AskedEvidence]
    """What is to prove it."""
    controls: list[AskedControl]
    """What is looked at."""


@computed(ChecklistStep.id, ChecklistStep.key)
def instructions(
    rows: Sequence[tuple[int, str]], ctx: Context
) -> Sequence[StepInstructions | None]:
    """What is to be done and how, as the definition says it."""
    bodies = (
        select(ChecklistStep.id, DefinitionVersion.body)
        .select_from(ChecklistStep)
        .join(ChecklistStep.checklist)
        .join(Checklist.definition_version)
        .where(ChecklistStep.id.in_([number for number, _ in rows]))
    )
    found: dict[int, Any] = dict(ctx.session.execute(bodies).all())
    return [_told(found[number], key) if number in found else None for number, key in rows]


def _told(body: Mapping[str, Any], key: str) -> StepInstructions:
    steps: Sequence[Mapping[str, Any]] = body.get("steps", ())
    said: Mapping[str, Any] = next((one for one in steps if one["key"] == key), {})
    proofs, points = said.get("evidence", ()), said.get("control_points", ())
    return StepInstructions(
        description=said.get("description"),
        guide=said.get("guide"),
        standard=said.get("standard"),
        goal=said.get("goal"),
        key_points=list(said.get("key_points", ())),
        assessment=said.get("assessment"),
        policies=list(said.get("policies", ())),
        **{word: list(said.get(word, ())) for word in RACI},
        inputs=list(said.get("inputs", ())),
        outputs=list(said.get("outputs", ())),
        form=canonical(said["form"]) if "form" in said else None,
        evidence=[
            AskedEvidence(name=one["name"], kind=one["kind"], least=one.get("min", 1))
            for one in proofs
        ],
        controls=[
            AskedControl(
                **{word: one[word] for word in ("key", "risk", "objective", "check")},
                mandatory=one.get("mandatory", False),
            )
            for one in points
        ],
    )


@computed(Checklist.id)
def picture(rows: Sequence[tuple[int]], ctx: Context) -> Sequence[str]:
    """How its steps follow one another and how each stands, as a Mermaid flowchart (S0-50)."""
    numbers = {number for (number,) in rows}
    steps, bodies = _steps(numbers, ctx)
    drawn = {one: "\n".join(_drawn(steps[one], bodies.get(one, {}))) for one in numbers}
    return [drawn[number] for (number,) in rows]


@computed(Checklist.id, Checklist.about)
def svg(rows: Sequence[tuple[int, str]], ctx: Context) -> Sequence[str]:
    """The same as an SVG image: what is done, what is under way, and what comes (S0-50)."""
    called = dict(rows)  # many steps may ask for the picture of one checklist
    steps, bodies = _steps(set(called), ctx)
    drawn = {
        one: as_svg(_picture(about, steps[one], bodies.get(one, {})))
        for one, about in called.items()
    }
    return [drawn[number] for number, _ in rows]


def _steps(
    numbers: AbstractSet[int], ctx: Context
) -> tuple[dict[int, list[_Drawn]], dict[int, Any]]:
    """The steps of checklists as they stand, and what their definitions say."""
    said = (
        select(Checklist.id, DefinitionVersion.body)
        .select_from(Checklist)
        .join(Checklist.definition_version)
        .where(Checklist.id.in_(numbers))
    )
    bodies: dict[int, Any] = dict(ctx.session.execute(said).all())
    column: Any = ChecklistStep.__table__.c.checklist_id
    steps: dict[int, list[Any]] = {number: [] for number in numbers}
    shown = (ChecklistStep.key, ChecklistStep.name, ChecklistStep.state, ChecklistStep.round)
    of_them = select(column, *shown).where(column.in_(numbers)).order_by(ChecklistStep.id)
    for number, key, name, state, again in ctx.session.execute(of_them):
        steps[number].append(_Drawn(key, name, state, again))
    return steps, bodies


class _Drawn(NamedTuple):
    """What is shown of a step in a picture."""

    key: str
    name: str
    state: StepState
    round: int


def _drawn(steps: Sequence[_Drawn], body: Mapping[str, Any]) -> Iterator[str]:
    names = {step.key: f"n{number}" for number, step in enumerate(steps)}
    after = {one["key"]: one.get("after", ()) for one in body.get("steps", ())}
    yield "flowchart TD"
    for step in steps:
        again = f" ({step.round})" if step.round > 1 else ""
        yield f'    {names[step.key]}["{escaped(step.name)}{again}"]'
        if step.state in LOOKS:
            yield f"    style {names[step.key]} {LOOKS[step.state]}"
    for step in steps:
        earlier = (names[key] for key in after.get(step.key, ()) if key in names)
        yield from (f"    {one} --> {names[step.key]}" for one in earlier)


def _picture(about: str, steps: Sequence[_Drawn], body: Mapping[str, Any]) -> Picture:
    """The steps as boxes between a beginning and an end."""
    after = {one["key"]: one.get("after", ()) for one in body.get("steps", ())}
    often = Counter(step.name for step in steps)
    names = {
        step.key: step.name if often[step.name] == 1 else f"{step.name} ({step.key})"
        for step in steps
    }
    followed = {key for step in steps for key in after.get(step.key, ())}
    arrows = [
        Arrow(names.get(key, BEGINNING), names[step.key])
        for step in steps
        for key in (after.get(step.key) or ("",))
    ]
    arrows += [Arrow(name, END) for key, name in names.items() if key not in followed]
    return Picture(
        name=about,
        states=(BEGINNING, *names.values(), END),
        start=BEGINNING,
        final=(END,),
        arrows=tuple(arrows),
        done=frozenset(names[one.key] for one in steps if one.state in OVER),
        under_way=frozenset(names[one.key] for one in steps if one.state is StepState.READY),
    )


@computed(Checklist.id)
def satisfaction(rows: Sequence[tuple[int]], ctx: Context) -> Sequence[float | None]:
    """How content it left those whom it serves: the score that the last such step asked for (S1-41)."""
    numbers = {number for (number,) in rows}
    column: Any = ChecklistStep.__table__.c.checklist_id
    filled_in = (
        select(column, ChecklistStep.key, StepForm.values, DefinitionVersion.body)
        .select_from(StepForm)
        .join(StepForm.step)
        .join(ChecklistStep.checklist)
        .join(Checklist.definition_version)
        .where(column.in_(numbers), ChecklistStep.state == StepState.COMPLETED)
        .order_by(ChecklistStep.completed_at, ChecklistStep.id)
    )
    found: dict[int, float] = {}
    for number, key, values, body in ctx.session.execute(filled_in):
        named = {one["key"]: one.get("satisfaction") for one in body.get("steps", ())}.get(key)
        if named in values:
            found[number] = float(values[named])
    return [found.get(number) for (number,) in rows]
