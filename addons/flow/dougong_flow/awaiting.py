"""The records that steps wait for and that forms name: kept, once whoever named one was seen to see it."""

from __future__ import annotations

from dougong import Context
from dougong_flow.entities import ChecklistStep, StepForm
from dougong_flow.subjects import checked
from dougong_flow.waiting import said_of


def keep_awaited(step: ChecklistStep, ctx: Context, *, by_a_user: bool = True) -> None:
    """Note for the steps that wait for it the record that the form of a step names.

    Raises Refused (`not_found`) where the asker does not see it, and Invalid. An effect may name any.
    """
    said = said_of(step.checklist).items()
    named = {key: one["wait"].get("record", "") for key, one in said if "wait" in one}
    mine = {key: name for key, name in named.items() if name.startswith(f"{step.key}.")}
    if not mine:
        return
    values = {name: value for form in _forms(step, ctx) for name, value in form.values.items()}
    beside = ChecklistStep.checklist == step.checklist
    for other in ctx.find(ChecklistStep, beside, ChecklistStep.key.in_(mine)):
        value = values.get(mine[other.key].partition(".")[2])
        text = None if value is None else str(value)
        other.awaits_record = checked(text, ctx) if by_a_user else text


def _forms(step: ChecklistStep, ctx: Context) -> list[StepForm]:
    return ctx.find(StepForm, StepForm.step == step)
