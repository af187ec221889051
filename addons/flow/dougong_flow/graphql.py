"""What a step asks for, how a checklist stands as a picture, how versions differ, and as packages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import strawberry
from sqlalchemy import select

from dougong import Context, Invalid, computed, query
from dougong_flow.definition_body import canonical
from dougong_flow.entities import Checklist, ChecklistStep, DefinitionVersion, StepState
from dougong_flow.packages import packed
from dougong_flow.permissions import DESIGN

LOOKS = {
    StepState.READY: "fill:#fff3c4,stroke:#b7791f,stroke-width:3px",
    StepState.COMPLETED: "fill:#d3f3dd,stroke:#2f855a",
    StepState.SKIPPED: "fill:#eeeeee,stroke:#888888,stroke-dasharray:4",
}
"""How a step is drawn that is ready, done or left out."""


@strawberry.type
class AskedEvidence:
    """A proof that a step asks for."""

    name: str
    """What it is called."""
    kind: str
    """What it is: a link, or a record."""
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
    drawn = {one: "\n".join(_drawn(steps[one], bodies.get(one, {}))) for one in numbers}
    return [drawn[number] for (number,) in rows]


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
        yield f'    {names[step.key]}["{_escaped(step.name)}{again}"]'
        if step.state in LOOKS:
            yield f"    style {names[step.key]} {LOOKS[step.state]}"
    for step in steps:
        earlier = (names[key] for key in after.get(step.key, ()) if key in names)
        yield from (f"    {one} --> {names[step.key]}" for one in earlier)


def _escaped(text: str) -> str:
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " "}
    return "".join(marks.get(one, one) for one in text)


@strawberry.type
class VersionDifference:
    """What a version of a definition says otherwise than another."""

    added: list[str]
    """The keys of the steps that only the later one has."""
    removed: list[str]
    """The keys of the steps that only the earlier one has."""
    changed: list[str]
    """What both have and say differently: `check.guide`."""


@query(needs=DESIGN)
def version_difference(
    ctx: Context, *, earlier: DefinitionVersion, later: DefinitionVersion
) -> VersionDifference:
    """How two versions of a definition differ, step by step (S0-06).

    earlier: The version before.
    later: The version after it.
    """
    if earlier.definition is not later.definition:
        raise Invalid("other_definition", at="later")
    old, new = ({step["key"]: step for step in one.body["steps"]} for one in (earlier, later))
    return VersionDifference(
        added=[key for key in new if key not in old],
        removed=[key for key in old if key not in new],
        changed=[
            f"{key}.{word}"
            for key, step in new.items()
            for word in sorted({*step, *old.get(key, step)})
            if key in old and step.get(word) != old[key].get(word)
        ],
    )


@query(needs=DESIGN)
def definition_package(ctx: Context, *, of: DefinitionVersion) -> str:
    """A version as a package that another installation can import, with its hash (S0-39).

    of: The version, in whatever state.
    """
    return packed(of)
