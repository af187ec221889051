"""What a step of a checklist must have before it is completed: all that is missing, at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator

from dougong import Context, Forbidden, Invalid, Refused, WrongState
from dougong_flow.definition_body import MOST_FAULTS, canonical
from dougong_flow.entities import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    ControlExecution,
    Evidence,
    StepForm,
    StepState,
)

LARGEST_FORM = 64 * 1024
"""So many bytes may a form have, as JSON."""
OVER = (StepState.COMPLETED, StepState.SKIPPED)
Said = Mapping[str, Any]
"""What a definition says of a step."""


def said_of(checklist: Checklist) -> dict[str, Said]:
    """What the definition says of each step, by the step's key."""
    return {one["key"]: one for one in checklist.definition_version.body.get("steps", ())}


def said_about(step: ChecklistStep) -> Said:
    """What the definition says of a step."""
    return said_of(step.checklist).get(step.key, {})


def is_open_for(step: ChecklistStep, others: Mapping[str, ChecklistStep], said: Said) -> bool:
    """Whether a step waits for nothing any more."""
    return step.state is StepState.WAITING and all(
        key in others and others[key].state in OVER for key in said.get("after", ())
    )


def facts_of(steps: Mapping[str, ChecklistStep], ctx: Context) -> dict[str, Any]:
    """What conditions ask about: the forms of completed steps, as `step.field`."""
    done = [one.id for one in steps.values() if one.state is StepState.COMPLETED]
    forms = ctx.find(StepForm, StepForm.step.has(ChecklistStep.id.in_(done)))
    return {
        f"{form.step.key}.{name}": value for form in forms for name, value in form.values.items()
    }


def running(checklist: Checklist) -> Refused | None:
    """Why nothing is done in a checklist any more."""
    if checklist.state is ChecklistState.RUNNING:
        return None
    return Refused("checklist_is_over", state=checklist.state)


def not_ready(step: ChecklistStep) -> Refused | None:
    """Why a step is not being worked on."""
    if step.state is StepState.READY:
        return None
    return WrongState("step_is_not_ready", step=step.name, state=step.state)


def missing(step: ChecklistStep, actors: set[int], ctx: Context) -> Iterator[Refused]:
    """What keeps somebody from completing a step; `actors` are they and whom they stand in for."""
    steps = {
        one.key: one for one in ctx.find(ChecklistStep, ChecklistStep.checklist == step.checklist)
    }
    said = said_of(step.checklist)
    if step.key not in said:
        yield Refused("step_is_unknown", step=step.name)
        return
    yield from _not_theirs(step, said[step.key], actors, ctx)
    yield from _not_separate(step, steps, said, actors)
    filled_in = ctx.find(StepForm, StepForm.step == step)
    values = filled_in[0].values if filled_in else {}
    yield from faults_in_form(values, said[step.key].get("form"))
    yield from _without_evidence(step, said[step.key], ctx)
    yield from _without_control(step, said[step.key], ctx)


def _not_theirs(
    step: ChecklistStep, said: Said, actors: set[int], ctx: Context
) -> Iterator[Refused]:
    if step.assignee is None or step.assignee.id not in actors:
        yield Forbidden("not_assigned_to_you", step=step.name)
    held = {*ctx.principal.roles, *(role for _, role in ctx.principal.stands_in)}
    responsible = said.get("responsible", ())
    if responsible and not held.intersection(responsible):
        yield Forbidden("not_responsible", step=step.name, roles=", ".join(responsible))


def _not_separate(
    step: ChecklistStep,
    steps: Mapping[str, ChecklistStep],
    said: Mapping[str, Said],
    actors: set[int],
) -> Iterator[Refused]:
    """Separate duties are separate whichever of the two is done first."""
    here = said[step.key].get("not_same_as", ())
    for key, other in steps.items():
        apart = key in here or step.key in said.get(key, {}).get("not_same_as", ())
        people = (other.completed_by, other.completed_for)
        if apart and actors & {one.id for one in people if one is not None}:
            yield Forbidden("duties_are_separate", step=step.name, other=other.name)


def faults_in_form(values: Any, schema: Said | None) -> list[Invalid]:
    """What is wrong with a form that is filled in, each with its field."""
    validator = _validator(canonical(schema or {"type": "object", "properties": {}}))
    found = sorted(validator.iter_errors(values), key=lambda one: list(map(str, one.path)))
    return [
        Invalid("form_invalid", at=("form", *one.absolute_path), what=one.message[:200])
        for one in found[:MOST_FAULTS]
    ]


@lru_cache(256)
def _validator(schema: str) -> Draft202012Validator:
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(
        {**json.loads(schema), "additionalProperties": False}, format_checker=checker
    )


def _without_evidence(step: ChecklistStep, said: Said, ctx: Context) -> Iterator[Refused]:
    there = ctx.find(Evidence, Evidence.step == step)
    corrected = {one.corrects for one in there}
    for wanted in said.get("evidence", ()):
        fit = [
            one
            for one in there
            if one not in corrected
            and (one.kind.name, one.name) == (wanted["kind"], wanted["name"])
        ]
        least = wanted.get("min", 1)
        if len(fit) < least:
            yield Refused("evidence_missing", name=wanted["name"], wanted=least, there=len(fit))


def _without_control(step: ChecklistStep, said: Said, ctx: Context) -> Iterator[Refused]:
    last = {one.control: one for one in ctx.find(ControlExecution, ControlExecution.step == step)}
    for point in said.get("control_points", ()):
        if point.get("mandatory") and not (point["key"] in last and last[point["key"]].passed):
            yield Refused("control_missing", control=point["key"], check=point["check"])
