"""From alerts to an order that fills the shelves."""

from dougong import Context, Refused, action
from dougong_inventory.entities.alerts import StockAlert
from dougong_inventory.entities.replenishment import ReplenishmentLine, ReplenishmentOrder
from dougong_inventory.levels import forecasts, refill
from dougong_inventory.permissions import KEEP_LEVELS


@action(needs=KEEP_LEVELS)
def order_from_alerts(ctx: Context, *, alerts: list[StockAlert]) -> ReplenishmentOrder:
    """Draft an order that fills up what the alerts are about, as much as the rules say (I16).

    What is ordered already counts as there, so that nothing is ordered twice. Raises Refused
    (`alerts_apart`, `nothing_to_order`).

    alerts: Alerts of one store, of goods that come from one warehouse.
    """
    rules = sorted({one.rule for one in alerts}, key=lambda rule: rule.id)
    if len({(rule.warehouse.id, rule.source and rule.source.id) for rule in rules}) != 1:
        raise Refused("alerts_apart", at="alerts")
    there = forecasts(rules, ctx)
    lines = [
        ReplenishmentLine(product=rule.product, requested=quantity)
        for rule in rules
        if (quantity := refill(rule, there[rule.id])) > 0
    ]
    if not lines:
        raise Refused("nothing_to_order", at="alerts")
    warehouse, source = rules[0].warehouse, rules[0].source
    order = ReplenishmentOrder(warehouse=warehouse, source=source, lines=lines)
    return ctx.create(order)
