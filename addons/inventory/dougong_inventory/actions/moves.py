"""What is done in a warehouse beyond single moves."""

from decimal import Decimal

from dougong import Context, Invalid, Refused, action
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    StockMove,
    StockQuantity,
)
from dougong_inventory.ledger import hold, location_for, promise_only, promised
from dougong_inventory.lots import check_lot
from dougong_inventory.measuring import DECIMALS
from dougong_inventory.permissions import ADJUST_STOCK, MOVE_STOCK
from dougong_inventory.posting import post
from dougong_product import Product


@action(needs=ADJUST_STOCK)
def book_count(
    product: Product,
    ctx: Context,
    *,
    location: Location,
    counted: Decimal,
    reference: str | None = None,
    lot: Lot | None = None,
) -> StockMove:
    """Make what is on hand equal to what was counted, by a move from or to the adjustments.

    Opening stock comes in this way too. Later on goods are counted, and differences approved.
    """
    if location.kind is not LocationKind.STOCK:
        raise Invalid("counted_elsewhere", at="location", location=location.name)
    check_lot(product, lot, Decimal(1))
    if counted < 0:
        raise Invalid("counted_below_zero", at="counted")
    if 10**DECIMALS % counted.as_integer_ratio()[1]:
        raise Invalid("counted_too_finely", at="counted", counted=counted, decimals=DECIMALS)
    difference = counted - _on_hand(product, location, lot, ctx)
    if difference == 0:
        raise Refused("nothing_to_adjust", product=product.name, location=location.name)
    adjustments = location_for(LocationKind.ADJUSTMENT, ctx)
    ends = (adjustments, location) if difference > 0 else (location, adjustments)
    return post(product, abs(difference), *ends, ctx, lot=lot, reference=reference)


@action(needs=MOVE_STOCK)
def reverse_move(move: StockMove, ctx: Context, *, reason: str) -> StockMove:
    """Take back a move that is done by its mirror, once; say why.

    reason: What was wrong with it.
    """
    if not reason.strip():
        raise Invalid("reversal_without_reason", at="reason")
    if move.reversal_of is not None:
        raise Refused("reversal_stays")
    if ctx.find(StockMove, StockMove.reversal_of == move):
        raise Refused("reversed_already")
    ends = move.destination, move.source
    return post(
        move.product,
        move.quantity,
        *ends,
        ctx,
        lot=move.lot,
        reference=move.reference,
        reversal_of=move,
    )


@action(needs=MOVE_STOCK)
def release_reservations(location: Location, ctx: Context) -> Location:
    """Free what the quantities at a location say is reserved, and no active reservation explains.

    The active reservations are believed, whatever the quantities said.
    """
    promise_only(promised(), ctx, StockQuantity.location == location)
    return location


def _on_hand(product: Product, location: Location, lot: Lot | None, ctx: Context) -> Decimal:
    """What the books say now, held until the count is booked."""
    adjustments = location_for(LocationKind.ADJUSTMENT, ctx)
    hold([(product, location, lot), (product, adjustments, lot)], ctx)
    of_lot = StockQuantity.lot == lot if lot else StockQuantity.__table__.c.lot_id.is_(None)
    (quantity,) = ctx.find(
        StockQuantity, StockQuantity.product == product, StockQuantity.location == location, of_lot
    )
    ctx.session.refresh(quantity)
    return quantity.on_hand
