"""Levels are looked at after moves and every hour."""

from sqlalchemy import select

from dougong import Context, every, job
from dougong_inventory.alerting import settle_alerts
from dougong_inventory.entities.alerts import ReplenishmentRule

AT_ONCE = 500
"""So many rules in one transaction."""


@job
def watch_levels(ctx: Context, *, rules: list[int]) -> None:
    """Look at the rules about goods that have moved (I15)."""
    settle_alerts(ctx, ReplenishmentRule.id.in_(rules))


@job
def scan_levels(ctx: Context, *, after: int) -> None:
    """Look at the rules with higher numbers, one portion after the other (I15)."""
    following = ReplenishmentRule.id > after
    numbers = select(ReplenishmentRule.id).where(following).order_by(ReplenishmentRule.id)
    portion = list(ctx.session.scalars(numbers.limit(AT_ONCE)))
    if portion:
        settle_alerts(ctx, ReplenishmentRule.id.in_(portion))
        ctx.later(scan_levels, after=portion[-1])


@every("7 * * * *")
def scan_all_levels(ctx: Context) -> None:
    """Look at every rule: goods expire and grow old without moving (I15)."""
    ctx.later(scan_levels, after=0)
