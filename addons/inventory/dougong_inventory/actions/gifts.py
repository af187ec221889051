"""Goods that are kept to be given away, in the name of what they are for."""

from datetime import datetime
from decimal import Decimal

from dougong import Context, Invalid, Refused, action
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Transfer,
    TransferKind,
    TransferLine,
)
from dougong_inventory.giving import kept_as_gifts
from dougong_inventory.ledger import NONE, location_for
from dougong_inventory.permissions import RESERVE_GIFTS
from dougong_inventory.reserving import reserve_line, shortage, wanted
from dougong_inventory.workflows.transfers import call_off, request
from dougong_product import Product


@action(needs=RESERVE_GIFTS)
def reserve_gifts(
    product: Product,
    ctx: Context,
    *,
    location: Location,
    quantity: Decimal,
    source: str,
    expires_at: datetime,
) -> Transfer:
    """Keep goods that are to be given away, until a moment (I26).

    Raises Refused where there are fewer (`insufficient_stock`), and where goods of this product
    are kept under that key already (`gifts_kept_already`).

    location: From which shelf.
    quantity: How many units of the product.
    source: The key of what they are for, such as `campaign.Campaign:7`; gifts name it as their
        reference to take of what is kept.
    expires_at: Until when they are kept.
    """
    if not source.strip():
        raise Invalid("source_missing", at="source")
    if expires_at <= ctx.now:
        raise Invalid("over_already", at="expires_at")
    if any(one.product is product for one in kept_as_gifts(source, ctx)):
        raise Refused("gifts_kept_already", at="source", product=product.name)
    line = TransferLine(product=product, quantity=quantity)
    transfer = Transfer(
        kind=TransferKind.GIFT,
        source=location,
        destination=location_for(LocationKind.GIFT, ctx),
        reference=source,
        lines=[line],
    )
    transfer.hold = source  # it waits for a gift, and nobody picks it
    ctx.create(transfer)
    reserve_line(line, ctx, expires_at=expires_at)
    if wanted(line) > 0:
        raise shortage(line, ctx)
    return request(transfer, ctx)


@action(needs=RESERVE_GIFTS)
def release_gifts(ctx: Context, *, source: str) -> Decimal:
    """Let go of everything that is kept to be given away under a key; how many units that was.

    source: The key, as it was said when the goods were kept.
    """
    kept = kept_as_gifts(source, ctx)
    units = sum((one.quantity for one in kept), NONE)
    for transfer in sorted({one.line.transfer for one in kept}, key=lambda one: one.id):
        call_off(transfer, ctx, reason=source)
    return units
