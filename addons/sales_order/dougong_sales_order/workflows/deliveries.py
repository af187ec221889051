"""How an order ends of which not everything is delivered."""

from dougong import Context
from dougong_sales_order.delivering import close, open_lines
from dougong_sales_order.entities import OrderState, SalesOrder
from dougong_sales_order.permissions import SHIP
from dougong_sales_order.workflows.orders import order_workflow


@order_workflow.step(OrderState.CONFIRMED, to=OrderState.DONE, needs=SHIP, reason=True)
def close_short(order: SalesOrder, ctx: Context, *, reason: str) -> None:
    """Deliver no more of an order of which some was delivered; say why."""
    close(open_lines(order, ctx), ctx)
    order.close_reason = reason
    order.shipped_on = ctx.now.date()
