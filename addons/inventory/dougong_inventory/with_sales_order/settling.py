"""What happened to orders while the inventory was away: goods that left, orders that ended."""

from sqlalchemy import func, select

from dougong import Context
from dougong_inventory import Transfer, TransferLine
from dougong_inventory.with_sales_order.booking import book_part, by_hand
from dougong_inventory.with_sales_order.demands import (
    NONE,
    OVER,
    coming,
    demand,
    let_all_go,
    open_transfers,
)
from dougong_inventory.with_sales_order.entities import LineDemand, OrderTransfer
from dougong_sales_order import (
    Delivery,
    DeliveryLine,
    OrderState,
    SalesOrder,
    SalesOrderLine,
    open_base,
)


def orders_without_goods(ctx: Context) -> list[SalesOrder]:
    """Confirmed orders that no transfer brings anything for, locked: made while we were away."""
    known = select(OrderTransfer.__table__.c.order_id).where(
        OrderTransfer.__table__.c.order_id.is_not(None),
        OrderTransfer.id.in_(select(Transfer.id).where(Transfer.state.not_in(OVER))),
    )
    confirmed = SalesOrder.state == OrderState.CONFIRMED
    found = ctx.hold(SalesOrder, confirmed, SalesOrder.id.not_in(known))
    return [order for order in found if by_hand(order) is None]


def waiting_orders(ctx: Context) -> list[SalesOrder]:
    """The orders that something is still to be shipped for, locked."""
    under_way = select(OrderTransfer.__table__.c.order_id).where(
        OrderTransfer.id.in_(select(Transfer.id).where(Transfer.state.not_in(OVER)))
    )
    return ctx.hold(SalesOrder, SalesOrder.id.in_(under_way))


def settle(order: SalesOrder, ctx: Context) -> bool:
    """Make a locked order's transfers fit what was done to it by hand; whether they did not."""
    planned = coming(order, ctx)
    lines = ctx.find(SalesOrderLine, SalesOrderLine.order == order)
    still = order.state is OrderState.CONFIRMED
    if still and all(planned.get(line.id, NONE) <= open_base(line) for line in lines):
        return False
    transfers = open_transfers(order, ctx)
    let_all_go(order, ctx, "Settled: the order went on while the inventory was away.")
    for line in lines:
        _book_by_hand(line, ctx)
    if still:
        demand(order, ctx)
    return bool(transfers)


def _book_by_hand(line: SalesOrderLine, ctx: Context) -> None:
    """Move out, once, what was delivered by hand since the inventory first knew of a line."""
    demands = select(LineDemand.id).where(LineDemand.order_line == line)
    known = ctx.session.scalar(
        select(func.min(TransferLine.created_at)).where(TransferLine.id.in_(demands))
    )
    handed_over = ctx.find(
        DeliveryLine,
        DeliveryLine.line == line,
        DeliveryLine.created_at >= known,
        DeliveryLine.delivery.has(Delivery.source.is_(None)),
    )
    for part in handed_over:
        book_part(part, ctx, short=True)
