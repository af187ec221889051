"""Setting steps as an organisation wants them, while people work."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dougong.access.context import Context
from dougong.access.permissions import Permission, Role, all_rows, read
from dougong.builtin.workflows.entities import StepSetting
from dougong.entity.fields import Money
from dougong.errors import Invalid
from dougong.verbs.action import action
from dougong.workflow.workflow import Step

CHANGE_STEPS = Permission("dougong.change_steps", "Set for whom and up to what steps are possible.")

PROCESS_OWNER = Role(
    "dougong.process_owner",
    "Sets steps as the organisation wants them, and sees what was set, by whom and why.",
    grants=[CHANGE_STEPS, read(StepSetting)],
    rows=[all_rows(StepSetting)],
)


@action(needs=CHANGE_STEPS)
def change_step(
    ctx: Context,
    *,
    step: str,
    reason: str,
    switched_off: bool = False,
    needs: str | None = None,
    up_to: list[Money] | None = None,
) -> StepSetting:
    """Set a step for all records that are created from now on; those under way keep what held.

    Raises Invalid (`unknown_step`, `reason_missing`, `no_such_need`, `no_step_limit`, `bad_limit`).

    step: `sales_order.approve`. What else is not given is as its add-on ships it.
    reason: Why.
    switched_off: Whether nobody does it any more; records pass by it where it is optional.
    needs: A permission or a role that it takes besides its own permission.
    up_to: The limit of the step, an amount for each currency; of others it has none.
    """
    known = _step_named(ctx, step)
    if not reason.strip():
        raise Invalid("reason_missing", at="reason", step=step)
    if needs is not None and not _can_be_held(ctx, needs):
        raise Invalid("no_such_need", at="needs", needs=needs[:80])
    setting = StepSetting(
        step=known.key,
        switched_off=switched_off,
        needs=needs,
        up_to=None if up_to is None else _limits(known, up_to),
        reason=reason.strip(),
    )
    ctx.session.add(setting)
    ctx.session.flush()
    ctx.step_settings = None
    ctx.session.info.pop("steps", None)  # there are more now
    return setting


def _step_named(ctx: Context, key: str) -> Step[Any, Any]:
    for verb in ctx.generation.verbs:
        if isinstance(verb, Step) and verb.key == key:
            return verb
    raise Invalid("unknown_step", at="step", step=key[:80])


def _can_be_held(ctx: Context, name: str) -> bool:
    access, own = ctx.generation.access, {one.role for one in ctx.principal.changes}
    return name in access.roles or name in own or access.items.read(name) is not None


def _limits(step: Step[Any, Any], up_to: list[Money]) -> dict[str, str]:
    if step.limit is None:
        raise Invalid("no_step_limit", at="up_to", step=step.key)
    limits = {one.currency: str(one.amount) for one in up_to}
    if len(limits) < len(up_to) or any(one.amount < Decimal(0) for one in up_to):
        raise Invalid("bad_limit", at="up_to")
    return limits
