"""Who sees and acts on the stock of the own warehouses alone: those of the units that they are in.

Whoever acts sees what is up to them; with the reader's role beside it, also what others are about
to receive, and what has gone to others or come from them.
"""

from dougong import Role, all_rows, change, create, read, rows_where, unit
from dougong_inventory.entities import (
    CountDifference,
    CountPolicy,
    GainLossRequest,
    Location,
    Lot,
    PeriodBalance,
    Reservation,
    StockCount,
    StockMove,
    StockPeriod,
    StockQuantity,
    TraceFinding,
    TraceSession,
    TraceVoucher,
    Transfer,
    Warehouse,
)
from dougong_inventory.own_warehouses import (
    at_own_place,
    is_own_or_new,
    is_up_to_own,
    leaves_or_reached_own,
    leaves_or_reaches_own,
    of_own,
    own_or_shared_place,
    stays_with_own,
)
from dougong_inventory.permissions import (
    APPROVE_DIFFERENCES,
    APPROVE_FINDINGS,
    COMPARE_COUNTS,
    COUNT_STOCK,
    MOVE_STOCK,
    PICK_GOODS,
    SEE_STOCK,
    SUPERVISE_STOCK,
)
from dougong_inventory.roles import KNOWN
from dougong_product import Product

LYING = (
    *(StockQuantity, Reservation, PeriodBalance),
    *(StockCount, CountPolicy, CountDifference, TraceSession, TraceVoucher),
)
"""What is about one location."""
NAME = "own_warehouse"
PLACES = rows_where(Location, own_or_shared_place, NAME)
LOTS = rows_where(Lot, is_own_or_new, NAME)
COUNTS = rows_where(StockCount, at_own_place, NAME)
SAME = [
    *(unit(Warehouse.unit), PLACES, LOTS),
    *(rows_where(one, at_own_place, NAME) for one in LYING),
    rows_where(GainLossRequest, of_own("stock_count", StockCount, at_own_place), NAME),
    rows_where(TraceFinding, of_own("voucher", TraceVoucher, at_own_place), NAME),
    *(all_rows(StockPeriod), *map(all_rows, KNOWN)),
]
"""The rows of those who look on and of those who act."""
OWN = [
    rows_where(StockMove, leaves_or_reached_own, NAME),
    rows_where(Transfer, leaves_or_reaches_own, NAME),
    *SAME,
]
OWN_TO_ACT = [
    rows_where(StockMove, stays_with_own, "stays_with_own_warehouse"),
    rows_where(Transfer, is_up_to_own, "is_up_to_own_warehouse"),
    *SAME,
]
"""A right holds for the rows of its role: nobody acts at the end that belongs to others (I23)."""
SEEN = [read(rule.entity) for rule in OWN]

OWN_READER = Role(
    "inventory.own_warehouse_reader",
    "Sees what lies in the warehouses of the own units, and how it came there.",
    grants=[SEE_STOCK, *SEEN],
    rows=OWN,
)
OWN_PICKER = Role(
    "inventory.own_warehouse_picker",
    "Picks, checks, packs and ships what is to leave the warehouses of the own units.",
    grants=[PICK_GOODS, *SEEN],
    rows=OWN_TO_ACT,
)
OWN_KEEPER = Role(
    "inventory.own_warehouse_keeper",
    "Keeps the warehouses of the own units: moves goods, counts them, and looks for differences.",
    grants=[
        *(MOVE_STOCK, PICK_GOODS, COUNT_STOCK, COMPARE_COUNTS),
        *(grant for one in (StockMove, Transfer, StockCount, CountPolicy) for grant in change(one)),
        *(create(Lot), *SEEN),
    ],
    rows=OWN_TO_ACT,
)
OWN_SUPERVISOR = Role(
    "inventory.own_warehouse_supervisor",
    "Does all that keepers of the own units do, holds transfers, and approves what counts found.",
    grants=[*OWN_KEEPER.grants, SUPERVISE_STOCK, APPROVE_DIFFERENCES, APPROVE_FINDINGS],
    rows=OWN_TO_ACT,
)
OWN_COUNTER = Role(
    "inventory.own_warehouse_counter",
    "Counts what lies on the shelves of the own units, without seeing what the books say.",
    grants=[COUNT_STOCK, *map(read, (StockCount, Location, Lot, Product))],
    rows=[COUNTS, PLACES, LOTS, all_rows(Product)],
)
