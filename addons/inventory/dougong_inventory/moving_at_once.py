"""Transfers that one person carries out: within a warehouse, to scrap, as opening stock."""

from dougong import Context
from dougong_inventory.entities import LocationKind, Transfer, TransferLine
from dougong_inventory.ledger import NONE
from dougong_inventory.posting import post
from dougong_inventory.reserving import lines_of
from dougong_inventory.shipping import keep_all, move_what_is_kept


def move_at_once(transfer: Transfer, ctx: Context) -> None:
    """Keep what stock it takes and move it; from elsewhere, move what it says."""
    if transfer.source is None or transfer.source.kind in (LocationKind.STOCK, LocationKind.VIEW):
        keep_all(transfer, ctx)
        move_what_is_kept(transfer, transfer.destination, ctx)
        return
    for line in lines_of(transfer, ctx):
        _move(line, ctx)


def _move(line: TransferLine, ctx: Context) -> None:
    transfer = line.transfer
    assert transfer.source is not None
    assert line.base_quantity is not None
    quantity = line.base_quantity - line.done
    post(
        line.product,
        quantity,
        transfer.source,
        transfer.destination,
        ctx,
        lot=line.lot,
        reference=transfer.reference or transfer.number,
        origin=f"inventory.TransferLine:{line.id}",
        transfer=transfer,
        line=line,
    )
    line.done += quantity or NONE
