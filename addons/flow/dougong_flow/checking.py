"""What a step of a checklist must have before it is completed: all that is missing, at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_

from dougong import Context, Forbidden, Invalid, Refused, User, WrongState, units_of
from dougong_flow.approval_body import APPROVAL
from dougong_flow.automatic_body import is_automatic
from dougong_flow.definition_body import MOST_FAULTS, canonical
from dougong_flow.entities import (
    Approval,
    ApprovalState,
    Checklist,
    ChecklistState,
    ChecklistStep,
    ControlExecution,
    Evidence,
    EvidenceKind,
    Qualification,
    StepForm,
    StepState,
    VersionReading,
)
from dougong_flow.separation import approvers_in, doers_in
from dougong_flow.step_dates import completed_rounds, untimely
from dougong_flow.waiting import OVER, Said, said_about, said_of, what_comes_first

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

LARGEST_FORM = 64 * 1024
"""So many bytes may a form have, as JSON."""


def is_open_for(
    step: ChecklistStep, others: Mapping[str, ChecklistStep], said: Mapping[str, Said]
) -> bool:
    """Whether a step waits for nothing any more."""
    if step.state is not StepState.WAITING:
        return False
    first = what_comes_first(step, said[step.key])
    return all(key in others and others[key].state in OVER for key in first)


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
    if is_automatic(said[step.key]):
        yield Refused("goes_on_by_itself", step=step.name)
        return
    yield from not_theirs(step, said[step.key], actors, ctx)
    if not _is_overridden(step, actors):
        yield from _not_separate(step, steps, said, actors, ctx)
        if ctx.me is not None:
            yield from not_able(step, ctx.me, ctx)
    if ctx.me is not None:
        yield from unread(step, ctx.me, ctx)
    if said[step.key].get("kind") == APPROVAL and not _approved(step, ctx):
        yield Refused("approval_missing", step=step.name)
    yield from lacking(step, said[step.key], ctx)


def lacking(step: ChecklistStep, said: Said, ctx: Context) -> Iterator[Refused]:
    """What a step still lacks, whoever completes it: the form, evidence and controls."""
    filled_in = ctx.find(StepForm, StepForm.step == step)
    values = filled_in[0].values if filled_in else {}
    yield from faults_in_form(values, said.get("form"))
    yield from _changed_meanwhile(step, said, values, ctx)
    if "not_before" in said or step.deadline is not None:
        yield from untimely(step, said, content_of(step, ctx), ctx)
    yield from _without_evidence(step, said, ctx)
    yield from _without_control(step, said, ctx)


def decided_on(step: ChecklistStep, ctx: Context) -> Refused | None:
    """Why nothing is changed in a ready step: somebody decides on it now, or has approved it."""
    states = (ApprovalState.RUNNING, ApprovalState.APPROVED)
    now = (Approval.step == step, Approval.step_round == step.round)
    if ctx.find(Approval, *now, Approval.state.in_(states)):
        return WrongState("step_is_decided_on", step=step.name)
    return None


def _approved(step: ChecklistStep, ctx: Context) -> bool:
    granted = Approval.state == ApprovalState.APPROVED
    return bool(
        ctx.find(Approval, Approval.step == step, Approval.step_round == step.round, granted)
    )


def not_theirs(
    step: ChecklistStep, said: Said, actors: set[int], ctx: Context
) -> Iterator[Refused]:
    """Why a step is not the asker's to do."""
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
    ctx: Context,
) -> Iterator[Refused]:
    """Separate duties are separate whichever of the two is done first."""
    here = said[step.key].get("not_same_as", ())
    units = said[step.key].get("not_same_unit_as", ())
    voting = any(one.get("kind") == APPROVAL for one in said.values())
    approvers = approvers_in(step.checklist, ctx) if voting else {}
    doers = doers_in(step.checklist, ctx)
    for key, other in steps.items():
        theirs = doers.get(key, set()) | approvers.get(key, set())
        apart = key in here or step.key in apart_from(said.get(key, {}))
        if apart and actors & theirs:
            yield Forbidden("duties_are_separate", step=step.name, other=other.name)
        if key in units and _share_a_unit(actors, theirs, ctx):
            yield Forbidden("units_are_separate", step=step.name, other=other.name)
    for started_by in ctx.find(ChecklistStep, ChecklistStep.subprocess == step.checklist):
        yield from _not_apart(started_by, actors, ctx)


def _not_apart(step: ChecklistStep, actors: set[int], ctx: Context) -> Iterator[Refused]:
    """Why somebody may not do a step because of what they did in its checklist, or above it."""
    found = ctx.find(ChecklistStep, ChecklistStep.checklist == step.checklist)
    steps = {one.key: one for one in found}
    said = said_of(step.checklist)
    if step.key in said:
        yield from _not_separate(step, steps, said, actors, ctx)


def unfit(step: ChecklistStep, who: User, ctx: Context) -> Iterator[Refused]:
    """Why somebody could not do a step: separate duties, or a qualification that is missing."""
    yield from _not_apart(step, {who.id}, ctx)
    yield from not_able(step, who, ctx)


def _share_a_unit(some: set[int], others: set[int], ctx: Context) -> bool:
    """Whether two of these people belong to the same unit today."""
    first, second = (
        {unit.id for one in people for unit in units_of(ctx, ctx.get(User, one))}
        for people in (some, others)
    )
    return bool(first & second)


def _is_overridden(step: ChecklistStep, actors: set[int]) -> bool:
    """Whether a third person let exactly this person do it."""
    assignee = step.assignee
    return step.deviation is not None and assignee is not None and actors == {assignee.id}


def not_able(step: ChecklistStep, who: User, ctx: Context, at: str = "") -> Iterator[Refused]:
    """What somebody would have to be able to do, and is not today (S2-19)."""
    wanted = said_about(step).get("skills", ())
    if not wanted:
        return
    today = ctx.now.date()
    valid = or_(Qualification.valid_until.is_(None), Qualification.valid_until >= today)
    held = ctx.find(
        Qualification, Qualification.user == who, Qualification.valid_from <= today, valid
    )
    for skill in sorted({*wanted} - {one.skill for one in held}):
        yield Forbidden("not_qualified", at=at, step=step.name, skill=skill)


def unread(step: ChecklistStep, who: User, ctx: Context) -> Iterator[Refused]:
    """What somebody must have read and understood first, and has not (S2-11)."""
    version = step.checklist.definition_version
    if not version.definition.needs_reading:
        return
    theirs = (VersionReading.definition_version == version, VersionReading.user == who)
    if not ctx.find(VersionReading, *theirs):
        yield Forbidden("not_read_yet", step=step.name, name=version.definition.name)


def _changed_meanwhile(
    step: ChecklistStep, said: Said, values: dict[str, Any], ctx: Context
) -> Iterator[Refused]:
    """Why a step that was returned cannot go straight back: what others rely on is different."""
    waits = (ChecklistStep.checklist == step.checklist, ChecklistStep.waits_for == step.key)
    if step.round == 1 or not ctx.find(ChecklistStep, *waits):
        return
    last = completed_rounds(step, ctx)[-1].values
    names = said.get("protected", {*values, *last})
    changed = sorted(name for name in names if values.get(name) != last.get(name))
    if changed:
        yield Refused("changed_for_others", at="form", fields=", ".join(changed))


def content_of(step: ChecklistStep, ctx: Context) -> dict[str, Any]:
    """The facts about a step: the forms of completed steps, and its own as it is filled in."""
    steps = ctx.find(ChecklistStep, ChecklistStep.checklist == step.checklist)
    facts = facts_of({one.key: one for one in steps}, ctx)
    for form in ctx.find(StepForm, StepForm.step == step):
        facts |= {f"{step.key}.{name}": value for name, value in form.values.items()}
    return facts


def apart_from(said: Said) -> set[str]:
    """The steps that whoever does a step, or decides on it, must not have done."""
    nodes = said.get("approval", {}).get("nodes", ())
    return {key for one in (said, *nodes) for key in one.get("not_same_as", ())}


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
    from jsonschema import Draft202012Validator  # no server that starts needs it

    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(
        {**json.loads(schema), "additionalProperties": False}, format_checker=checker
    )


def _without_evidence(step: ChecklistStep, said: Said, ctx: Context) -> Iterator[Refused]:
    there = ctx.find(Evidence, Evidence.step == step, Evidence.round == step.round)
    corrected = {one.corrects for one in there}
    today = ctx.now.date()
    for wanted in said.get("evidence", ()):
        named = (wanted["kind"], wanted["name"])
        fit = [
            one
            for one in there
            if one not in corrected
            and (one.kind.name, one.name) == named
            and (one.kind is not EvidenceKind.FILE or one.file_name is not None)
        ]
        least = wanted.get("min", 1)
        valid = [one for one in fit if one.valid_until is None or one.valid_until >= today]
        if len(fit) < least:
            yield Refused("evidence_missing", name=wanted["name"], wanted=least, there=len(fit))
        elif len(valid) < least:
            until = max(one.valid_until for one in fit if one.valid_until is not None)
            yield Refused("evidence_expired", name=wanted["name"], until=until)


def _without_control(step: ChecklistStep, said: Said, ctx: Context) -> Iterator[Refused]:
    now = (ControlExecution.step == step, ControlExecution.round == step.round)
    last = {one.control: one for one in ctx.find(ControlExecution, *now)}
    for point in said.get("control_points", ()):
        if point.get("mandatory") and not (point["key"] in last and last[point["key"]].passed):
            yield Refused("control_missing", control=point["key"], check=point["check"])
