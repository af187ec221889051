"""Inventory: where goods are, how they move, and what is still free to promise."""

from dougong import AddOn
from dougong_inventory.actions import book_count, release_reservations
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
    Warehouse,
)
from dougong_inventory.ledger import (
    available_in,
    hold,
    location_for,
    promise_only,
    release,
    reserve,
)
from dougong_inventory.permissions import AUDIT_STOCK, MOVE_STOCK
from dougong_inventory.roles import KEEPER, READER
from dougong_inventory.workflows import cancel, complete, move_workflow

addon = AddOn(name="inventory", title="Inventory", needs=["product"], bridges=["sales_order"])

__all__ = [
    "AUDIT_STOCK",
    "KEEPER",
    "MOVE_STOCK",
    "READER",
    "Location",
    "LocationKind",
    "MoveState",
    "StockMove",
    "StockQuantity",
    "Warehouse",
    "addon",
    "available_in",
    "book_count",
    "cancel",
    "complete",
    "hold",
    "location_for",
    "move_workflow",
    "promise_only",
    "release",
    "release_reservations",
    "reserve",
]
