"""Which steps a transfer takes, and what follows them by itself."""

from collections.abc import Sequence

from dougong import Context, Refused, after, before, guard
from dougong_inventory.actions.transfers import KEPT, count_picked, hold_transfer, reallocate
from dougong_inventory.entities import (
    Location,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
)
from dougong_inventory.hooks.transfers import NEVER_BY_HAND, over
from dougong_inventory.ledger import NONE
from dougong_inventory.lots import check_lot
from dougong_inventory.receiving import check_arrived
from dougong_inventory.reserving import keep_what_there_is, lines_of
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

Kind = TransferKind
ARRIVING = (Kind.RECEIPT, Kind.RETURN_IN)
LEAVING = (Kind.DELIVERY, Kind.INTERNAL, Kind.RETURN_OUT, Kind.GIFT, Kind.REDEMPTION, Kind.SCRAP)
BY_HAND = tuple(kind for kind in Kind if kind not in NEVER_BY_HAND)
LINES = Transfer.lines
PLACES = (
    (Transfer.source, Location.warehouse),
    (Transfer.destination, Location.warehouse),
)


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


@guard(count_picked, loads=(TransferLine.transfer,))
def count_what_is_picked_next(line: TransferLine, ctx: Context) -> Refused | None:
    """What was picked is counted before."""
    return _not_waiting(line.transfer)


@guard(reallocate, loads=(TransferLine.transfer,))
def give_away_what_is_on_the_shelves(line: TransferLine, ctx: Context) -> Refused | None:
    """What was picked is not kept for another."""
    return _not_waiting(line.transfer)


@guard(hold_transfer)
def hold_what_is_not_over(transfer: Transfer, ctx: Context) -> Refused | None:
    """What has happened waits for nothing."""
    return over(transfer)


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


def _rests(transfer: Transfer, ctx: Context) -> list[Transfer]:
    draft = Transfer.state == TransferState.DRAFT
    return ctx.find(Transfer, Transfer.backorder_of == transfer, draft)
