"""How a right goes: applied for, in force, lapsed or abandoned."""

from datetime import date

from dougong import Context, Workflow
from dougong_ip_compliance.entities import AssetState, IpAsset
from dougong_ip_compliance.permissions import KEEP_ASSETS

asset_workflow = Workflow(IpAsset, IpAsset.state, final=[AssetState.ABANDONED])


@asset_workflow.step(AssetState.PENDING, to=AssetState.IN_FORCE, needs=KEEP_ASSETS)
def enter_into_force(asset: IpAsset, ctx: Context, *, on: date) -> None:
    """The right is granted, or holds by itself.

    on: Since when.
    """
    asset.granted_on = on


@asset_workflow.step(AssetState.IN_FORCE, to=AssetState.LAPSED, needs=KEEP_ASSETS, reason=True)
def lapse(asset: IpAsset, ctx: Context, *, reason: str) -> None:
    """It is not in force any more; say why."""
    asset.lapse_reason = reason


@asset_workflow.step(AssetState.LAPSED, to=AssetState.IN_FORCE, needs=KEEP_ASSETS)
def restore(asset: IpAsset, ctx: Context) -> None:
    """It is in force again."""
    asset.lapse_reason = None


@asset_workflow.step(
    *(AssetState.PENDING, AssetState.IN_FORCE, AssetState.LAPSED),
    to=AssetState.ABANDONED,
    needs=KEEP_ASSETS,
    reason=True,
)
def abandon(asset: IpAsset, ctx: Context, *, reason: str) -> None:
    """Give it up for good; say why."""
    asset.lapse_reason = reason
