"""What happens to the goods when an order moves."""

from dougong import Context, after, answers, on_restore
from dougong_inventory import Location, StockQuantity, promise_only, release_reservations
from dougong_inventory.with_sales_order.actions import settle_reservations
from dougong_inventory.with_sales_order.reservations import (
    promised,
    release_lines,
    reserve_lines,
    ship_lines,
)
from dougong_sales_order import (
    SalesOrder,
    cancel,
    close_short,
    confirm,
    deliver,
    delivered_by,
    ship,
)


@after(confirm)
def reserve_the_goods(order: SalesOrder, ctx: Context) -> None:
    """Promise only what is there: all of the order, or it is not confirmed."""
    reserve_lines(order, ctx)


@after(ship)
def move_the_goods_out(order: SalesOrder, ctx: Context) -> None:
    """What leaves the house leaves the books.

    An order that was confirmed while the inventory was not installed has no reservations: it
    gets them now, or is refused with what is missing.
    """
    reserve_lines(order, ctx)
    ship_lines(order, ctx)
    deliver(order, ctx)


@answers(delivered_by)
def with_what_leaves_the_shelf(order: SalesOrder, ctx: Context) -> str | None:
    """Deliveries follow what is shipped; nobody writes them down by hand."""
    return "Inventory"


@after(close_short)
def let_the_rest_go(order: SalesOrder, ctx: Context) -> None:
    """What is not delivered any more is free for others."""
    release_lines(order, ctx)


@after(cancel)
def let_the_goods_go(order: SalesOrder, ctx: Context) -> None:
    """What is not sold any more is free for others."""
    release_lines(order, ctx)


@after(release_reservations)
def promise_again_what_orders_wait_for(location: Location, ctx: Context) -> None:
    """What an active reservation holds is not free."""
    promise_only(promised(), ctx, StockQuantity.location == location)


@on_restore
def settle_what_happened_meanwhile(ctx: Context) -> None:
    """Orders were shipped and cancelled while the inventory was away."""
    settle_reservations(ctx)
