"""What a partner outside may do by a link, and who may give it away: asked when it is given, and when it is used."""

from __future__ import annotations

from dougong import Context, Forbidden, Refused, User, holders
from dougong_flow.checking import apart_from
from dougong_flow.entities import ChecklistStep
from dougong_flow.waiting import said_of


def not_for_partners(step: ChecklistStep, inviter: User | None, ctx: Context) -> Refused | None:
    """Why a partner cannot do a step on the invitation of somebody, who knows the secret too."""
    said = said_of(step.checklist)
    here = said.get(step.key, {})
    words = ("not_same_as", "not_same_unit_as", "skills")
    apart = apart_from(here) or any(here.get(one) for one in words)
    apart = apart or any(
        step.key in {*apart_from(one), *one.get("not_same_unit_as", ())} for one in said.values()
    )
    strict = any(one.get("mandatory") for one in here.get("control_points", ()))
    records = any(one["kind"] != "LINK" for one in here.get("evidence", ()))
    read = step.checklist.definition_version.definition.needs_reading
    if not here or here.get("kind", "TASK") != "TASK" or apart or strict or records or read:
        return Refused("not_for_partners", step=step.name)
    if inviter is None or not inviter.active:
        return Forbidden("not_in_charge", step=step.name)
    responsible = here.get("responsible", ())
    if responsible and not any(inviter in holders(ctx, role) for role in responsible):
        return Forbidden("not_responsible", step=step.name, roles=", ".join(responsible))
    return None
