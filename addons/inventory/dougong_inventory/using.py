"""Whether a product is in the books already."""

from dougong import Context
from dougong_inventory.entities import MoveState, StockMove, StockQuantity, TransferLine
from dougong_product import Product


def is_used(product: Product, ctx: Context) -> bool:
    """Whether it was ever kept, is about to move, or stands on a transfer."""
    planned = StockMove.state == MoveState.DRAFT
    return bool(
        ctx.find(StockQuantity, StockQuantity.product == product)
        or ctx.find(StockMove, StockMove.product == product, planned)
        or ctx.find(TransferLine, TransferLine.product == product)
    )
