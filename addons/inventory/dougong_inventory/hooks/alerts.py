"""What rules about levels keep to, and what makes somebody look at them."""

from typing import Any

from sqlalchemy import select

from dougong import Context, Invalid, after, before
from dougong_inventory.completing import complete
from dougong_inventory.entities import StockMove
from dougong_inventory.entities.alerts import ReplenishmentRule
from dougong_inventory.jobs.alerts import watch_levels
from dougong_product import Product, ProductKind


@before(ReplenishmentRule.create)
def keep_levels_of_goods(rule: ReplenishmentRule, ctx: Context) -> None:
    """There is no stock of services."""
    _check(rule.product)


@before(ReplenishmentRule.update, form=True)
def keep_keeping_levels_of_goods(rule: ReplenishmentRule, ctx: Context, **form: Any) -> None:
    """The same for what is changed."""
    _check(form.get("product", rule.product))


@after(ReplenishmentRule.create)
def look_at_a_new_rule(rule: ReplenishmentRule, ctx: Context) -> None:
    """It may be broken from the beginning."""
    ctx.later(watch_levels, rules=[rule.id])


@after(ReplenishmentRule.update)
def look_at_a_changed_rule(rule: ReplenishmentRule, ctx: Context) -> None:
    """What was enough may be too little now."""
    ctx.later(watch_levels, rules=[rule.id])


@after(complete)
def look_at_what_moved(move: StockMove, ctx: Context) -> None:
    """Alerts open and close right after the goods have moved (I15)."""
    places = (move.source, move.destination)
    houses = [place.warehouse.id for place in places if place.warehouse is not None]
    if not houses:
        return
    rule = ReplenishmentRule.__table__.c
    theirs = (rule.product_id == move.product.id, rule.warehouse_id.in_(houses))
    rules = list(ctx.session.scalars(select(ReplenishmentRule.id).where(*theirs)))
    if rules:
        ctx.later(watch_levels, rules=rules)


def _check(product: Product) -> None:
    if product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=product.name)
