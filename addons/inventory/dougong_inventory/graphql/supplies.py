"""What warehouses will have of what they are to have, and what is to be ordered for it."""

from decimal import Decimal

import strawberry

from dougong import Context, RecordId, query
from dougong_inventory.entities import Warehouse
from dougong_inventory.entities.alerts import ReplenishmentRule
from dougong_inventory.graphql.asked import asked_for
from dougong_inventory.levels import forecasts, levels, refill
from dougong_inventory.permissions import SEE_SUPPLIES

MOST = 1000
"""Rules that are answered at once."""


@strawberry.type
class SupplyForecast:
    """What there is of a product, what there will be, and what is to be ordered beside that."""

    rule: ReplenishmentRule
    """How much there is to be, and where."""
    free: Decimal
    """What is to spare now: not reserved, not blocked, not expired."""
    forecast: Decimal
    """What there will be to spare: with what is ordered and what receipts bring within the rule's
    days, without what deliveries take that is not kept yet."""
    below: bool
    """Whether that is less than the minimum."""
    to_order: Decimal
    """How many are to be ordered, up to the target and in multiples."""


@query(needs=SEE_SUPPLIES)
def supply_forecasts(
    ctx: Context, *, warehouse: RecordId | None = None, after: RecordId | None = None
) -> list[SupplyForecast]:
    """What the rules that you see say of what is there and what comes, oldest rule first (I16).

    warehouse: Only the rules of this one.
    after: Only rules after this one: at most 1000 are answered at once.
    """
    place, last = asked_for(Warehouse, warehouse, ctx), asked_for(ReplenishmentRule, after, ctx)
    which = [] if place is None else [ReplenishmentRule.warehouse == place]
    if last is not None:
        which.append(ReplenishmentRule.id > last.id)
    rules = ctx.find(ReplenishmentRule, *which)[:MOST]
    have, there = levels(rules, ctx), forecasts(rules, ctx)
    return [
        SupplyForecast(
            rule=rule,
            free=have[rule.id].free,
            forecast=there[rule.id],
            below=there[rule.id] < rule.minimum,
            to_order=refill(rule, there[rule.id]),
        )
        for rule in rules
    ]
