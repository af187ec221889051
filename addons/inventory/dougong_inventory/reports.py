"""Whether the books are right."""

from decimal import Decimal

from sqlalchemy import Numeric, Select, Subquery, and_, case, func, or_, select, type_coerce

from dougong import Context, report
from dougong_inventory.entities import Location, MoveState, StockMove, StockQuantity
from dougong_inventory.permissions import AUDIT_STOCK
from dougong_product import Product

QUANTITY = Numeric(38, 4)
move = StockMove.__table__.c
quantity = StockQuantity.__table__.c


@report(needs=AUDIT_STOCK)
def stock_differences(ctx: Context) -> Select[str, str, Decimal, Decimal]:
    """Where what is on hand is not what the done moves add up to; no rows when all is well (I01).

    product: The product's name.
    location: The location's code.
    on_hand: What the quantity says.
    by_moves: What the done moves brought there, less what they took away.
    """
    moved = _moved()
    on_hand = type_coerce(func.coalesce(StockQuantity.on_hand, 0), QUANTITY)
    by_moves = type_coerce(func.coalesce(moved.c.quantity, 0), QUANTITY)
    same_place = and_(
        quantity.product_id == moved.c.product_id, quantity.location_id == moved.c.location_id
    )
    return (
        select(
            Product.name.label("product"),
            Location.code.label("location"),
            on_hand.label("on_hand"),
            by_moves.label("by_moves"),
        )
        .select_from(StockQuantity)
        .join(moved, same_place, full=True)
        .join(Product, Product.id == func.coalesce(quantity.product_id, moved.c.product_id))
        .join(Location, Location.id == func.coalesce(quantity.location_id, moved.c.location_id))
        .where(on_hand != by_moves)
        .order_by(Product.name, Location.code, Product.id, Location.id)
    )


def _moved() -> Subquery:
    """What the done moves have brought to each location, less what they have taken away."""
    brought = move.destination_id == Location.id
    signed = case((brought, StockMove.quantity), else_=-StockMove.quantity)
    return (
        select(
            move.product_id.label("product_id"),
            Location.id.label("location_id"),
            func.sum(signed).label("quantity"),
        )
        .select_from(StockMove)
        .join(Location, or_(brought, move.source_id == Location.id))
        .where(StockMove.state == MoveState.DONE)
        .group_by(move.product_id, Location.id)
        .subquery()
    )
