"""Moving running checklists to another version of their definition."""

from typing import Any

from dougong import Context, Invalid, Refused, WrongState, action
from dougong_flow.entities import Checklist, DefinitionVersion, VersionState
from dougong_flow.migrating import gaps, move
from dougong_flow.permissions import MIGRATE
from dougong_flow.reasons import given


@action(needs=MIGRATE)
def migrate_checklist(
    checklist: Checklist,
    ctx: Context,
    *,
    to: DefinitionVersion,
    steps: dict[str, Any],
    reason: str,
) -> Checklist:
    """Carry a running checklist on by another version; all that is in the way is said at once.

    Steps that are over stay as they were done. With `@dryRun` it is tried and nothing changes.

    to: The version, which holds or is being tried out.
    steps: For each open step's key the key of the step in the new version that it becomes.
    reason: Why.
    """
    why = given(reason)
    if not isinstance(steps, dict):
        raise Invalid("map_is_no_object", at="steps")
    if to.definition is not checklist.definition_version.definition:
        raise Invalid("other_definition", at="to")
    if to is checklist.definition_version:
        raise Invalid("same_version", at="to")
    if to.state not in (VersionState.EFFECTIVE, VersionState.TRIAL):
        raise WrongState("version_does_not_hold", at="to", state=to.state)
    if found := gaps(checklist, to, steps, ctx):
        raise Refused.all(found)
    move(checklist, to, steps, why, ctx)
    return checklist
