"""What is not taken off the list while customers wait for it (§5.5, before_archive)."""

from typing import Any

from sqlalchemy import select

from dougong import Context, Refused, before
from dougong_product import Product
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine

OVER = (OrderState.DONE, OrderState.CANCELLED)


@before(Product.update, form=True)
def keep_what_is_ordered(product: Product, ctx: Context, **form: Any) -> None:
    """Who waits for a product gets it; then it can go."""
    if product.active and form.get("active") is False and _is_ordered(product, ctx):
        raise Refused("still_ordered", at="active", product=product.name)


def _is_ordered(product: Product, ctx: Context) -> bool:
    waiting = SalesOrderLine.order.has(SalesOrder.state.not_in(OVER))
    open_ = (SalesOrderLine.product == product, SalesOrderLine.quantity_open > 0, waiting)
    return ctx.session.scalar(select(SalesOrderLine.id).where(*open_).limit(1)) is not None
