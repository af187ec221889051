"""What is done in a warehouse beyond single moves."""

from decimal import Decimal

from sqlalchemy import literal

from dougong import Context, Invalid, Refused, action
from dougong_inventory.entities import Location, LocationKind, StockMove, StockQuantity
from dougong_inventory.ledger import NONE, hold, location_for, promise_only
from dougong_inventory.permissions import MOVE_STOCK
from dougong_inventory.workflows import complete
from dougong_product import Product

DECIMALS = 4
"""How many decimals of a quantity are kept."""


@action(needs=MOVE_STOCK)
def book_count(
    product: Product,
    ctx: Context,
    *,
    location: Location,
    counted: Decimal,
    reference: str | None = None,
) -> StockMove:
    """Make what is on hand equal to what was counted, by a move from or to the adjustments.

    Opening stock comes in this way too.
    """
    if location.kind is not LocationKind.STOCK:
        raise Invalid("counted_elsewhere", at="location", location=location.name)
    if counted < 0:
        raise Invalid("counted_below_zero", at="counted")
    if 10**DECIMALS % counted.as_integer_ratio()[1]:
        raise Invalid("counted_too_finely", at="counted", counted=counted, decimals=DECIMALS)
    difference = counted - _on_hand(product, location, ctx)
    if difference == 0:
        raise Refused("nothing_to_adjust", product=product.name, location=location.name)
    adjustments = location_for(LocationKind.ADJUSTMENT, ctx)
    move = ctx.create(
        StockMove(
            product=product,
            quantity=abs(difference),
            source=adjustments if difference > 0 else location,
            destination=location if difference > 0 else adjustments,
            reference=reference,
        )
    )
    return complete(move, ctx)


@action(needs=MOVE_STOCK)
def release_reservations(location: Location, ctx: Context) -> Location:
    """Free what is reserved at a location for an add-on that is not installed any more.

    Add-ons that reserve react, and promise again what they still know of.
    """
    promise_only(literal(NONE), ctx, StockQuantity.location == location)
    return location


def _on_hand(product: Product, location: Location, ctx: Context) -> Decimal:
    """What the books say now, held until the count is booked."""
    hold([(product, location), (product, location_for(LocationKind.ADJUSTMENT, ctx))], ctx)
    (quantity,) = ctx.find(
        StockQuantity, StockQuantity.product == product, StockQuantity.location == location
    )
    ctx.session.refresh(quantity)
    return quantity.on_hand
