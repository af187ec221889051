"""What is put in order after the inventory was away."""

from dougong import Context, action
from dougong_inventory import MOVE_STOCK
from dougong_inventory.with_sales_order.demands import demand
from dougong_inventory.with_sales_order.settling import (
    orders_without_goods,
    settle,
    waiting_orders,
)


@action(needs=MOVE_STOCK)
def settle_reservations(ctx: Context) -> int:
    """Make transfers fit their orders again after inventory or orders were not installed.

    What was delivered by hand meanwhile moves out, what was kept for orders that ended is free, and
    what is still open is kept anew. Returns how many orders were settled.
    """
    return sum(settle(order, ctx) for order in waiting_orders(ctx))


@action(needs=MOVE_STOCK)
def take_over_orders(ctx: Context) -> int:
    """Make transfers for confirmed orders that have none, and keep what is there for them.

    For an inventory that is installed, or comes back, while orders are open: the oldest first, as
    far as the goods go; the others wait. With `@dryRun` it says how many, and nothing changes;
    twice it does nothing the second time. Returns for how many orders.
    """
    return sum(demand(order, ctx) is not None for order in orders_without_goods(ctx))
