"""Who sees what is reserved."""

from dougong import Role, all_rows, read
from dougong_inventory import Location, StockQuantity
from dougong_inventory.with_sales_order.entities import Reservation
from dougong_inventory.with_sales_order.permissions import AUDIT_RESERVATIONS
from dougong_product import Product
from dougong_sales_order import SalesOrder

RESERVATION_READER = Role(
    "inventory.reservation_reader",
    "Sees which goods are promised to which order line.",
    grants=[read(Reservation)],
    rows=[all_rows(Reservation)],
)
RESERVATION_AUDITOR = Role(
    "inventory.reservation_auditor",
    "Looks for goods that are reserved for nobody; sees all orders for that.",
    grants=[
        AUDIT_RESERVATIONS,
        *(read(Reservation), read(SalesOrder)),
        *(read(StockQuantity), read(Location), read(Product)),
    ],
    rows=[
        *(all_rows(Reservation), all_rows(SalesOrder)),
        *(all_rows(StockQuantity), all_rows(Location), all_rows(Product)),
    ],
)
