"""How a move goes: draft → done, or cancelled before that."""

from dougong import Context, Workflow
from dougong_inventory.entities import MoveState, StockMove
from dougong_inventory.ledger import book
from dougong_inventory.lots import check_leaves, check_lot, check_one_place
from dougong_inventory.permissions import MOVE_STOCK

move_workflow = Workflow(StockMove, StockMove.state, final=[MoveState.DONE, MoveState.CANCELLED])


@move_workflow.step(MoveState.DRAFT, to=MoveState.DONE, needs=MOVE_STOCK)
def complete(move: StockMove, ctx: Context) -> None:
    """The goods have arrived: they are on hand at the destination, and no longer at the source."""
    check_lot(move.product, move.lot, move.quantity)
    check_leaves(move, ctx)
    check_one_place(move, ctx)
    book(move, ctx)
    move.done_at = ctx.now


@move_workflow.step(MoveState.DRAFT, to=MoveState.CANCELLED, needs=MOVE_STOCK)
def cancel(move: StockMove, ctx: Context) -> None:
    """The goods stay where they are."""
