"""Who has read and understood a version, and what is not done before."""

from dougong import Context, Refused, WrongState, guard
from dougong_flow.actions import confirm_reading
from dougong_flow.entities import DefinitionVersion, VersionReading, VersionState

READABLE = (VersionState.APPROVED, VersionState.TRIAL, VersionState.EFFECTIVE)


@guard(confirm_reading)
def read_what_is_to_be_done(version: DefinitionVersion, ctx: Context) -> Refused | None:
    """Once, and nothing that may still change or holds no longer (S2-11)."""
    if version.state not in READABLE:
        return WrongState("nothing_to_read", state=version.state)
    mine = (VersionReading.definition_version == version, VersionReading.user == ctx.me)
    return Refused("already_read") if ctx.find(VersionReading, *mine) else None
