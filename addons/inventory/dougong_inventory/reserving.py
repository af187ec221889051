"""Keeping goods for a transfer's lines, and letting them go."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

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
from dougong_inventory.ledger import (
    NONE,
    Free,
    available,
    hold,
    may_see_stock,
    parts_of,
    promise,
    release,
    reserve,
)

KEEPING = (LocationKind.STOCK, LocationKind.VIEW)
"""Where goods are kept for somebody."""


def wanted(line: TransferLine) -> Decimal:
    """How many of a line are not kept and not moved yet, in the product's own unit."""
    assert line.base_quantity is not None
    return line.base_quantity - line.done - line.reserved


def lines_of(transfer: Transfer, ctx: Context) -> list[TransferLine]:
    """The lines in the order in which goods are locked: by product."""
    lines = ctx.find(TransferLine, TransferLine.transfer == transfer)
    return sorted(lines, key=lambda line: (line.product.id, line.id))


def active(line: TransferLine, ctx: Context) -> list[Reservation]:
    """What is kept for a line now."""
    still = Reservation.state == ReservationState.ACTIVE
    return ctx.find(Reservation, Reservation.line == line, still)


def reserve_lines(
    lines: Sequence[TransferLine],
    ctx: Context,
    *,
    partial: bool = False,
    expires_at: datetime | None = None,
) -> None:
    """Keep what lines of one transfer still want: what expires first, place by place.

    Where there is less than a line wants nothing is kept for it, or with `partial` what there is.
    The caller has locked the transfer; the goods are locked in their order here.
    """
    open_ = [line for line in lines if wanted(line) > 0]
    transfer = open_[0].transfer if open_ else None
    within = transfer.source if transfer else None
    if transfer is None or (within and within.kind not in KEEPING):
        return
    free = available(dict.fromkeys(line.product for line in open_), ctx, within=within)
    free = [one for one in free if one.location is not transfer.destination]
    kept = [
        Reservation(
            line=line,
            product=line.product,
            location=one.location,
            lot=one.lot,
            quantity=take,
            expires_at=expires_at,
        )
        for line in open_
        for one, take in _share(line, free, partial=partial)
    ]
    promise([one for one in free if one.taken], ctx)
    for new in kept:
        new.line.reserved += new.quantity
    ctx.create_all(kept)


def reserve_line(
    line: TransferLine,
    ctx: Context,
    *,
    partial: bool = False,
    expires_at: datetime | None = None,
) -> None:
    """The same for one line."""
    reserve_lines([line], ctx, partial=partial, expires_at=expires_at)


def _share(
    line: TransferLine, free: Sequence[Free], *, partial: bool
) -> list[tuple[Free, Decimal]]:
    """How many a line gets from where; what it takes is not free for the next."""
    missing = wanted(line)
    mine = [one for one in free if one.product is line.product and line.lot in (None, one.lot)]
    if not partial and sum((one.left for one in mine), NONE) < missing:
        return []
    got = []
    for one in mine:
        take = min(missing, one.left)
        if take > 0:
            one.taken += take
            missing -= take
            got.append((one, take))
    return got


def keep_what_there_is(transfer: Transfer, ctx: Context) -> bool:
    """Keep as much as there is for all lines of a locked transfer; whether that is everything."""
    lines = lines_of(transfer, ctx)
    reserve_lines(lines, ctx, partial=True)
    return all(wanted(line) <= 0 for line in lines)


def _keep(
    line: TransferLine, location: Location, lot: Lot | None, quantity: Decimal, ctx: Context
) -> None:
    ctx.create(
        Reservation(line=line, product=line.product, location=location, lot=lot, quantity=quantity)
    )


def release_line(
    line: TransferLine, ctx: Context, state: ReservationState = ReservationState.RELEASED
) -> Decimal:
    """Let go of what is kept for a line; how much that was."""
    return end(active(line, ctx), state, ctx)


def end(reservations: Iterable[Reservation], state: ReservationState, ctx: Context) -> Decimal:
    """Let go of some reservations whose transfers are locked; how much that was."""
    some = list(reservations)
    hold([(one.product, one.location, one.lot) for one in some], ctx)
    for one in some:
        release(one.product, one.location, one.quantity, ctx, one.lot)
        one.line.reserved -= one.quantity
        Reservation.update(one, ctx, state=state)
    return sum((one.quantity for one in some), NONE)


def hand_over(line: TransferLine, to: TransferLine, quantity: Decimal, ctx: Context) -> None:
    """Keep for another line what was kept for one, what was kept last first; each where it lies."""
    for one in reversed(_movable(line, to, ctx)):
        part = min(quantity, one.quantity)
        if part <= 0:
            continue
        where, lot = one.location, one.lot
        if part == one.quantity:
            end([one], ReservationState.RELEASED, ctx)
        else:
            lessen(one, part, ctx)
        if not reserve(line.product, where, part, ctx, lot):  # it was free a moment ago
            raise Refused("insufficient_stock", product=line.product.name)
        to.reserved += part
        _keep(to, where, lot, part, ctx)
        quantity -= part
    if quantity > 0:
        raise Refused("insufficient_stock", product=line.product.name)


def _movable(line: TransferLine, to: TransferLine, ctx: Context) -> list[Reservation]:
    """What is kept for a line where another takes its goods from, and of the lot that it wants."""
    kept, source = active(line, ctx), to.transfer.source
    if source is not None:
        there = set(
            ctx.session.scalars(select(Location.id).where(Location.id.in_(parts_of(source))))
        )
        kept = [one for one in kept if one.location.id in there]
    return [one for one in kept if to.lot is None or one.lot is to.lot]


def lessen(reservation: Reservation, less: Decimal, ctx: Context) -> None:
    """Let go of a part of what is kept."""
    hold([(reservation.product, reservation.location, reservation.lot)], ctx)
    release(reservation.product, reservation.location, less, ctx, reservation.lot)
    reservation.line.reserved -= less
    Reservation.update(reservation, ctx, quantity=reservation.quantity - less)


def shortage(line: TransferLine, ctx: Context) -> Refused:
    """What a line cannot get; how many there are is told to those alone who may see the stock."""
    missing = wanted(line)
    told: dict[str, Any] = {"product": line.product.name, "wanted": line.base_quantity}
    if may_see_stock(ctx):
        told |= {"available": (line.base_quantity or NONE) - missing, "missing": missing}
    return Refused("insufficient_stock", **told)
