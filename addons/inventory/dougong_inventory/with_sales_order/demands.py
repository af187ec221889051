"""From an order to the goods behind it: a transfer that keeps them, ships them, or lets them go."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from dougong import Context, Refused
from dougong_inventory import (
    LocationKind,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
    call_off,
    location_for,
    may_see_stock,
    pack,
    pick,
    request,
    ship,
    wanted,
)
from dougong_inventory.with_sales_order.booking import by_hand, place_of
from dougong_inventory.with_sales_order.entities import (
    LineDemand,
    LineStock,
    OrderStock,
    OrderTransfer,
)
from dougong_product import ProductKind
from dougong_sales_order import Delivery, DeliveryLine, SalesOrder, SalesOrderLine, open_base

OVER = (
    TransferState.IN_TRANSIT,
    TransferState.SHIPPED,
    TransferState.DONE,
    TransferState.CANCELLED,
)
NONE = Decimal(0)
SOURCE = "Inventory"
"""Who delivers, as deliveries say."""


def open_transfers(order: SalesOrder, ctx: Context) -> list[Transfer]:
    """What is still to be shipped for the order, locked, oldest first."""
    of_order = select(OrderTransfer.id).where(OrderTransfer.order == order)
    return ctx.hold(Transfer, Transfer.id.in_(of_order), Transfer.state.not_in(OVER))


def demand(order: SalesOrder, ctx: Context) -> Transfer | None:
    """A delivery for all goods of the order that no transfer is to bring yet; None without any."""
    if by_hand(order) is not None:
        return None
    planned = coming(order, ctx)
    still = open_exactly(order.lines, ctx)
    missing = [(line, still[line.id] - planned.get(line.id, NONE)) for line in order.lines]
    goods = [(line, many) for line, many in missing if _is_goods(line) and many > 0]
    if not goods:
        return None
    warehouse = OrderStock.of(order).warehouse
    transfer = ctx.create(
        Transfer(
            kind=TransferKind.DELIVERY,
            source=place_of(warehouse, ctx) if warehouse else None,
            destination=location_for(LocationKind.CUSTOMER, ctx),
            party=order.customer,
            reference=order.number,
            scheduled_on=order.promised_on,
            carrier=order.carrier,
            lines=[],
        )
    )
    OrderTransfer.of(transfer).order = order
    new = [
        TransferLine(transfer=transfer, product=line.product, quantity=many) for line, many in goods
    ]
    for one, (line, _) in zip(ctx.create_all(new), goods, strict=True):
        LineDemand.of(one).order_line = line
    return request(transfer, ctx)


def check_kept(transfer: Transfer, order: SalesOrder, ctx: Context) -> None:
    """Raise all shortages of a transfer together, each at its line of the order."""
    lines = list(order.lines)
    short: list[tuple[int, Refused]] = []
    for one in ctx.find(TransferLine, TransferLine.transfer == transfer):
        line = LineDemand.of(one).order_line
        if line is not None and wanted(one) > 0:
            short.append((lines.index(line), _shortage(line, lines.index(line), one, ctx)))
    if short:
        raise Refused.all([refusal for _, refusal in sorted(short, key=lambda one: one[0])])


def ship_all(order: SalesOrder, ctx: Context) -> None:
    """Pick, pack and ship everything that is still to be shipped for the order."""
    demand(order, ctx)
    for transfer in open_transfers(order, ctx):
        check_kept(transfer, order, ctx)
        if transfer.state in (TransferState.WAITING, TransferState.RESERVED):
            pick(transfer, ctx)
        if transfer.state in (TransferState.PICKED, TransferState.CHECKED):
            pack(transfer, ctx)
        ship(transfer, ctx, backorder=False)


def let_all_go(order: SalesOrder, ctx: Context, reason: str) -> None:
    """Nothing more is to be shipped for the order."""
    for transfer in open_transfers(order, ctx):
        call_off(transfer, ctx, reason=reason)


def write_down(transfer: Transfer, ctx: Context) -> None:
    """Write down on the order what has left with a transfer; with the last goods, its services."""
    order = OrderTransfer.of(transfer).order
    if order is None:
        return
    ctx.lock(order)
    left: dict[SalesOrderLine, Decimal] = {}
    for one in ctx.find(TransferLine, TransferLine.transfer == transfer, TransferLine.done > 0):
        line = LineDemand.of(one).order_line
        if line is not None:
            left[line] = left.get(line, NONE) + one.done
    still = open_exactly(list(left), ctx)
    parts = {line: _in_its_unit(line, many, still[line.id]) for line, many in left.items()}
    rest = [line for line in order.lines if line.quantity_open > parts.get(line, NONE)]
    if not any(map(_is_goods, rest)):
        parts |= {line: line.quantity_open for line in rest}
    delivery = Delivery(
        order=order,
        carrier=transfer.carrier,
        tracking=transfer.tracking,
        lines=[DeliveryLine(line=line, quantity=many) for line, many in parts.items() if many > 0],
    )
    delivery.source = SOURCE
    ctx.create(delivery)


def count_kept(lines: Sequence[TransferLine], ctx: Context) -> None:
    """Say on the lines of orders how much is kept for them."""
    of = {demand.order_line for demand in map(LineDemand.of, lines) if demand.order_line}
    if not of:
        return
    line = LineDemand.__table__.c.order_line_id
    total = (
        select(line, func.sum(TransferLine.reserved))
        .select_from(LineDemand)
        .join(TransferLine, TransferLine.id == LineDemand.id)
        .where(line.in_([one.id for one in of]))
        .group_by(line)
    )
    kept = {row[0]: row[1] for row in ctx.session.execute(total)}
    for one in sorted(of, key=lambda one: one.id):
        LineStock.of(one).reserved = kept.get(one.id, NONE)


def coming(order: SalesOrder, ctx: Context) -> dict[int, Decimal]:
    """How many of each line open transfers are to bring, in the product's own unit."""
    found: dict[int, Decimal] = {}
    for transfer in open_transfers(order, ctx):
        for one in ctx.find(TransferLine, TransferLine.transfer == transfer):
            line = LineDemand.of(one).order_line
            if line is not None:
                found[line.id] = found.get(line.id, NONE) + (one.base_quantity or NONE) - one.done
    return found


def _is_goods(line: SalesOrderLine) -> bool:
    return line.product.kind is ProductKind.GOODS


def open_exactly(lines: Sequence[SalesOrderLine], ctx: Context) -> dict[int, Decimal]:
    """How much of each line is open, in the product's own unit, as transfers know what they shipped.

    Of 12 to a box 5 are no round part of a box, and 7 are what is left.
    """
    line, part = LineDemand.__table__.c.order_line_id, DeliveryLine.__table__.c
    numbers = [one.id for one in lines]
    moved = (
        select(line, func.sum(TransferLine.done))
        .select_from(LineDemand)
        .join(TransferLine, TransferLine.id == LineDemand.id)
        .where(line.in_(numbers))
        .group_by(line)
    )
    ours = (
        select(part.line_id, func.sum(DeliveryLine.quantity))
        .join(DeliveryLine.delivery)
        .where(part.line_id.in_(numbers), Delivery.source == SOURCE)
        .group_by(part.line_id)
    )
    shipped: dict[int, Decimal] = {row[0]: row[1] for row in ctx.session.execute(moved)}
    written: dict[int, Decimal] = {row[0]: row[1] for row in ctx.session.execute(ours)}
    return {
        one.id: _open(one, shipped.get(one.id, NONE), written.get(one.id, NONE)) for one in lines
    }


def _open(line: SalesOrderLine, shipped: Decimal, written: Decimal) -> Decimal:
    others = line.quantity - line.quantity_open - written
    exact = line.base_quantity - shipped
    exact -= others * line.unit_numerator / line.unit_denominator
    return min(exact, open_base(line)) if line.quantity_open else NONE


def _in_its_unit(line: SalesOrderLine, many: Decimal, still: Decimal) -> Decimal:
    """So many that have left, in the line's unit; rounded down unless nothing is open any more."""
    if still <= 0:
        return line.quantity_open
    exact = many * line.unit_denominator / line.unit_numerator
    return min(exact.quantize(Decimal("0.0001"), rounding="ROUND_DOWN"), line.quantity_open)


def _shortage(line: SalesOrderLine, position: int, one: TransferLine, ctx: Context) -> Refused:
    """How many there are is told to those alone who may see what is in stock."""
    told: dict[str, Any] = {
        "line": f"{SalesOrderLine.__name__}:{line.id}",
        "product": line.product.name,
        "wanted": open_base(line),
    }
    if may_see_stock(ctx):
        told |= {"available": open_base(line) - wanted(one), "missing": wanted(one)}
    return Refused("shortage", at=("lines", position), **told)
