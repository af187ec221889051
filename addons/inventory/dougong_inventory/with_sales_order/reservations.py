"""From an order to the goods behind it: reserving them, moving them out, letting them go."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from dougong import Context, Operation, Refused
from dougong_inventory import (
    LocationKind,
    StockMove,
    StockQuantity,
    available_in,
    complete,
    hold,
    location_for,
    promise_only,
    release,
    reserve,
)
from dougong_inventory.with_sales_order.entities import LineStock, Reservation, ReservationState
from dougong_product import ProductKind
from dougong_sales_order import SalesOrder, SalesOrderLine, open_base


def reserve_lines(order: SalesOrder, ctx: Context) -> None:
    """Reserve the goods of every line that has no reservation yet, product by product.

    Raises all shortages together, each at its line; then nothing is to be kept.
    """
    lines = list(order.lines)
    have = {reservation.line for reservation in active_reservations(order, ctx)}
    goods = [line for line in lines if line.product.kind is ProductKind.GOODS and line not in have]
    want = [line for line in goods if line.quantity_open]
    short: list[tuple[int, Refused]] = []
    for line in sorted(want, key=lambda line: (line.product.id, line.id)):
        got = _reserve_line(line, ctx)
        if got < open_base(line):
            position = lines.index(line)
            short.append((position, _shortage(line, position, got, ctx)))
    if short:
        raise Refused.all([refusal for _, refusal in sorted(short, key=lambda one: one[0])])


def ship_lines(order: SalesOrder, ctx: Context) -> None:
    """Move everything that is reserved for the order to the customer."""
    reservations = active_reservations(order, ctx)
    if not reservations:
        return
    customers = location_for(LocationKind.CUSTOMER, ctx)
    places = [(one.line.product, one.location) for one in reservations]
    hold([*places, *((product, customers) for product, _ in places)], ctx)
    for one in reservations:
        _end(one, ReservationState.CONSUMED, ctx)
        move = StockMove(
            product=one.line.product,
            quantity=one.quantity,
            source=one.location,
            destination=customers,
            reference=order.number,
        )
        complete(ctx.create(move), ctx)


def release_lines(order: SalesOrder, ctx: Context) -> None:
    """Let go of everything that is reserved for the order."""
    reservations = active_reservations(order, ctx)
    hold([(one.line.product, one.location) for one in reservations], ctx)
    for one in reservations:
        _end(one, ReservationState.RELEASED, ctx)


def believe_reservations(ctx: Context) -> None:
    """Make all quantities and lines say what the active reservations add up to."""
    promise_only(promised(), ctx)
    for stock, reserved in ctx.session.execute(_lines_that_differ()):
        stock.reserved = reserved
    ctx.session.flush()


def promised() -> ColumnElement[Decimal]:
    """What the active reservations of a quantity's product at its location add up to."""
    return (
        select(func.coalesce(func.sum(Reservation.quantity), 0))
        .join(Reservation.line)
        .where(
            Reservation.state == ReservationState.ACTIVE,
            Reservation.__table__.c.location_id == StockQuantity.__table__.c.location_id,
            SalesOrderLine.__table__.c.product_id == StockQuantity.__table__.c.product_id,
        )
        .correlate(StockQuantity)
        .scalar_subquery()
    )


def active_reservations(order: SalesOrder, ctx: Context) -> list[Reservation]:
    """What is reserved for the order's lines now."""
    return ctx.find(
        Reservation,
        Reservation.state == ReservationState.ACTIVE,
        Reservation.line.has(SalesOrderLine.order == order),
    )


def _lines_that_differ() -> Select[LineStock, Decimal]:
    """Lines that say something else than their active reservations, with what these say."""
    reserved = (
        select(func.coalesce(func.sum(Reservation.quantity), 0))
        .where(
            Reservation.state == ReservationState.ACTIVE,
            Reservation.__table__.c.line_id == LineStock.id,
        )
        .correlate(LineStock)
        .scalar_subquery()
    )
    return select(LineStock, reserved).where(LineStock.reserved != reserved)


def _reserve_line(line: SalesOrderLine, ctx: Context) -> Decimal:
    """Reserve as much as there is, place by place; how much that was."""
    got, wanted = Decimal(0), open_base(line)
    for location, free in available_in(line.product, ctx):
        take = min(wanted - got, free)
        if take > 0 and reserve(line.product, location, take, ctx):
            ctx.create(Reservation(line=line, location=location, quantity=take))
            got += take
    LineStock.of(line).reserved = got
    return got


def _end(reservation: Reservation, state: ReservationState, ctx: Context) -> None:
    line = reservation.line
    release(line.product, reservation.location, reservation.quantity, ctx)
    LineStock.of(line).reserved -= reservation.quantity
    reservation.state = state


def _shortage(line: SalesOrderLine, position: int, available: Decimal, ctx: Context) -> Refused:
    """How many there are is told to those alone who may see what is in stock."""
    told: dict[str, Any] = {
        "line": f"{SalesOrderLine.__name__}:{line.id}",
        "product": line.product.name,
        "wanted": open_base(line),
    }
    if ctx.generation.access.may(ctx.principal, Operation.READ, StockQuantity):
        told |= {"available": available, "missing": open_base(line) - available}
    return Refused("shortage", at=("lines", position), **told)
