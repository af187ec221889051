"""What stays as it is once a product has moved (I02)."""

from typing import Any

from dougong import Context, Invalid, Refused, before
from dougong_inventory.actions.products import set_stock_policy
from dougong_inventory.entities import (
    CostMethod,
    Lot,
    ProductTracking,
    StockPolicy,
    TransferLine,
)
from dougong_inventory.using import is_there, is_used
from dougong_product import Product, ProductUnit


@before(Product.update, form=True)
def keep_what_stock_is_counted_by(product: Product, ctx: Context, **form: Any) -> None:
    """What lies on a shelf is no service, and is counted in the unit that it came in."""
    for name in ("kind", "measured_in"):
        if name in form and form[name] is not getattr(product, name) and is_used(product, ctx):
            raise Invalid("immutable_after_use", at=name, product=product.name)
    price = form.get("price") or product.price
    if price.currency != product.price.currency and is_used(product, ctx):
        raise Invalid("immutable_after_use", at="price", product=product.name)


@before(Product.update, form=True)
def keep_what_lies_on_a_shelf(product: Product, ctx: Context, **form: Any) -> None:
    """What is there, or on its way, is sold, moved or written off first (§5.5, before_archive)."""
    if product.active and form.get("active") is False and is_there(product, ctx):
        raise Refused("still_in_stock", at="active", product=product.name)


@before(set_stock_policy, form=True)
def keep_how_a_product_is_kept(
    product: Product,
    ctx: Context,
    *,
    tracking: ProductTracking = ProductTracking.NONE,
    cost_method: CostMethod = CostMethod.AVERAGE,
) -> None:
    """Pieces that came without a number cannot be told apart later, nor be valued anew."""
    now = StockPolicy.of(product)
    for name, new in (("tracking", tracking), ("cost_method", cost_method)):
        if new is not getattr(now, name) and is_used(product, ctx):
            raise Invalid("immutable_after_use", at=name, product=product.name)


@before(ProductUnit.update, form=True)
def keep_what_a_packing_holds(packing: ProductUnit, ctx: Context, **form: Any) -> None:
    """A box that was moved keeps its contents; another box is another unit."""
    for name in ("unit", "numerator", "denominator"):
        if form.get(name, getattr(packing, name)) != getattr(packing, name) and ctx.find(
            TransferLine,
            TransferLine.product == packing.product,
            TransferLine.unit == packing.unit,
        ):
            raise Invalid("unit_in_use", at=name, unit=packing.unit.code)


@before(Lot.update, form=True)
def keep_the_product_of_a_lot(lot: Lot, ctx: Context, **form: Any) -> None:
    """What was moved as a lot of one product does not become another's."""
    if form.get("product", lot.product) is not lot.product:
        raise Invalid("immutable_after_use", at="product", product=lot.product.name)
