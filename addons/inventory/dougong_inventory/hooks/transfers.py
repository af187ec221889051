"""What a transfer fills in by itself, and what it does not let happen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import joinedload, selectinload

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, after, before, guard
from dougong_inventory.actions.transfers import KEPT, count_picked, hold_transfer, reallocate
from dougong_inventory.counting import OURS as COUNTED
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.ledger import NONE
from dougong_inventory.lots import check_lot
from dougong_inventory.measuring import base_quantity
from dougong_inventory.moving import check_goods
from dougong_inventory.receiving import check_arrived
from dougong_inventory.reserving import keep_what_there_is, lines_of
from dougong_inventory.returning import check_return
from dougong_inventory.shipping import goes_through_transit, leads_elsewhere
from dougong_inventory.workflows.transfers import (
    allocate,
    carry_out,
    dispatch,
    expect,
    inspect,
    pack,
    pick,
    put_away,
    request,
    ship,
)

TRANSFER_NUMBERS = NumberSeries(
    "inventory.transfer", "What people call transfers.", pattern="TR-{n:06}"
)
Kind = TransferKind
ARRIVING = (Kind.RECEIPT, Kind.RETURN_IN)
LEAVING = (Kind.DELIVERY, Kind.INTERNAL, Kind.RETURN_OUT, Kind.GIFT, Kind.REDEMPTION, Kind.SCRAP)
LINES = selectinload(Transfer.lines)
PLACES = (
    joinedload(Transfer.source).joinedload(Location.warehouse),
    joinedload(Transfer.destination).joinedload(Location.warehouse),
)
NEVER_BY_HAND = (Kind.GIFT, Kind.REDEMPTION, Kind.COUNT, Kind.TRACE_FIX)
"""What other documents and their approvals bring about; kept gifts wait on hold for theirs."""
BY_HAND = tuple(kind for kind in Kind if kind not in NEVER_BY_HAND)
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
    return _over(transfer)


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
    for transfer in {line.transfer for line in lines}:
        ctx.lock(transfer)
        if over := _begun(transfer):
            raise over
    for line in lines:
        _measure(line, line.product, line.quantity, line.unit)
        check_return(line, line.returns, ctx)


@guard(TransferLine.update, loads=(joinedload(TransferLine.transfer),))
def change_lines_that_are_not_over(line: TransferLine, ctx: Context) -> Refused | None:
    """What was moved is moved."""
    return _over(line.transfer)


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


@guard(TransferLine.delete, loads=(joinedload(TransferLine.transfer),))
def delete_lines_of_drafts_only(line: TransferLine, ctx: Context) -> Refused | None:
    """What others count on stays."""
    return _begun(line.transfer)


@guard(expect, loads=(LINES,))
def expect_what_arrives(transfer: Transfer, ctx: Context) -> Refused | None:
    """Receipts and returns arrive; all else leaves from a place of ours."""
    return _only(transfer, ARRIVING) or _something(transfer)


@guard(request, loads=(LINES,))
def request_what_leaves(transfer: Transfer, ctx: Context) -> Refused | None:
    """What arrives cannot be kept for anybody yet."""
    return _only(transfer, LEAVING) or _something(transfer)


@after(request)
def keep_what_is_there(transfer: Transfer, ctx: Context) -> None:
    """What is asked for is kept at once, as far as it is there (I04)."""
    if keep_what_there_is(transfer, ctx):
        allocate(transfer, ctx)


@before(inspect)
def count_what_arrived(transfer: Transfer, ctx: Context) -> None:
    """What arrived is good unless somebody counted; no more than is tolerated, and with lots."""
    _check_arrival(transfer, ctx)


@before(put_away)
def count_what_is_put_away(transfer: Transfer, ctx: Context) -> None:
    """What was counted anew since is no more than is tolerated, either (I03)."""
    _check_arrival(transfer, ctx)


def _check_arrival(transfer: Transfer, ctx: Context) -> None:
    house = transfer.destination.warehouse
    for line in lines_of(transfer, ctx):
        assert line.base_quantity is not None
        check_arrived(line, line.base_quantity, house.over_receipt if house else NONE)
        check_lot(line.product, line.lot, (line.accepted or NONE) + (line.rejected or NONE))


@after(put_away)
def expect_the_rest(transfer: Transfer, ctx: Context) -> None:
    """What has not come is still expected."""
    for rest in _rests(transfer, ctx):
        expect(rest, ctx)


@after(dispatch)
def request_the_rest_of_what_is_under_way(transfer: Transfer, ctx: Context) -> None:
    """What could not leave waits for goods."""
    for rest in _rests(transfer, ctx):
        request(rest, ctx)


@after(ship)
def request_the_rest(transfer: Transfer, ctx: Context) -> None:
    """What could not leave waits for goods."""
    for rest in _rests(transfer, ctx):
        request(rest, ctx)


@guard(pick)
def pick_nothing_that_is_held(transfer: Transfer, ctx: Context) -> Refused | None:
    """Somebody said that it must wait; and kept gifts leave with a gift, which is approved."""
    return _held(transfer) or _only(transfer, BY_HAND)


@guard(pack)
def pack_nothing_that_is_held(transfer: Transfer, ctx: Context) -> Refused | None:
    """Somebody said that it must wait."""
    return _held(transfer)


@guard(ship, loads=PLACES)
def ship_nothing_that_is_held(transfer: Transfer, ctx: Context) -> Refused | None:
    """Nor what is under way for some time before it is received."""
    if goes_through_transit(transfer):
        return Refused("through_transit", number=transfer.number)
    return _held(transfer)


@guard(dispatch, loads=PLACES)
def dispatch_what_goes_to_another_warehouse(transfer: Transfer, ctx: Context) -> Refused | None:
    """What leaves for good is not received by anybody of ours."""
    if not leads_elsewhere(transfer):
        return Refused("not_under_way", number=transfer.number)
    return _held(transfer)


@guard(pack)
def have_it_checked(transfer: Transfer, ctx: Context) -> Refused | None:
    """Where a warehouse wants that, somebody else has checked it (I04)."""
    if transfer.second_check and transfer.state is TransferState.PICKED:
        return Refused("not_checked", number=transfer.number)
    return None


@guard(carry_out, loads=(LINES, *PLACES))
def carry_out_what_nobody_picks(transfer: Transfer, ctx: Context) -> Refused | None:
    """Deliveries are picked, receipts are inspected, and what goes far is in transit (I23)."""
    kinds = [kind for kind in BY_HAND if kind not in (*ARRIVING, Kind.DELIVERY)]
    if goes_through_transit(transfer):
        return Refused("through_transit", number=transfer.number)
    return _held(transfer) or _only(transfer, kinds) or _something(transfer)


@guard(count_picked, loads=(joinedload(TransferLine.transfer),))
def count_what_is_picked_next(line: TransferLine, ctx: Context) -> Refused | None:
    """What was picked is counted before."""
    return _not_waiting(line.transfer)


@guard(reallocate, loads=(joinedload(TransferLine.transfer),))
def give_away_what_is_on_the_shelves(line: TransferLine, ctx: Context) -> Refused | None:
    """What was picked is not kept for another."""
    return _not_waiting(line.transfer)


@guard(hold_transfer)
def hold_what_is_not_over(transfer: Transfer, ctx: Context) -> Refused | None:
    """What has happened waits for nothing."""
    return _over(transfer)


def _not_waiting(transfer: Transfer) -> Refused | None:
    if transfer.state in KEPT:
        return None
    return Refused("transfer_is_picked", number=transfer.number)


def _only(transfer: Transfer, kinds: Sequence[TransferKind]) -> Refused | None:
    if transfer.kind in kinds:
        return None
    return Refused("wrong_kind_of_transfer", number=transfer.number, kind=transfer.kind)


def _something(transfer: Transfer) -> Refused | None:
    if transfer.lines:
        return None
    return Refused("no_transfer_lines", at="lines", number=transfer.number)


def _held(transfer: Transfer) -> Refused | None:
    if transfer.hold is None:
        return None
    return Refused("transfer_is_held", number=transfer.number, why=transfer.hold)


def _over(transfer: Transfer) -> Refused | None:
    if transfer.state in OVER:
        return WrongState("transfer_is_over", number=transfer.number, state=transfer.state)
    return None


def _rests(transfer: Transfer, ctx: Context) -> list[Transfer]:
    draft = Transfer.state == TransferState.DRAFT
    return ctx.find(Transfer, Transfer.backorder_of == transfer, draft)


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
