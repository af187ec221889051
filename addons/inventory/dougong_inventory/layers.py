"""How long goods have been where they are: what arrived last is what is still there."""

from sqlalchemy import Subquery, and_, func, or_, select

from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
)

_move = StockMove.__table__.c
_quantity = StockQuantity.__table__.c


def kept() -> Subquery:
    """What lies on the shelves of each warehouse, by product, warehouse and lot."""
    warehouse = Location.__table__.c.warehouse_id
    return (
        select(
            _quantity.product_id.label("product_id"),
            warehouse.label("warehouse_id"),
            _quantity.lot_id.label("lot_id"),
            func.sum(StockQuantity.on_hand).label("on_hand"),
            func.sum(StockQuantity.on_hand - StockQuantity.reserved).label("free"),
            func.min(StockQuantity.on_hand).label("least"),
        )
        .select_from(StockQuantity)
        .join(StockQuantity.location)
        .where(Location.kind == LocationKind.STOCK, warehouse.is_not(None))
        .group_by(_quantity.product_id, warehouse, _quantity.lot_id)
        .subquery("kept")
    )


def layers() -> Subquery:
    """What of each arrival is still in the warehouse: `arrived_at` and `quantity` (I27).

    Goods of one lot leave in the order in which they came. Moves within a warehouse change nothing;
    what comes from another warehouse has arrived there. The quantities of a product in a warehouse
    add up to what it has on hand, where that is not below zero.
    """
    shelves, came = kept(), _arrivals()
    before = came.c.together - came.c.quantity
    still = func.least(came.c.quantity, func.greatest(shelves.c.on_hand - before, 0))
    return (
        select(
            *(came.c.product_id, came.c.warehouse_id, came.c.lot_id, came.c.arrived_at),
            still.label("quantity"),
        )
        .select_from(came)
        .join(
            shelves,
            and_(
                came.c.product_id == shelves.c.product_id,
                came.c.warehouse_id == shelves.c.warehouse_id,
                came.c.lot_id.is_not_distinct_from(shelves.c.lot_id),
            ),
        )
        .where(shelves.c.on_hand > before)
        .subquery("layers")
    )


def _arrivals() -> Subquery:
    """What came into each warehouse; `together`: with all of the same lot that came later."""
    to, origin = Location.__table__.alias(), Location.__table__.alias()
    warehouse, whence = to.c.warehouse_id, origin.c.warehouse_id
    key = (_move.product_id, warehouse, _move.lot_id)
    together = func.sum(StockMove.quantity).over(
        partition_by=key, order_by=(StockMove.effective_at.desc(), StockMove.entry_number.desc())
    )
    elsewhere = or_(origin.c.kind != LocationKind.STOCK, whence.is_distinct_from(warehouse))
    return (
        select(
            _move.product_id.label("product_id"),
            warehouse.label("warehouse_id"),
            _move.lot_id.label("lot_id"),
            StockMove.effective_at.label("arrived_at"),
            StockMove.quantity.label("quantity"),
            together.label("together"),
        )
        .select_from(StockMove)
        .join(to, to.c.id == _move.destination_id)
        .join(origin, origin.c.id == _move.source_id)
        .where(StockMove.state == MoveState.DONE, to.c.kind == LocationKind.STOCK)
        .where(warehouse.is_not(None), elsewhere)
        .subquery("arrivals")
    )
