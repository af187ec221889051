"""What a step of a checklist waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dougong_flow.entities import Checklist, ChecklistStep, StepState

OVER = (StepState.COMPLETED, StepState.SKIPPED)
Said = Mapping[str, Any]
"""What a definition says of a step."""


def said_of(checklist: Checklist) -> dict[str, Said]:
    """What the definition says of each step, by the step's key."""
    return {one["key"]: one for one in checklist.definition_version.body.get("steps", ())}


def said_about(step: ChecklistStep) -> Said:
    """What the definition says of a step."""
    return said_of(step.checklist).get(step.key, {})


def what_comes_first(step: ChecklistStep, said: Said | None = None) -> list[str]:
    """The keys of the steps that a step waits for, be they over or not."""
    said = said_about(step) if said is None else said
    return [*said.get("after", ()), *([step.waits_for] if step.waits_for else [])]
