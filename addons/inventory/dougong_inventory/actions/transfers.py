"""What is decided about a transfer besides its steps."""

from decimal import Decimal

from dougong import Context, Invalid, Refused, action
from dougong_inventory.entities import Transfer, TransferLine, TransferState
from dougong_inventory.permissions import PICK_GOODS, SUPERVISE_STOCK
from dougong_inventory.reserving import hand_over, wanted
from dougong_inventory.workflows.transfers import allocate, fall_short

KEPT = (TransferState.WAITING, TransferState.RESERVED)


@action(needs=PICK_GOODS)
def count_picked(line: TransferLine, ctx: Context, *, picked: Decimal) -> TransferLine:
    """Say how much of a line was found on the shelves, before the transfer is picked (I04).

    picked: How many of the product's own unit.
    """
    if not 0 <= picked <= line.reserved:
        raise Invalid("picked_beyond_kept", at="picked", kept=line.reserved)
    line.picked = picked
    return line


@action(needs=SUPERVISE_STOCK)
def hold_transfer(transfer: Transfer, ctx: Context, *, reason: str) -> Transfer:
    """Have a transfer wait; say why.

    reason: What it must wait for.
    """
    if not reason.strip():
        raise Invalid("hold_without_reason", at="reason")
    transfer.hold = reason.strip()
    return transfer


@action(needs=SUPERVISE_STOCK)
def resume_transfer(transfer: Transfer, ctx: Context) -> Transfer:
    """Let a transfer go on that had to wait."""
    transfer.hold = None
    return transfer


@action(needs=SUPERVISE_STOCK)
def reallocate(
    line: TransferLine, ctx: Context, *, to: TransferLine, quantity: Decimal, reason: str
) -> TransferLine:
    """Give goods that are kept for one line to another; what is reserved in all stays (I05).

    to: The line that needs them more.
    quantity: How many of the product's own unit.
    reason: Why it comes first.
    """
    if not reason.strip():
        raise Invalid("reallocation_without_reason", at="reason")
    if to.product is not line.product or to is line:
        raise Invalid("reallocated_elsewhere", at="to", product=line.product.name)
    if to.transfer.state not in KEPT:
        raise Refused("transfer_is_picked", at="to", number=to.transfer.number)
    most = min(line.reserved, wanted(to))
    if not 0 < quantity <= most:
        raise Invalid("reallocated_too_much", at="quantity", most=most)
    hand_over(line, to, quantity, ctx)
    if line.transfer.state is TransferState.RESERVED:
        fall_short(line.transfer, ctx)
    if all(wanted(one) <= 0 for one in to.transfer.lines):
        allocate(to.transfer, ctx)
    return line
