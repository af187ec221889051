"""What happens to the goods when an order moves, and to the order when its goods move."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from dougong import Context, Refused, after, answers, before, on_restore
from dougong_inventory import (
    Location,
    Reservation,
    SourceVoucher,
    Transfer,
    TransferLine,
    TransferState,
    costs_of,
    trace_sources,
)
from dougong_inventory import ship as ship_transfer
from dougong_inventory.with_sales_order.actions import settle_reservations
from dougong_inventory.with_sales_order.booking import (
    book_part,
    bring_back,
    by_hand,
    note_where,
)
from dougong_inventory.with_sales_order.demands import (
    SOURCE,
    check_kept,
    count_kept,
    demand,
    let_all_go,
    open_transfers,
    ship_all,
    write_down,
)
from dougong_inventory.with_sales_order.entities import LineDemand, OrderTransfer, SalesBooking
from dougong_inventory.with_sales_order.vouchers import handed_over
from dougong_product import Product
from dougong_sales_order import (
    DeliveryLine,
    SalesOrder,
    cancel,
    close_short,
    confirm,
    deliver,
    delivered_by,
    ship,
    unit_costs,
)

TAKEN = (TransferState.PICKED, TransferState.CHECKED, TransferState.PACKED)


@after(confirm)
def keep_the_goods(order: SalesOrder, ctx: Context) -> None:
    """Promise only what is there: all of the order, or it is not confirmed."""
    transfer = demand(order, ctx)
    if transfer is not None:
        check_kept(transfer, order, ctx)


@after(ship)
def move_the_goods_out(order: SalesOrder, ctx: Context) -> None:
    """What leaves the house leaves the books.

    An order that was confirmed while the inventory was not installed has no transfer: it gets one
    now, or is refused with what is missing.
    """
    if by_hand(order) is None:
        ship_all(order, ctx)
        deliver(order, ctx)


@after(ship_transfer)
def deliver_what_was_shipped(transfer: Transfer, ctx: Context) -> None:
    """Deliveries of an order follow what its transfers ship."""
    write_down(transfer, ctx)


@answers(unit_costs)
def with_what_the_stock_cost(
    products: Sequence[Product], ctx: Context, *, on: date
) -> Mapping[int, Decimal] | None:
    """Orders earn their price less what the goods on the shelf cost on average (S28)."""
    return costs_of(products, ctx, on=on)


@answers(delivered_by)
def with_what_leaves_the_shelf(order: SalesOrder, ctx: Context) -> str | None:
    """Deliveries follow what is shipped; nobody writes them down by hand."""
    return SOURCE if by_hand(order) is None else None


@after(DeliveryLine.create, together=True)
def book_what_was_handed_over(parts: Sequence[DeliveryLine], ctx: Context) -> None:
    """Over a counter goods leave the books at once, where the warehouse books so (I09)."""
    for part in parts:
        note_where(part)
        if part.delivery.source is None and by_hand(part.line.order) is SalesBooking.AT_ONCE:
            book_part(part, ctx)


@before(DeliveryLine.delete)
def bring_back_what_was_not_handed_over(part: DeliveryLine, ctx: Context) -> None:
    """What was written down by mistake lies on its shelf still (I09)."""
    ctx.lock(part.line.order)
    bring_back(part, ctx)


@before(close_short)
def let_the_rest_go(order: SalesOrder, ctx: Context) -> None:
    """What is not delivered any more is free for others."""
    _stop(order, ctx)


@before(cancel)
def let_the_goods_go(order: SalesOrder, ctx: Context) -> None:
    """What is not sold any more is free for others; unless it was picked already."""
    _stop(order, ctx)


@after(TransferLine.create)
def go_on_with_the_rest(line: TransferLine, ctx: Context) -> None:
    """What is still to come of an order's line is for the same line."""
    if line.rest_of is None:
        return
    OrderTransfer.of(line.transfer).order = OrderTransfer.of(line.rest_of.transfer).order
    LineDemand.of(line).order_line = LineDemand.of(line.rest_of).order_line


@after(Reservation.create, together=True)
def tell_the_lines_what_is_kept(reservations: Sequence[Reservation], ctx: Context) -> None:
    """The order's lines show what is kept for them."""
    count_kept([one.line for one in reservations], ctx)


@after(Reservation.update)
def tell_the_line_what_is_not_kept(reservation: Reservation, ctx: Context) -> None:
    """The order's line shows what is kept for it."""
    count_kept([reservation.line], ctx)


@on_restore
def settle_what_happened_meanwhile(ctx: Context) -> None:
    """Orders were shipped and cancelled while the inventory was away."""
    settle_reservations(ctx)


def _stop(order: SalesOrder, ctx: Context) -> None:
    for transfer in open_transfers(order, ctx):
        if transfer.state in TAKEN:
            raise Refused("goods_are_picked", number=order.number, transfer=transfer.number)
    let_all_go(order, ctx, "The order was called off.")


@answers(trace_sources)
def with_what_was_handed_over(
    places: Sequence[Location], ctx: Context, *, since: date, until: date
) -> list[SourceVoucher]:
    """What was sold over a counter has a delivery, and leaves the books by itself (I08)."""
    return handed_over(places, ctx, since, until)
