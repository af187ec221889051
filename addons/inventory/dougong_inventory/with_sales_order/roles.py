"""Who sees what is reserved."""

from dougong import Role, all_rows, read
from dougong_inventory.with_sales_order.entities import Reservation

RESERVATION_READER = Role(
    "inventory.reservation_reader",
    "Sees which goods are promised to which order line.",
    grants=[read(Reservation)],
    rows=[all_rows(Reservation)],
)
