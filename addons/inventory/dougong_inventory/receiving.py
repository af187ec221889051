"""What arrives: good goods where they belong, bad ones into quarantine (I03)."""

from decimal import Decimal

from dougong import Context, Refused
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    Reservation,
    ReservationState,
    Transfer,
    TransferLine,
)
from dougong_inventory.ledger import NONE, location_for
from dougong_inventory.posting import post
from dougong_inventory.reserving import lines_of
from dougong_inventory.shipping import transit_of


def check_arrived(line: TransferLine, expected: Decimal, tolerance: Decimal) -> None:
    """Say what of a line is good unless that was counted; raises Refused for too much."""
    bad = line.rejected or NONE
    good = max(expected - bad, NONE) if line.accepted is None else line.accepted
    line.accepted, line.rejected = good, bad
    most = expected * (1 + tolerance)
    if good + bad > most:
        raise Refused(
            "over_receipt",
            at="accepted",
            product=line.product.name,
            arrived=good + bad,
            most=most,
        )


def put_lines_away(transfer: Transfer, ctx: Context) -> None:
    """Move what arrived: what was accepted to the destination, what was rejected to quarantine."""
    source = transfer.source or location_for(LocationKind.SUPPLIER, ctx)
    for line in lines_of(transfer, ctx):
        _arrive(line, line.lot, line.accepted or NONE, line.rejected or NONE, source, ctx)


def receive_lines(transfer: Transfer, ctx: Context) -> None:
    """Take what was under way out of transit; what is short stays there until it is explained."""
    transit = transit_of(transfer, ctx)
    for line in lines_of(transfer, ctx):
        check_arrived(line, line.done, NONE)
        good, bad = line.accepted or NONE, line.rejected or NONE
        for lot, quantity in _shipped(line, ctx):
            here = min(good, quantity)
            broken = min(bad, quantity - here)
            good, bad = good - here, bad - broken
            _arrive(line, lot, here, broken, transit, ctx, counts=False)


def _arrive(
    line: TransferLine,
    lot: Lot | None,
    good: Decimal,
    bad: Decimal,
    source: Location,
    ctx: Context,
    *,
    counts: bool = True,
) -> None:
    transfer = line.transfer
    where = transfer.destination
    if bad > 0 and where.kind is not LocationKind.QUARANTINE:
        where = location_for(LocationKind.QUARANTINE, ctx, where.warehouse)
    key = f"inventory.TransferLine:{line.id}/{lot.id if lot else 0}/{source.kind}"
    for quantity, place, what in ((good, transfer.destination, "good"), (bad, where, "bad")):
        if quantity > 0:
            post(
                line.product,
                quantity,
                source,
                place,
                ctx,
                lot=lot,
                reference=transfer.reference or transfer.number,
                origin=f"{key}/{what}",
                transfer=transfer,
                line=line,
            )
            line.done += quantity if counts else NONE


def _shipped(line: TransferLine, ctx: Context) -> list[tuple[Lot | None, Decimal]]:
    """What is under way of a line, lot by lot."""
    left = Reservation.state == ReservationState.CONSUMED
    return [
        (one.lot, one.quantity) for one in ctx.find(Reservation, Reservation.line == line, left)
    ]
