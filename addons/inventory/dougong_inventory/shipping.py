"""What leaves: what is kept for a transfer's lines is moved, and the rest is kept in mind."""

from decimal import Decimal

from dougong import Context, Invalid, Refused
from dougong_inventory.entities import (
    BackorderPolicy,
    Location,
    LocationKind,
    Reservation,
    ReservationState,
    Transfer,
    TransferKind,
    TransferLine,
    Warehouse,
)
from dougong_inventory.ledger import NONE, hold, location_for
from dougong_inventory.posting import post
from dougong_inventory.reserving import (
    active,
    end,
    lessen,
    lines_of,
    reserve_lines,
    shortage,
    wanted,
)


def warehouses_of(transfer: Transfer, ctx: Context) -> list[Warehouse]:
    """The warehouses that the goods leave: the source's, or where goods are kept for it."""
    if transfer.source is not None:
        return [transfer.source.warehouse] if transfer.source.warehouse else []
    of_transfer = Reservation.line.has(TransferLine.transfer == transfer)
    kept = ctx.find(Reservation, of_transfer, Reservation.state == ReservationState.ACTIVE)
    found = {one.location.warehouse for one in kept if one.location.warehouse}
    return sorted(found, key=lambda one: one.id)


def goes_through_transit(transfer: Transfer) -> bool:
    """Whether the goods must be under way between two warehouses before they are received (I23)."""
    sender = transfer.source.warehouse if transfer.source else None
    return leads_elsewhere(transfer) and not (sender and sender.one_step_transfers)


def leads_elsewhere(transfer: Transfer) -> bool:
    """Whether the goods go from one warehouse to another, and so may be under way."""
    if transfer.kind is not TransferKind.INTERNAL or transfer.source is None:
        return False
    return transfer.source.warehouse is not transfer.destination.warehouse


def transit_of(transfer: Transfer, ctx: Context) -> Location:
    """Where its goods are while they are under way: they are the sender's until received."""
    warehouse = transfer.source.warehouse if transfer.source else None
    return location_for(LocationKind.TRANSIT, ctx, warehouse)


def keep_all(transfer: Transfer, ctx: Context) -> None:
    """Keep all that the transfer wants; raises every shortage."""
    lines = lines_of(transfer, ctx)
    reserve_lines(lines, ctx)
    if short := [shortage(line, ctx) for line in lines if wanted(line) > 0]:
        raise Refused.all(short)


def take_from_shelves(transfer: Transfer, ctx: Context) -> None:
    """Let go of what was kept and not found; raises Refused when nothing was found (I04)."""
    total = NONE
    transfer.second_check = any(one.second_check for one in warehouses_of(transfer, ctx))
    for line in lines_of(transfer, ctx):
        found = line.reserved if line.picked is None else min(line.picked, line.reserved)
        line.picked = found
        _give_up(line, line.reserved - found, ctx)
        total += found
    if total <= 0:
        raise Refused.all([shortage(line, ctx) for line in lines_of(transfer, ctx)])


def _give_up(line: TransferLine, excess: Decimal, ctx: Context) -> None:
    """Let go of so much of what is kept for a line, what was kept last first."""
    for one in reversed(active(line, ctx)):
        less = min(excess, one.quantity)
        if less <= 0:
            return
        if less == one.quantity:
            end([one], ReservationState.RELEASED, ctx)
        else:
            lessen(one, less, ctx)
        excess -= less


def move_what_is_kept(transfer: Transfer, destination: Location, ctx: Context) -> None:
    """Move everything that is kept for the transfer's lines; each reservation moves once."""
    kept = [one for line in lines_of(transfer, ctx) for one in active(line, ctx)]
    held = [(one.product, one.location, one.lot) for one in kept]
    hold([*held, *((product, destination, lot) for product, _, lot in held)], ctx)
    for one in kept:
        end([one], ReservationState.CONSUMED, ctx)
        post(
            one.product,
            one.quantity,
            one.location,
            destination,
            ctx,
            lot=one.lot,
            reference=transfer.reference or transfer.number,
            origin=f"inventory.Reservation:{one.id}",
            transfer=transfer,
            line=one.line,
        )
        one.line.done += one.quantity


def remain(transfer: Transfer, backorder: bool | None, ctx: Context) -> Transfer | None:
    """A transfer for what was not moved, where the policy says so; it is still to be requested.

    Raises Invalid where somebody must say whether there is to be one.
    """
    lines = [line for line in lines_of(transfer, ctx) if _rest(line) > 0]
    if not lines or not _continues(transfer, backorder, ctx):
        return None
    same = ("kind", "source", "destination", "party", "reference", "scheduled_on", "backorders")
    rest = Transfer(lines=[], **{name: getattr(transfer, name) for name in same})
    rest.backorder_of = transfer
    ctx.create(rest)
    for line in sorted(lines, key=lambda one: one.id):
        new = TransferLine(transfer=rest, product=line.product, quantity=_rest(line), lot=line.lot)
        new.rest_of, new.unit_cost, new.returns = line, line.unit_cost, line.returns
        ctx.create(new)
    return rest


def _rest(line: TransferLine) -> Decimal:
    assert line.base_quantity is not None
    return line.base_quantity - line.done


def _continues(transfer: Transfer, backorder: bool | None, ctx: Context) -> bool:
    policy = transfer.backorders
    if policy is None:
        houses = [*warehouses_of(transfer, ctx), transfer.destination.warehouse]
        policy = next((one.backorders for one in houses if one is not None), BackorderPolicy.ASK)
    if policy is BackorderPolicy.ASK and backorder is None:
        raise Invalid("say_whether_the_rest_follows", at="backorder", number=transfer.number)
    return backorder if backorder is not None else policy is BackorderPolicy.ALWAYS
