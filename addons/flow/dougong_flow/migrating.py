"""Moving a running checklist to another version: what becomes of its open steps, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dougong import Context, Invalid, Refused
from dougong_flow.carrying_out import advance
from dougong_flow.entities import (
    Approval,
    ApprovalState,
    Checklist,
    ChecklistStep,
    DefinitionVersion,
    RoundOutcome,
    StepState,
)
from dougong_flow.rounds import end_round, start_anew, steps_of
from dougong_flow.waiting import OVER, Said, said_of
from dougong_flow.workflows import call_back

OPEN = (ApprovalState.RUNNING, ApprovalState.RETURNED)
Steps = Mapping[str, ChecklistStep]


def gaps(
    checklist: Checklist, version: DefinitionVersion, becomes: Mapping[str, Any], ctx: Context
) -> list[Refused]:
    """Why a checklist cannot go to a version by this map, all at once."""
    steps = steps_of(checklist, ctx)
    said = {one["key"]: one for one in version.body.get("steps", ())}
    return [*_unmapped(steps, becomes), *_unfit(steps, said, becomes, checklist, ctx)]


def _unmapped(steps: Steps, becomes: Mapping[str, Any]) -> Iterator[Refused]:
    still_open = {key for key, one in steps.items() if one.state not in OVER}
    for key in sorted(still_open - becomes.keys()):
        yield Invalid("gap_no_step", at="steps", step=key)
    for key in sorted(becomes.keys() - still_open):
        yield Invalid("gap_not_open", at=("steps", key), key=key)


def _unfit(
    steps: Steps,
    said: Mapping[str, Said],
    becomes: Mapping[str, Any],
    checklist: Checklist,
    ctx: Context,
) -> Iterator[Refused]:
    old = said_of(checklist)
    over = {key for key, one in steps.items() if one.state in OVER}
    deciding = {one.step for one in ctx.find(Approval, _of(checklist), Approval.state.in_(OPEN))}
    taken: set[Any] = set()
    for key, new in sorted(becomes.items()):
        at = ("steps", key)
        if not isinstance(new, str) or new not in said:
            yield Invalid("gap_unknown", at=at, key=str(new)[:80])
            continue
        if new in taken:
            yield Invalid("gap_twice", at=at, key=new)
        if new in over:
            yield Invalid("gap_already_over", at=at, key=new)
        taken.add(new)
        if key in steps and steps[key] in deciding:
            yield Invalid("gap_decided_on", at=at, step=steps[key].name)
        if kind_of(said[new]) != kind_of(old.get(key, {})):
            yield Invalid("gap_other_kind", at=at, step=key, key=new)


def kind_of(said: Said) -> str:
    """Who goes on with a step: people, an approval, or nobody."""
    return str(said.get("kind", "TASK"))


def _of(checklist: Checklist) -> Any:
    return Approval.step.has(ChecklistStep.checklist == checklist)


def move(
    checklist: Checklist,
    version: DefinitionVersion,
    becomes: Mapping[str, str],
    why: str,
    ctx: Context,
) -> None:
    """Let a checklist go on by another version; what was done stays as it was done.

    A step that was ready, and before which the new version has something that is not done, waits.
    """
    steps = steps_of(checklist, ctx)
    mapped = {key: steps[key] for key in becomes}
    ctx.lock(*mapped.values())
    for number, one in enumerate(mapped.values()):  # keys are unique at every moment
        one.key = f"~{number}"
    ctx.session.flush()
    checklist.definition_version = version
    said = said_of(checklist)
    for key, one in mapped.items():
        one.key, one.name = becomes[key], said[becomes[key]]["name"]
        if one.waits_for is not None:
            one.waits_for = becomes.get(one.waits_for, one.waits_for)
    there = {one.key for one in steps.values()}
    for key in said.keys() - there:
        ctx.create(ChecklistStep(checklist=checklist, key=key, name=said[key]["name"]))
    ctx.session.flush()
    steps = steps_of(checklist, ctx)
    for one in mapped.values():
        if one.state is StepState.READY and not _could_be_ready(one, steps, said):
            end_round(one, RoundOutcome.CALLED_BACK, ctx, reason=why)
            start_anew(one, why)
            call_back(one, ctx)
    advance(checklist, ctx)


def _could_be_ready(step: ChecklistStep, steps: Steps, said: Mapping[str, Said]) -> bool:
    first = said[step.key].get("after", ())
    return all(key in steps and steps[key].state in OVER for key in first)
