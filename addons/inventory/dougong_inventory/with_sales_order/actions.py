"""What is put in order after the inventory was away."""

from dataclasses import dataclass

from dougong import Context, action
from dougong_inventory import SETTLE_ORDERS
from dougong_inventory.with_sales_order.demands import demand
from dougong_inventory.with_sales_order.settling import (
    orders_without_goods,
    settle,
    waiting_orders,
)


@dataclass(frozen=True)
class TakenOver:
    """The orders that got transfers."""

    result: int
    """For how many orders transfers were made."""
    orders: str
    """The numbers of these orders, the oldest first: `SO-000001, SO-000002`; their transfers' `reference`."""


@action(needs=SETTLE_ORDERS)
def settle_reservations(ctx: Context) -> int:
    """Make transfers fit their orders again after inventory or orders were not installed.

    What was delivered by hand meanwhile moves out, what was kept for orders that ended is free, and
    what is still open is kept anew. Returns how many orders were settled.
    """
    return sum(settle(order, ctx) for order in waiting_orders(ctx))


@action(needs=SETTLE_ORDERS)
def take_over_orders(ctx: Context) -> TakenOver:
    """Make transfers for confirmed orders that have none, and keep what is there for them.

    For an inventory that is installed, or comes back, while orders are open: the oldest first, as
    far as the goods go; the others wait. With `@dryRun` it says which, and nothing changes;
    twice it does nothing the second time. Returns for which orders.
    """
    made = [order for order in orders_without_goods(ctx) if demand(order, ctx) is not None]
    return TakenOver(len(made), ", ".join(order.number or "" for order in made))
