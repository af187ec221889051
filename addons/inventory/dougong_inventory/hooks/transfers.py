"""What a transfer and its lines fill in by themselves, and how they may be changed."""

from collections.abc import Sequence
from typing import Any

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, before, guard
from dougong_inventory.counting import OURS as COUNTED
from dougong_inventory.entities import (
    LocationKind,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.measuring import base_quantity
from dougong_inventory.moving import check_goods
from dougong_inventory.returning import check_return

TRANSFER_NUMBERS = NumberSeries(
    "inventory.transfer", "What people call transfers.", pattern="TR-{n:06}"
)
Kind = TransferKind
NEVER_BY_HAND = (Kind.GIFT, Kind.REDEMPTION, Kind.COUNT, Kind.TRACE_FIX)
"""What other documents and their approvals bring about; kept gifts wait on hold for theirs."""
OURS = (*COUNTED, LocationKind.TRANSIT, LocationKind.VIEW)
OVER = (TransferState.SHIPPED, TransferState.DONE, TransferState.CANCELLED)
ENDS: dict[TransferKind, tuple[LocationKind | None, LocationKind | None]] = {
    Kind.RECEIPT: (LocationKind.SUPPLIER, None),
    Kind.DELIVERY: (None, LocationKind.CUSTOMER),
    Kind.RETURN_IN: (LocationKind.CUSTOMER, LocationKind.QUARANTINE),
    Kind.RETURN_OUT: (None, LocationKind.SUPPLIER),
    Kind.GIFT: (None, LocationKind.GIFT),
    Kind.SCRAP: (None, LocationKind.SCRAP),
    Kind.OPENING: (LocationKind.ADJUSTMENT, LocationKind.STOCK),
}
"""What the two ends of a transfer must be, where that is fixed."""


@before(Transfer.create)
def number_and_check_a_transfer(transfer: Transfer, ctx: Context) -> None:
    """It has a number, and leads from where its kind begins to where it ends."""
    if transfer.number is None:
        transfer.number = TRANSFER_NUMBERS.next(ctx)
    elif TRANSFER_NUMBERS.claims(ctx, transfer.number):
        raise Invalid("number_is_drawn", at="number", pattern=TRANSFER_NUMBERS.text(ctx))
    if transfer.kind in NEVER_BY_HAND and transfer.hold is None:
        raise Invalid("not_by_hand", at="kind", kind=transfer.kind)
    _check_ends(transfer, {})


@guard(Transfer.update)
def change_what_is_not_over(transfer: Transfer, ctx: Context) -> Refused | None:
    """What has happened stays."""
    return over(transfer)


@before(Transfer.update, form=True)
def keep_what_was_begun(transfer: Transfer, ctx: Context, **form: Any) -> None:
    """Where it leads is said before it begins."""
    for name in ("number", "kind", "source", "destination"):
        changes = form.get(name, getattr(transfer, name)) != getattr(transfer, name)
        if changes and (name == "number" or transfer.state is not TransferState.DRAFT):
            raise Invalid("transfer_has_begun", at=name, number=transfer.number)
    kind = form.get("kind", transfer.kind)
    if kind in NEVER_BY_HAND and kind is not transfer.kind:
        raise Invalid("not_by_hand", at="kind", kind=kind)
    _check_ends(transfer, form)


@guard(Transfer.delete)
def delete_draft_transfers_only(transfer: Transfer, ctx: Context) -> Refused | None:
    """What others count on is called off, not deleted."""
    return _begun(transfer)


@before(TransferLine.create, together=True)
def measure_new_lines(lines: Sequence[TransferLine], ctx: Context) -> None:
    """How many of the product's own unit a line is about, exactly."""
    transfers = {line.transfer for line in lines}
    ctx.lock(*transfers)
    for transfer in transfers:
        if over := _begun(transfer):
            raise over
    for line in lines:
        _measure(line, line.product, line.quantity, line.unit)
    for line in lines:
        check_return(line, line.returns, ctx, lines)


@guard(TransferLine.update, loads=(TransferLine.transfer,))
def change_lines_that_are_not_over(line: TransferLine, ctx: Context) -> Refused | None:
    """What was moved is moved."""
    return over(line.transfer)


@before(TransferLine.update, form=True)
def measure_changed_lines(line: TransferLine, ctx: Context, **form: Any) -> None:
    """What is asked for is said before it begins; what arrived and which lot it was, later."""
    fixed = ("transfer", "product", "quantity", "unit")
    changed = [name for name in fixed if form.get(name, getattr(line, name)) != getattr(line, name)]
    if changed and (changed[0] == "transfer" or _begun(line.transfer)):
        raise Invalid("transfer_has_begun", at=changed[0], number=line.transfer.number)
    lot = form.get("lot", line.lot)
    if lot is not None and lot.product is not form.get("product", line.product):
        raise Invalid("lot_of_another", at="lot", lot=lot.number, product=line.product.name)
    if lot is not line.lot and line.reserved:
        raise Invalid("line_is_kept", at="lot", number=line.transfer.number)
    product, quantity = form.get("product", line.product), form.get("quantity", line.quantity)
    _measure(line, product, quantity, form.get("unit", line.unit))
    returned = form.get("returns", line.returns)
    if returned is not line.returns and _begun(line.transfer):
        raise Invalid("transfer_has_begun", at="returns", number=line.transfer.number)
    check_return(line, returned, ctx)


@guard(TransferLine.delete, loads=(TransferLine.transfer,))
def delete_lines_of_drafts_only(line: TransferLine, ctx: Context) -> Refused | None:
    """What others count on stays."""
    return _begun(line.transfer)


def over(transfer: Transfer) -> Refused | None:
    """Why what has happened is not changed; None where it has not."""
    if transfer.state in OVER:
        return WrongState("transfer_is_over", number=transfer.number, state=transfer.state)
    return None


def _begun(transfer: Transfer) -> Refused | None:
    if transfer.state is TransferState.DRAFT:
        return None
    return WrongState("transfer_has_begun", number=transfer.number, state=transfer.state)


def _measure(line: TransferLine, product: Any, quantity: Any, unit: Any) -> None:
    check_goods(product)
    line.base_quantity = base_quantity(product, quantity, unit)


def _check_ends(transfer: Transfer, form: dict[str, Any]) -> None:
    kind, source, destination = (
        form.get(name, getattr(transfer, name)) for name in ("kind", "source", "destination")
    )
    ends = ENDS.get(kind, (None, None))
    for at, wants, place in (("source", ends[0], source), ("destination", ends[1], destination)):
        if wants is not None and (place is None or place.kind is not wants):
            raise Invalid("wrong_end", at=at, kind=kind, wanted=wants)
        if kind is Kind.INTERNAL and place is not None and place.kind not in OURS:
            raise Invalid("not_ours", at=at, location=place.name)
    if source is destination:
        raise Invalid("same_place", at="destination", location=destination.name)
