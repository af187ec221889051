"""Who may do what in the inventory."""

from dougong import Role, all_rows, change, read
from dougong_inventory.entities import Location, StockMove, StockQuantity, Warehouse
from dougong_inventory.permissions import AUDIT_STOCK, MOVE_STOCK
from dougong_product import Product

READER = Role(
    "inventory.reader",
    "Sees what lies where, and how it came there.",
    grants=[
        *(read(Warehouse), read(Location), read(StockMove), read(StockQuantity)),
        read(Product),
    ],
    rows=[
        *(all_rows(Warehouse), all_rows(Location), all_rows(StockMove), all_rows(StockQuantity)),
        all_rows(Product),
    ],
)
KEEPER = Role(
    "inventory.keeper",
    "Keeps the warehouses: moves goods, counts them, and looks for differences.",
    grants=[
        *(MOVE_STOCK, AUDIT_STOCK),
        *(*change(Warehouse), *change(Location), *change(StockMove), read(StockQuantity)),
        read(Product),
    ],
    rows=[
        *(all_rows(Warehouse), all_rows(Location), all_rows(StockMove), all_rows(StockQuantity)),
        all_rows(Product),
    ],
)
