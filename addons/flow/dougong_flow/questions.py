"""What flow asks other add-ons: which effects they have for steps that nobody does, and to do one."""

from typing import Any

from dougong import Context, question
from dougong_flow.entities import ChecklistStep


@question(all=True)
def effects_known(ctx: Context) -> list[str]:
    """The names of the effects that an add-on has for steps of kind SYSTEM: `crm.send_welcome`."""
    return []


@question(all=True)
def effect(
    step: ChecklistStep, ctx: Context, *, name: str, settings: dict[str, Any], key: str
) -> list[dict[str, Any]]:
    """Do the effect of a name, for a step, in its transaction: what fills in the step's form.

    Whoever has no effect of that name answers with an empty list, who has it with one object.
    `key` is the same for every attempt of the same round: what leaves the database is sent with
    it, so that the receiver does it once. A Refused is tried again, and shown at the step.
    """
    return []
