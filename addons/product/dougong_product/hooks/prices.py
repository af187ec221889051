"""What stays as it is once others rely on it, and what cannot hold at the same time."""

from typing import Any

from sqlalchemy import func, select

from dougong import Context, Invalid, Refused, before
from dougong_product.entities import Price, ProductUnit, UnitOfMeasure

PRICE = Price.__table__.c


@before(UnitOfMeasure.update, form=True)
def keep_what_it_measures(unit: UnitOfMeasure, ctx: Context, **form: Any) -> None:
    """Quantities that are written down somewhere would mean something else (I02)."""
    for name in ("dimension", "numerator", "denominator"):
        if form.get(name, getattr(unit, name)) != getattr(unit, name):
            raise Invalid("unit_is_fixed", at=name, unit=unit.code)


@before(ProductUnit.create)
def pack_what_is_measured(packing: ProductUnit, ctx: Context) -> None:
    """A box holds so many of the product's own unit; so the product must have one."""
    if packing.product.measured_in is None:
        raise Refused("not_measured", at="unit", product=packing.product.name)
    if packing.unit is packing.product.measured_in:
        raise Invalid("packed_in_itself", at="unit", name=packing.unit.code)


@before(Price.create)
def one_price_at_a_time(price: Price, ctx: Context) -> None:
    """Two prices for the same thing, quantity and day would leave it to chance which one counts."""
    _check_meaning(price, {})
    _check_alone(price, ctx, {})


@before(Price.update, form=True)
def still_one_price_at_a_time(price: Price, ctx: Context, **form: Any) -> None:
    """Nor does a price become one that stands beside another."""
    _check_meaning(price, form)
    _check_alone(price, ctx, form)


def _check_meaning(price: Price, form: dict[str, Any]) -> None:
    """It says what something costs, or what is let off; an amount is that of one product."""
    amount = form.get("amount", price.amount)
    if (amount is None) == (form.get("percent_off", price.percent_off) is None):
        raise Invalid("amount_or_percent", at="amount")
    if amount is not None and form.get("product", price.product) is None:
        raise Invalid("amount_needs_product", at="product")


def _check_alone(price: Price, ctx: Context, form: dict[str, Any]) -> None:
    """The database refuses the rest: what two people write at the same moment."""
    wanted = {name: form.get(name, getattr(price, name)) for name in ("since", "until")}
    if wanted["until"] is not None and wanted["until"] < wanted["since"]:
        raise Invalid("ends_too_early", at="until", since=wanted["since"])
    product = form.get("product", price.product)
    held = func.daterange(Price.since, Price.until, "[]")
    coming = func.daterange(wanted["since"], wanted["until"], "[]")
    beside = (
        PRICE.price_list_id == price.price_list.id,
        PRICE.product_id.is_(None) if product is None else PRICE.product_id == product.id,
        Price.min_quantity == form.get("min_quantity", price.min_quantity),
        Price.id != (price.id or 0),
        held.op("&&")(coming),
    )
    other = ctx.session.scalar(select(Price).where(*beside).limit(1))
    if other is not None:
        until = other.until or "…"
        raise Invalid("prices_overlap", at="since", since=other.since, until=until)
