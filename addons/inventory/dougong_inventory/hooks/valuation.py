"""What the stock is worth follows what moves."""

from dougong import Context, after
from dougong_inventory.completing import complete
from dougong_inventory.entities import StockMove
from dougong_inventory.valuing import value


@after(complete)
def value_what_came_or_went(move: StockMove, ctx: Context) -> None:
    """What comes is worth what it cost; what goes takes its worth along."""
    value(move, ctx)
