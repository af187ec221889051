"""Moves that verbs make: booked at once, and exactly once for each line of a voucher."""

from datetime import date, datetime
from decimal import Decimal

from dougong import Context
from dougong_inventory.completing import complete
from dougong_inventory.entities import Location, Lot, StockMove, Transfer, TransferLine
from dougong_inventory.ledger import hold
from dougong_product import Product


def post(
    product: Product,
    quantity: Decimal,
    source: Location,
    destination: Location,
    ctx: Context,
    *,
    lot: Lot | None = None,
    effective_at: datetime | None = None,
    accounting_date: date | None = None,
    reference: str | None = None,
    origin: str | None = None,
    transfer: Transfer | None = None,
    line: TransferLine | None = None,
    reversal_of: StockMove | None = None,
) -> StockMove:
    """Move goods now, in the caller's transaction; the done move.

    With an `origin` (the key of the voucher's line that causes it) that has a move already, that
    move, and nothing is done. Raises what `complete` raises, such as `stock_shortage`.
    """
    if origin is not None:
        if transfer is None:  # whoever moves for a transfer has locked that
            hold([(product, source, lot), (product, destination, lot)], ctx)
        for before in ctx.find(StockMove, StockMove.origin == origin):
            return before
    move = StockMove(
        product=product,
        lot=lot,
        quantity=quantity,
        source=source,
        destination=destination,
        reference=reference,
        effective_at=effective_at,
        accounting_date=accounting_date,
    )
    move.origin, move.transfer, move.line = origin, transfer, line
    move.reversal_of = reversal_of
    return complete(ctx.create(move), ctx)
