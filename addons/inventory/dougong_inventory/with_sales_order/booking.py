"""Goods that are sold over a counter leave the books when that is written down, or in the evening."""

from typing import Any

from sqlalchemy import select

from dougong import Context
from dougong_inventory import (
    Location,
    LocationKind,
    Warehouse,
    available_in,
    booked_for,
    hold,
    location_for,
    post,
    reverse,
)
from dougong_inventory.with_sales_order.entities import (
    DeliveryBooking,
    OrderStock,
    SalesBooking,
    WarehouseSales,
)
from dougong_product import Product, ProductKind
from dougong_sales_order import Delivery, DeliveryLine, SalesOrder, SalesOrderLine


def by_hand(order: SalesOrder) -> SalesBooking | None:
    """When goods leave the books that are handed over by hand; None where they are shipped."""
    warehouse = OrderStock.of(order).warehouse
    if warehouse is None:
        return None
    policy = WarehouseSales.of(warehouse).sales_booking
    return None if policy is SalesBooking.ON_DELIVERY else policy


def place_of(warehouse: Warehouse, ctx: Context) -> Location | None:
    """The stock location that a warehouse opened with: the first of its outermost."""
    outermost = Location.__table__.c.parent_id.is_(None)
    kinds = Location.kind.in_((LocationKind.STOCK, LocationKind.VIEW))
    return next(iter(ctx.find(Location, Location.warehouse == warehouse, outermost, kinds)), None)


def note_where(part: DeliveryLine) -> None:
    """Keep in mind what is to be booked: also where somebody changes meanwhile how that is done."""
    order = part.line.order
    if part.delivery.source is None and by_hand(order) is not None:
        DeliveryBooking.of(part).warehouse = OrderStock.of(order).warehouse


def handed_over_in(part: DeliveryLine) -> Warehouse | None:
    """The warehouse that a part of a delivery was, or is, taken from by hand."""
    return DeliveryBooking.of(part).warehouse or OrderStock.of(part.line.order).warehouse


def book_part(part: DeliveryLine, ctx: Context, *, short: bool = False) -> None:
    """Move out, once, what was handed over; the delivery's order is locked.

    What expires first goes first; then what more may be taken than is there. The rest is refused,
    or with `short` left to the next count.
    """
    line, order = part.line, part.line.order
    state = DeliveryBooking.of(part)
    if line.product.kind is not ProductKind.GOODS or state.booked_at is not None:
        return
    origin = f"sales_order.DeliveryLine:{part.id}"
    warehouse = handed_over_in(part)
    within = place_of(warehouse, ctx) if warehouse else None
    customers = location_for(LocationKind.CUSTOMER, ctx)
    state.booked_at = ctx.now
    hold([(line.product, place, None) for place in (within, customers) if place], ctx)
    if booked_for([origin], ctx)[origin]:
        return  # tracing has found it missing before
    rest = part.quantity * line.unit_numerator / line.unit_denominator
    said: dict[str, Any] = {"reference": order.number}
    for place, lot, free in available_in(line.product, ctx, within=within):
        take = min(rest, free)
        if take > 0:
            key = f"{origin}/{place.id}/{lot.id if lot else 0}"
            post(line.product, take, place, customers, ctx, lot=lot, origin=key, **said)
            rest -= take
    if rest > 0 and within is not None and not short:
        post(line.product, rest, within, customers, ctx, origin=f"{origin}/rest", **said)


def bring_back(part: DeliveryLine, ctx: Context) -> None:
    """Take back, once, what was booked for a part of a delivery whose order is locked."""
    origin = f"sales_order.DeliveryLine:{part.id}"
    for move in booked_for([origin], ctx)[origin]:
        reverse(move, ctx)


def unbooked(ctx: Context, most: int, beyond: int) -> list[DeliveryLine]:
    """What was handed over and has not left the books, whatever its warehouse does by now.

    And what was handed over while the inventory was away, in warehouses that book in the evening.
    Those parts of deliveries whose numbers are beyond one, in their order.
    """
    evening = select(WarehouseSales.id).where(
        WarehouseSales.sales_booking == SalesBooking.END_OF_DAY
    )
    orders = select(OrderStock.id).where(OrderStock.__table__.c.warehouse_id.in_(evening))
    noted = DeliveryBooking.__table__.c.warehouse_id.is_not(None)
    parts = (
        select(DeliveryLine)
        .join(DeliveryBooking, DeliveryBooking.id == DeliveryLine.id)
        .join(DeliveryLine.delivery)
        .join(DeliveryLine.line)
        .join(SalesOrderLine.product)
        .where(
            noted | Delivery.__table__.c.order_id.in_(orders),
            Delivery.source.is_(None),
            DeliveryBooking.booked_at.is_(None),
            DeliveryLine.id > beyond,
            Product.kind == ProductKind.GOODS,
        )
    )
    return list(ctx.session.scalars(parts.order_by(DeliveryLine.id).limit(most)))
