"""What a move must say about lots, and where a piece with a serial number can be."""

from decimal import Decimal

from dougong import Context, Invalid, Refused
from dougong_inventory.entities import (
    LocationKind,
    Lot,
    ProductTracking,
    StockMove,
    StockPolicy,
    StockQuantity,
)
from dougong_product import Product

LEAVES = (LocationKind.CUSTOMER, LocationKind.GIFT)
"""Where nothing goes that has expired or is blocked."""


def check_lot(product: Product, lot: Lot | None, quantity: Decimal) -> None:
    """Say that a lot is missing, too much, or another product's; raises Invalid."""
    tracking = StockPolicy.of(product).tracking
    if tracking is ProductTracking.NONE:
        if lot is not None:
            raise Invalid("lot_not_told", at="lot", product=product.name)
        return
    if lot is None:
        raise Invalid("lot_missing", at="lot", product=product.name)
    if lot.product is not product:
        raise Invalid("lot_of_another", at="lot", lot=lot.number, product=product.name)
    if tracking is ProductTracking.SERIAL and quantity != 1:
        raise Invalid("one_piece_each", at="quantity", lot=lot.number)


def check_leaves(move: StockMove, ctx: Context) -> None:
    """Nothing leaves that has expired or is blocked; raises Refused."""
    lot = move.lot
    if lot is None or move.destination.kind not in LEAVES or move.source.kind in LEAVES:
        return
    if lot.blocked:
        raise Refused("lot_blocked", at="lot", lot=lot.number, product=move.product.name)
    if lot.expires_on is not None and lot.expires_on < ctx.now.date():
        raise Refused("lot_expired", at="lot", lot=lot.number, expired=lot.expires_on)


def check_one_place(move: StockMove, ctx: Context) -> None:
    """A piece with a serial number is in one place, of ours or a customer's; raises Refused."""
    if move.lot is None:
        return
    elsewhere = ctx.find(
        StockQuantity,
        StockQuantity.lot == move.lot,
        StockQuantity.location != move.source,
        StockQuantity.piece.is_(True),
        StockQuantity.on_hand > 0,
    )
    if elsewhere:
        raise Refused("piece_is_elsewhere", at="lot", lot=move.lot.number)
