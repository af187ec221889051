"""Which goods come back: only what went that way, and no more of it than that."""

from collections.abc import Sequence
from decimal import Decimal

from dougong import Context, Invalid
from dougong_inventory.entities import TransferKind, TransferLine, TransferState

WENT = {
    TransferKind.RETURN_IN: (TransferKind.DELIVERY, TransferKind.GIFT, TransferKind.REDEMPTION),
    TransferKind.RETURN_OUT: (TransferKind.RECEIPT,),
}


def check_return(
    line: TransferLine,
    returned: TransferLine | None,
    ctx: Context,
    beside: Sequence[TransferLine] = (),
) -> None:
    """A line returns what another of the same product brought the other way; raises Invalid.

    Lines of transfers that were called off return nothing. `beside` are lines that are not stored
    yet, and are to be.
    """
    if returned is None:
        return
    if returned.transfer.kind not in WENT.get(line.transfer.kind, ()):
        raise Invalid("returns_another_way", at="returns", number=returned.transfer.number)
    if returned.product is not line.product:
        raise Invalid("returns_another_product", at="returns", product=returned.product.name)
    ctx.lock(returned)
    coming = [one for one in beside if one.returns is returned]
    others = {*ctx.find(TransferLine, TransferLine.returns == returned), *coming}
    back = sum((_wanted(one) for one in others if one is not line and _counts(one)), _wanted(line))
    if back > returned.done:
        raise Invalid("returns_more", at="quantity", done=returned.done, back=back)


def _wanted(line: TransferLine) -> Decimal:
    return line.base_quantity or Decimal(0)


def _counts(line: TransferLine) -> bool:
    return line.transfer.state is not TransferState.CANCELLED and line.rest_of is None
