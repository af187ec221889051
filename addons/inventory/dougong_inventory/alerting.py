"""Alerts: opened when a rule is not kept, closed by themselves when it is again."""

from sqlalchemy import ColumnElement

from dougong import Context
from dougong_inventory.entities.alerts import ReplenishmentRule, StockAlert
from dougong_inventory.levels import faults, levels


def settle_alerts(ctx: Context, *which: ColumnElement[bool]) -> None:
    """Open and close alerts of some rules, as their warehouses are now (I15).

    The rules are locked first, so that of two who look at once the second sees what the first did.
    """
    rules = ctx.hold(ReplenishmentRule, *which)
    have = levels(rules, ctx)
    still = StockAlert.__table__.c.rule_id.in_([rule.id for rule in rules])
    opened = {
        (one.rule.id, one.kind): one
        for one in ctx.find(StockAlert, StockAlert.closed_at.is_(None), still)
    }
    for rule in rules:
        for kind, quantity in faults(rule, have[rule.id]).items():
            if opened.pop((rule.id, kind), None) is None:
                today = ctx.now.date()
                ctx.create(StockAlert(rule=rule, kind=kind, quantity=quantity, since=today))
    for one in opened.values():
        one.closed_at = ctx.now
