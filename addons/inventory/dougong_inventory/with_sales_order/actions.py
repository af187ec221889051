"""What is put in order after the inventory was away."""

from dougong import Context, action
from dougong_inventory import MOVE_STOCK
from dougong_inventory.with_sales_order.entities import Reservation, ReservationState
from dougong_inventory.with_sales_order.reservations import (
    believe_reservations,
    release_lines,
    ship_lines,
)
from dougong_sales_order import OrderState, SalesOrder, SalesOrderLine

OVER = (OrderState.DONE, OrderState.CANCELLED)


@action(needs=MOVE_STOCK)
def settle_reservations(ctx: Context) -> int:
    """Make what is reserved right again after inventory or orders were not installed.

    The active reservations are believed: what is reserved without one is free again. Then what
    was reserved for orders that were shipped meanwhile moves out, and what was reserved for
    cancelled ones is freed. Returns how many orders were settled.
    """
    left = ctx.find(
        Reservation,
        Reservation.state == ReservationState.ACTIVE,
        Reservation.line.has(SalesOrderLine.order.has(SalesOrder.state.in_(OVER))),
    )
    orders = sorted({one.line.order for one in left}, key=lambda order: order.id)
    ctx.lock(*orders)
    believe_reservations(ctx)
    for order in orders:
        settle = ship_lines if order.state is OrderState.DONE else release_lines
        settle(order, ctx)
    return len(orders)
