"""Who may do what in the inventory."""

from dougong import Role, all_rows, change, read
from dougong_inventory.entities import (
    CountDifference,
    CountPolicy,
    GainLossRequest,
    Location,
    Lot,
    PeriodBalance,
    ProductValuation,
    Reservation,
    StockAuditFinding,
    StockCount,
    StockMove,
    StockPeriod,
    StockQuantity,
    TraceFinding,
    TraceSession,
    TraceVoucher,
    Transfer,
    ValuationLayer,
    Warehouse,
)
from dougong_inventory.permissions import (
    ADJUST_STOCK,
    APPROVE_DIFFERENCES,
    APPROVE_FINDINGS,
    APPROVE_LARGE_DIFFERENCES,
    AUDIT_STOCK,
    BOOK_DIFFERENCES,
    CLOSE_PERIODS,
    COMPARE_COUNTS,
    COUNT_STOCK,
    MOVE_STOCK,
    PICK_GOODS,
    REOPEN_PERIODS,
    SEE_STOCK,
    SEE_STOCK_VALUES,
    SETTLE_ORDERS,
    SUPERVISE_STOCK,
    TRACE_STOCK,
)
from dougong_party import Party
from dougong_product import Product, UnitOfMeasure

STOCK = (
    Warehouse,
    Location,
    Lot,
    StockMove,
    StockQuantity,
    Transfer,
    Reservation,
    ProductValuation,
)
COUNTS = (StockCount, CountPolicy, CountDifference, GainLossRequest)
TRACES = (TraceSession, TraceVoucher, TraceFinding, StockPeriod, PeriodBalance)
KNOWN = (Product, UnitOfMeasure, Party)
"""What the records of the inventory link to."""
SEEN = [
    *(*map(read, STOCK), *map(read, KNOWN)),
    *(*map(read, COUNTS), *map(read, TRACES)),
]
ALL = [
    *(*map(all_rows, STOCK), *map(all_rows, KNOWN)),
    *(*map(all_rows, COUNTS), *map(all_rows, TRACES)),
]
COUNTED = (StockCount, Location, Lot, Product)
"""What somebody has to see who counts."""
KEPT = (Warehouse, Location, Lot, StockMove, Transfer, StockCount, CountPolicy)

READER = Role(
    "inventory.reader",
    "Sees what lies where, and how it came there.",
    grants=[SEE_STOCK, *SEEN],
    rows=ALL,
)
PICKER = Role(
    "inventory.picker",
    "Picks, checks, packs and ships what is to leave.",
    grants=[PICK_GOODS, SEE_STOCK, *SEEN],
    rows=ALL,
)
KEEPER = Role(
    "inventory.keeper",
    "Keeps the warehouses: moves goods, counts them, and looks for differences.",
    grants=[
        *(MOVE_STOCK, PICK_GOODS, AUDIT_STOCK, COUNT_STOCK, COMPARE_COUNTS, SETTLE_ORDERS),
        read(StockAuditFinding),
        *(grant for one in KEPT for grant in change(one)),
        SEE_STOCK,
        *SEEN,
    ],
    rows=[all_rows(StockAuditFinding), *ALL],
)
SUPERVISOR = Role(
    "inventory.supervisor",
    "Does all that keepers do, holds and calls off transfers, and decides who gets what is scarce.",
    grants=[*KEEPER.grants, SUPERVISE_STOCK, APPROVE_DIFFERENCES, APPROVE_FINDINGS],
    rows=KEEPER.rows,
)
ADJUSTER = Role(
    "inventory.adjuster",
    "Books opening stock, and differences without a count: for the time of going live.",
    grants=[
        *(ADJUST_STOCK, MOVE_STOCK, SEE_STOCK),
        *(grant for one in (StockMove, Transfer) for grant in change(one)),
        *SEEN,
    ],
    rows=ALL,
)
AUDITOR = Role(
    "inventory.auditor",
    "Sees everything, checks vouchers against the books, and opens closed periods again.",
    grants=[
        *(AUDIT_STOCK, TRACE_STOCK, COMPARE_COUNTS, REOPEN_PERIODS),
        SEE_STOCK,
        *(read(StockAuditFinding), *change(TraceSession), *SEEN),
    ],
    rows=[all_rows(StockAuditFinding), *ALL],
)
COUNTER = Role(
    "inventory.counter",
    "Counts what lies on the shelves, without seeing what the books say.",
    grants=[COUNT_STOCK, *map(read, COUNTED)],
    rows=[*map(all_rows, COUNTED)],
)
FINANCE = Role(
    "inventory.finance",
    "Approves and books gains and losses of any value, and closes periods.",
    grants=[
        *(APPROVE_DIFFERENCES, APPROVE_LARGE_DIFFERENCES, BOOK_DIFFERENCES, SEE_STOCK_VALUES),
        *(CLOSE_PERIODS, AUDIT_STOCK, SEE_STOCK, read(ValuationLayer)),
        *(*change(StockPeriod), *SEEN),
    ],
    rows=[*ALL, all_rows(ValuationLayer)],
)
