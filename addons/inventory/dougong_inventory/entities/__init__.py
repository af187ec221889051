"""What the inventory remembers."""

from dougong_inventory.entities.counts import (
    AbcClass,
    CountClass,
    CountDifference,
    CountInterval,
    CountLine,
    CountMode,
    CountPolicy,
    CountState,
    DifferenceReason,
    GainLossRequest,
    RequestDecision,
    StockCount,
    Uncounted,
)
from dougong_inventory.entities.differences import (
    DifferenceKind,
    StockAuditFinding,
)
from dougong_inventory.entities.lots import (
    CostMethod,
    Lot,
    ProductTracking,
    StockPolicy,
)
from dougong_inventory.entities.moves import (
    MoveState,
    StockMove,
)
from dougong_inventory.entities.periods import (
    PeriodBalance,
    PeriodState,
    StockPeriod,
)
from dougong_inventory.entities.places import (
    BackorderPolicy,
    Location,
    LocationKind,
    Warehouse,
)
from dougong_inventory.entities.quantities import (
    StockQuantity,
)
from dougong_inventory.entities.reservations import (
    Reservation,
    ReservationState,
)
from dougong_inventory.entities.tracing import (
    FindingKind,
    TraceFinding,
    TraceSession,
    TraceState,
    TraceVoucher,
    VoucherCheck,
)
from dougong_inventory.entities.transfers import (
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.entities.valuation import (
    LayerKind,
    ProductValuation,
    ValuationLayer,
)

__all__ = [
    "AbcClass",
    "BackorderPolicy",
    "CostMethod",
    "CountClass",
    "CountDifference",
    "CountInterval",
    "CountLine",
    "CountMode",
    "CountPolicy",
    "CountState",
    "DifferenceKind",
    "DifferenceReason",
    "FindingKind",
    "GainLossRequest",
    "LayerKind",
    "Location",
    "LocationKind",
    "Lot",
    "MoveState",
    "PeriodBalance",
    "PeriodState",
    "ProductTracking",
    "ProductValuation",
    "RequestDecision",
    "Reservation",
    "ReservationState",
    "StockAuditFinding",
    "StockCount",
    "StockMove",
    "StockPeriod",
    "StockPolicy",
    "StockQuantity",
    "TraceFinding",
    "TraceSession",
    "TraceState",
    "TraceVoucher",
    "Transfer",
    "TransferKind",
    "TransferLine",
    "TransferState",
    "Uncounted",
    "ValuationLayer",
    "VoucherCheck",
    "Warehouse",
]
