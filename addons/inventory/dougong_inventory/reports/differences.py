"""Whether the books are right."""

from typing import Any

from sqlalchemy import Numeric, Select, Subquery, and_, case, func, or_, select, type_coerce

from dougong import Context, report
from dougong_inventory.entities import (
    Location,
    Lot,
    MoveState,
    Reservation,
    ReservationState,
    StockMove,
    StockQuantity,
)
from dougong_inventory.permissions import AUDIT_STOCK
from dougong_product import Product

QUANTITY = Numeric(38, 4)
move = StockMove.__table__.c
quantity = StockQuantity.__table__.c
kept = Reservation.__table__.c


@report(needs=AUDIT_STOCK)
def stock_differences(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Where what is on hand is not what the done moves add up to; no rows when all is well (I01).

    product: The product's name.
    location: The location's code.
    lot: The lot's number.
    on_hand: What the quantity says.
    by_moves: What the done moves brought there, less what they took away.
    """
    return named(on_hand_differs("on_hand", "by_moves"))


@report(needs=AUDIT_STOCK)
def reservation_differences(ctx: Context) -> Select[*tuple[Any, ...]]:
    """Where what is reserved is not what the active reservations add up to; none when all is well.

    product: The product's name.
    location: The location's code.
    lot: The lot's number.
    reserved: What the quantity says.
    by_reservations: What the active reservations add up to.
    """
    return named(reserved_differs("reserved", "by_reservations"))


def on_hand_differs(said: str = "said", counted: str = "counted") -> Subquery:
    """Where what is on hand is not what the done moves add up to."""
    return _differing(_moved(), StockQuantity.on_hand, said, counted)


def reserved_differs(said: str = "said", counted: str = "counted") -> Subquery:
    """Where what is reserved is not what the active reservations add up to."""
    promised = (
        select(
            kept.product_id,
            kept.location_id,
            kept.lot_id,
            func.sum(Reservation.quantity).label("quantity"),
        )
        .where(Reservation.state == ReservationState.ACTIVE)
        .group_by(kept.product_id, kept.location_id, kept.lot_id)
        .subquery()
    )
    return _differing(promised, StockQuantity.reserved, said, counted)


def named(differing: Subquery) -> Select[*tuple[Any, ...]]:
    """The places that differ, by the names that people call them."""
    columns = differing.c
    return (
        select(
            Product.name.label("product"),
            Location.code.label("location"),
            Lot.number.label("lot"),
            *list(columns)[3:],
        )
        .select_from(differing)
        .join(Product, Product.id == columns.product_id)
        .join(Location, Location.id == columns.location_id)
        .outerjoin(Lot, Lot.id == columns.lot_id)
        .order_by(Product.name, Location.code, Product.id, Location.id, columns.lot_id)
    )


def _differing(other: Subquery, quantities: Any, said: str, counted: str) -> Subquery:
    """The places where what a quantity says is not what was counted."""
    same_place = and_(
        quantity.product_id == other.c.product_id,
        quantity.location_id == other.c.location_id,
        func.coalesce(quantity.lot_id, 0) == func.coalesce(other.c.lot_id, 0),
    )
    says = type_coerce(func.coalesce(quantities, 0), QUANTITY)
    counts = type_coerce(func.coalesce(other.c.quantity, 0), QUANTITY)
    return (
        select(
            *(
                func.coalesce(quantity[name], other.c[name]).label(name)
                for name in ("product_id", "location_id", "lot_id")
            ),
            says.label(said),
            counts.label(counted),
        )
        .select_from(StockQuantity)
        .join(other, same_place, full=True)
        .where(says != counts)
        .subquery()
    )


def _moved() -> Subquery:
    """What the done moves have brought to each location, less what they have taken away."""
    brought = move.destination_id == Location.id
    signed = case((brought, StockMove.quantity), else_=-StockMove.quantity)
    return (
        select(
            move.product_id.label("product_id"),
            Location.id.label("location_id"),
            move.lot_id.label("lot_id"),
            func.sum(signed).label("quantity"),
        )
        .select_from(StockMove)
        .join(Location, or_(brought, move.source_id == Location.id))
        .where(StockMove.state == MoveState.DONE)
        .group_by(move.product_id, Location.id, move.lot_id)
        .subquery()
    )
