"""Whether a product is in the books already."""

from sqlalchemy import select

from dougong import Context
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    StockQuantity,
    Transfer,
    TransferLine,
    TransferState,
)
from dougong_product import Product


def is_used(product: Product, ctx: Context) -> bool:
    """Whether it was ever kept, is about to move, or stands on a transfer."""
    planned = StockMove.state == MoveState.DRAFT
    return bool(
        ctx.find(StockQuantity, StockQuantity.product == product)
        or ctx.find(StockMove, StockMove.product == product, planned)
        or ctx.find(TransferLine, TransferLine.product == product)
    )


OURS = (LocationKind.STOCK, LocationKind.QUARANTINE, LocationKind.TRANSIT)
OVER = (TransferState.SHIPPED, TransferState.DONE, TransferState.CANCELLED)


def is_there(product: Product, ctx: Context) -> bool:
    """Whether some of it lies in a place of ours, or a transfer is still to bring or take some."""
    ours = StockQuantity.location.has(Location.kind.in_(OURS))
    lying = (StockQuantity.product == product, StockQuantity.on_hand != 0, ours)
    open_ = TransferLine.transfer.has(Transfer.state.not_in(OVER))
    found = (
        select(StockQuantity.id).where(*lying).limit(1),
        select(TransferLine.id).where(TransferLine.product == product, open_).limit(1),
    )
    return any(ctx.session.scalar(one) is not None for one in found)
